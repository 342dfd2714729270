"""Models on disk: a folder of plain arrays and JSON, which load without running code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleaner.model import arrays as stored
from cleaner.model.arrays import Arrays
from cleaner.model.hashing import ANCHOR_BITS, DOM_BITS, WORD_BITS, Table
from cleaner.model.kinds import KIND_BITS, KindModel
from cleaner.model.lexicon import Lexicon
from cleaner.model.line_model import VIEWS, WORD_VIEWS, LineModel, Stems, ViewModel
from cleaner.model.network import Network
from cleaner.model.topic import STEM_BITS, STEM_SCORE_BITS
from cleaner.types import KINDS, CleanerError

# Raised by one whenever features change, so that no model is fed what it was not trained on.
FEATURE_VERSION = 6

# Compiled loops look up buckets without asking whether they are there.
_SHAPES = {
    "words": (1 << WORD_BITS, len(WORD_VIEWS)),
    "anchors": (1 << ANCHOR_BITS, len(WORD_VIEWS)),
    "dom": (1 << DOM_BITS, 1),
    "stems": (1 << STEM_SCORE_BITS, 1),
    "kinds": (3 << KIND_BITS, len(KINDS)),
    "stem_weights": (1 << STEM_BITS,),
}

_WEIGHTS = "weights.npz"
_META = "meta.json"
_FOLDER_FORM = f"a model folder holds {_META} and {_WEIGHTS}"


def load_model(model: str | Path) -> LineModel:
    """The model shipped under the name `model`, or else the one in the folder `model`.

    Raises:
        CleanerError: there is none, it is damaged, or it is for other features.
    """
    folder = find_model(model)
    return _load(folder.resolve(), _changed(folder))


def find_model(model: str | Path) -> Path:
    """The folder of the model shipped under that name, or else the folder `model`.

    Raises:
        CleanerError: there is none.
    """
    folder = (_shipped(model) if isinstance(model, str) else None) or Path(model)
    if not folder.is_dir():
        raise CleanerError(f"{model}: no folder with a model, and no model is shipped so named")
    return folder


def read_meta(folder: Path) -> dict[str, Any]:
    """The `meta.json` of a model folder: what it was trained on and how well it does."""
    path = folder / _META
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CleanerError(f"{path}: not found; {_FOLDER_FORM}") from None
    except ValueError as error:
        raise CleanerError(f"{path}: not JSON ({error})") from None
    if not isinstance(meta, dict):
        raise CleanerError(f"{path}: expected a JSON object")
    return meta


def save_model(model: LineModel, folder: Path, meta: Mapping[str, Any]) -> None:
    """Write `model` to `folder`, with what else `meta` says of it."""
    folder.mkdir(parents=True, exist_ok=True)
    stored.write(folder / _WEIGHTS, _arrays(model))
    loading = {
        "name": model.name,
        "feature_version": FEATURE_VERSION,
        "thresholds": {view: parts.threshold for view, parts in model.views.items()},
    }
    text = json.dumps({**loading, **meta, **loading}, indent=2, ensure_ascii=False) + "\n"
    (folder / _META).write_text(text, encoding="utf-8")


def digest(model: LineModel) -> str:
    """What tells a model from any other, by its weights."""
    return stored.digest(_arrays(model))


def _arrays(model: LineModel) -> Arrays:
    """All weights by name: tables as 8-bit integers, networks as 32-bit floats."""
    arrays: dict[str, NDArray[Any]] = {
        "words_bias": model.words_bias,
        "anchors_bias": model.anchors_bias,
        "dom_bias": model.dom_bias,
        "kinds_bias": model.kinds.bias,
    }
    arrays["kinds"], arrays["kinds_scale"] = model.kinds.table.weights, model.kinds.table.scale
    arrays["stems"], arrays["stems_scale"] = model.stems.table.weights, model.stems.table.scale
    arrays["stems_bias"] = model.stems.bias
    arrays["stem_weights"] = model.stems.weights.astype(np.float16)
    for part in ("whole", "heads", "tails"):
        arrays[f"lexicon_{part}"] = getattr(model.lexicon, part)
    for name in ("words", "anchors", "dom"):
        table: Table = getattr(model, name)
        arrays[name], arrays[f"{name}_scale"] = table.weights, table.scale
    for view, parts in model.views.items():
        _flatten(f"{view}_first", parts.first, arrays)
        _flatten(f"{view}_second", parts.second, arrays)
        _flatten(f"{view}_kinds", model.kinds.networks[view], arrays)
    _flatten("router", model.router, arrays)
    return arrays


def _changed(folder: Path) -> float:
    """When the model was last written, so that one trained again is loaded again."""
    try:
        return (folder / _META).stat().st_mtime
    except OSError:
        return 0.0


@lru_cache(maxsize=16)
def _load(folder: Path, _changed: float) -> LineModel:
    meta = read_meta(folder)
    if "site_feature_version" in meta:
        raise CleanerError(
            f"{folder}: the model of a site, which corrects another: --models {folder.parent}"
        )
    if meta.get("feature_version") != FEATURE_VERSION:
        raise CleanerError(
            f"{folder / _META}: the model is for feature version {meta.get('feature_version')},"
            f" this program has {FEATURE_VERSION}; train it again"
        )
    path = folder / _WEIGHTS
    try:
        arrays = stored.read(path)
        return LineModel(
            name=str(meta["name"]),
            words=_table("words", arrays),
            words_bias=arrays["words_bias"],
            anchors=_table("anchors", arrays),
            anchors_bias=arrays["anchors_bias"],
            dom=_table("dom", arrays),
            dom_bias=arrays["dom_bias"],
            stems=_stems(arrays),
            lexicon=_lexicon(arrays),
            kinds=KindModel(
                _table("kinds", arrays),
                arrays["kinds_bias"],
                {view: _network(f"{view}_kinds", arrays) for view in VIEWS},
            ),
            views={
                view: ViewModel(
                    first=_network(f"{view}_first", arrays),
                    second=_network(f"{view}_second", arrays),
                    threshold=float(meta["thresholds"][view]),
                )
                for view in VIEWS
            },
            router=_network("router", arrays),
        )
    except FileNotFoundError:
        raise CleanerError(f"{path}: not found; {_FOLDER_FORM}") from None
    except stored.ERRORS as error:
        raise CleanerError(f"{path}: damaged or not a model ({error})") from None


def _shipped(name: str) -> Path | None:
    """The folder of a shipped model: inside the package, or beside it in a checkout."""
    if not name.isidentifier():
        return None
    package = Path(str(files("cleaner")))
    for folder in (package / "model" / "shipped" / name, package.parent / "models" / name):
        if (folder / _META).is_file():
            return folder
    return None


def _table(name: str, arrays: Arrays) -> Table:
    weights = _of_its_shape(name, arrays)
    if weights.dtype != np.int8:
        raise ValueError(f"{name} is no table of 8-bit integers")
    return Table(weights, arrays[f"{name}_scale"])


def _of_its_shape(name: str, arrays: Arrays) -> NDArray[Any]:
    weights = np.ascontiguousarray(arrays[name])  # a scorer reads all columns of a bucket
    if weights.shape != _SHAPES[name]:
        raise ValueError(f"{name} has the shape {weights.shape}, expected {_SHAPES[name]}")
    return weights


def _stems(arrays: Arrays) -> Stems:
    weights = _of_its_shape("stem_weights", arrays).astype(np.float32)
    return Stems(_table("stems", arrays), arrays["stems_bias"], weights)


def _lexicon(arrays: Arrays) -> Lexicon:
    parts = {part: arrays[f"lexicon_{part}"] for part in ("whole", "heads", "tails")}
    if any(hashes.dtype != np.uint64 or hashes.ndim != 1 for hashes in parts.values()):
        raise ValueError("lexicon is no list of 64-bit hashes")
    return Lexicon(**parts)


def _flatten(name: str, network: Network, arrays: dict[str, NDArray[Any]]) -> None:
    arrays[f"{name}_mean"], arrays[f"{name}_scale"] = network.mean, network.scale
    for layer, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        arrays[f"{name}_weights{layer}"], arrays[f"{name}_biases{layer}"] = weights, biases


def _network(name: str, arrays: Arrays) -> Network:
    layers = sum(1 for key in arrays if key.startswith(f"{name}_weights"))
    if not layers:
        raise KeyError(f"{name}_weights0")
    return Network(
        mean=arrays[f"{name}_mean"],
        scale=arrays[f"{name}_scale"],
        weights=tuple(arrays[f"{name}_weights{layer}"] for layer in range(layers)),
        biases=tuple(arrays[f"{name}_biases{layer}"] for layer in range(layers)),
    )
