"""Site models on disk: a folder of folders, one a site, looked up by name when a page needs one."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cleaner.host import site_of
from cleaner.model import arrays as stored
from cleaner.model.arrays import Arrays
from cleaner.model.batch import Float32
from cleaner.model.line_model import LineModel
from cleaner.model.site_features import SITE_FEATURE_VERSION, line_keys
from cleaner.model.site_model import PARTS, SiteModel, SiteWeights
from cleaner.model.store import digest, read_meta
from cleaner.model.tokens import UInt64, find_words
from cleaner.split.page import Page
from cleaner.types import CleanerError

_WEIGHTS = "weights.npz"
_META = "meta.json"
_INDEX = "signs.npz"
_SITE = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,250}[a-z0-9])?")
_MOST_HOSTS = 10_000  # of which it is remembered whether they have a model
_ENOUGH_SIGNS = 3  # lines of a text that must be a site's, and no other's
_LEAD = 2  # times as many as of any other site


def is_of_site(address: str, site: str) -> bool:
    """Whether a URL or domain is of `site` or a subdomain of it."""
    host, name = site_of(address), site_of(site)
    return bool(name) and (host == name or host.endswith(f".{name}"))


def save_site_model(model: SiteModel, folder: Path, meta: Mapping[str, Any]) -> Path:
    """Write `model` to the folder of its name in `folder`, and add it to the index there.

    Raises:
        CleanerError: the site's name cannot be that of a folder.
    """
    name = _checked(model.site)
    arrays: dict[str, Any] = {"signs": model.signs, "anchors": model.anchors}
    for part, weights in model.parts.items():
        arrays[f"{part}_hashes"], arrays[f"{part}_weights"] = weights.hashes, weights.weights
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    stored.write(target / _WEIGHTS, arrays)
    whole = {
        "site": name,
        "site_feature_version": SITE_FEATURE_VERSION,
        "base": model.base,
        "weights": hashlib.blake2b((target / _WEIGHTS).read_bytes(), digest_size=16).hexdigest(),
        **meta,
    }
    fresh = target / f".{_META}"
    fresh.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", "utf-8")
    fresh.replace(target / _META)
    stored.write(folder / _INDEX, _index_with(folder, name, model.signs))
    return target


def site_models_digest(folder: Path) -> str:
    """What changes when any site model in `folder` does, or one is added or taken away."""
    whole = hashlib.blake2b(digest_size=16)
    for name in _sites(folder):
        try:
            meta = (folder / name / _META).read_bytes()
        except OSError:
            continue
        whole.update(f"{name}\0{len(meta)}\0".encode() + meta)
    return whole.hexdigest()


def _checked(site: str) -> str:
    name = site_of(site)
    if not _SITE.fullmatch(name) or ".." in name:
        raise CleanerError(f"{site!r} is no site; expected a domain, as example.org")
    return name


class SiteModels:
    """The site models in a folder, each loaded when a page of its site comes.

    Nothing is read at the start, so that a folder of thousands costs no more than one of ten.

    Raises:
        CleanerError: there is no such folder.
    """

    def __init__(self, folder: Path, base: LineModel) -> None:
        if not folder.is_dir():
            raise CleanerError(f"{folder}: no such folder; expected one with site models")
        if (folder / _META).exists():
            raise CleanerError(
                f"{folder}: a model, where a folder with models of sites was expected; is it"
                f" {folder.parent}?"
            )
        self.folder = folder
        self._base = base
        self._digest = ""
        self._names: dict[str, str | None] = {}
        self._index: _Index | None = None

    def find(self, page: Page, *, url: str | None, site: str | None) -> SiteModel | None:
        """The model for a page: of `site`, else of its URL's host, else by its lines.

        Raises:
            CleanerError: a model is there and cannot be used.
        """
        for address in (site, url):
            if address:
                name = self._by_host(site_of(address))
                return self._load(name) if name else None
        if not len(page):
            return None
        if self._index is None:
            self._index = _read_index(self.folder)
        name = self._index.site_of(line_keys(find_words(page.units)))
        return self._load(name) if name else None

    def _by_host(self, host: str) -> str | None:
        """The name of the model of a host or of the nearest domain above it."""
        if host not in self._names:
            if len(self._names) >= _MOST_HOSTS:  # a crawl has millions
                self._names.clear()
            labels = host.split(".")
            names = [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]
            self._names[host] = next(
                (n for n in names if _SITE.fullmatch(n) and (self.folder / n / _META).is_file()),
                None,
            )
        return self._names[host]

    def _load(self, name: str) -> SiteModel:
        folder = self.folder / name
        model = load_site_model(folder)
        if not self._digest:
            self._digest = digest(self._base)
        if model.base != self._digest:
            raise CleanerError(
                f"{folder}: this site model corrects another base model than"
                f" {self._base.name!r} as it is here; train it again, or remove it"
            )
        return model


def load_site_model(folder: Path) -> SiteModel:
    """The site model in `folder`.

    Raises:
        CleanerError: there is none, it is damaged, or it is for other features.
    """
    try:
        changed = (folder / _META).stat().st_mtime
    except OSError:
        changed = 0.0
    return _load(folder.resolve(), changed)


@lru_cache(maxsize=256)
def _load(folder: Path, _changed: float) -> SiteModel:
    meta = read_meta(folder)
    if meta.get("site_feature_version") != SITE_FEATURE_VERSION:
        raise CleanerError(
            f"{folder / _META}: made for version {meta.get('site_feature_version')} of the site"
            f" features, this program has {SITE_FEATURE_VERSION}; train it again"
        )
    path = folder / _WEIGHTS
    try:
        arrays = stored.read(path)
        parts = {
            part: _weights(arrays[f"{part}_hashes"], arrays[f"{part}_weights"])
            for part in PARTS
            if f"{part}_hashes" in arrays
        }
        return SiteModel(
            str(meta["site"]), str(meta["base"]), parts, arrays["signs"], _keys(arrays["anchors"])
        )
    except FileNotFoundError:
        raise CleanerError(f"{path}: not found") from None
    except stored.ERRORS as error:
        raise CleanerError(f"{path}: damaged or not a site model ({error})") from None


def _weights(hashes: UInt64, weights: Float32) -> SiteWeights:
    if hashes.shape != weights.shape or hashes.dtype != np.uint64 or hashes.ndim != 1:
        raise ValueError("hashes and weights do not match")
    if np.any(hashes[1:] <= hashes[:-1]) or not np.isfinite(weights).all():
        raise ValueError("hashes out of order, or weights that are no numbers")
    return SiteWeights(hashes, weights.astype(np.float32))


def _keys(keys: np.ndarray[Any, Any]) -> UInt64:
    if keys.dtype != np.uint64 or keys.ndim != 1 or np.any(keys[1:] <= keys[:-1]):
        raise ValueError("keys of lines that are none, or out of order")
    return keys


class _Index:
    """Which site a line is of, by the line's key; lines of several sites are of none."""

    def __init__(self, names: Sequence[str], keys: UInt64, owners: np.ndarray[Any, Any]) -> None:
        order = np.argsort(keys, kind="stable")
        keys, owners = keys[order], owners[order]
        alone = np.ones(len(keys), dtype=bool)
        same = keys[1:] == keys[:-1]
        alone[1:] &= ~same
        alone[:-1] &= ~same
        self._names, self._keys, self._owners = names, keys[alone], owners[alone]

    def site_of(self, keys: UInt64) -> str | None:
        """The site whose lines stand among `keys`, where that is plain."""
        if not len(self._keys):
            return None
        keys = np.unique(keys)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        votes = np.bincount(self._owners[at[self._keys[at] == keys]], minlength=len(self._names))
        best = int(votes.argmax())
        others = np.delete(votes, best).max(initial=0)
        is_plain = votes[best] >= _ENOUGH_SIGNS and votes[best] >= _LEAD * others
        return self._names[best] if is_plain else None


def _read_index(folder: Path) -> _Index:
    """The index of a folder; made anew in memory where models were put there or taken away."""
    try:
        index = stored.read(folder / _INDEX)
        names = [str(name) for name in index["names"]]
        if names == _sites(folder):
            return _Index(names, index["keys"], index["owners"])
    except stored.ERRORS:
        pass
    gathered = _gather(folder)
    return _Index([str(name) for name in gathered["names"]], gathered["keys"], gathered["owners"])


def _index_with(folder: Path, name: str, signs: UInt64) -> Arrays:
    """The index of a folder in which the model of `name` is new; made anew where it is stale."""
    names = _sites(folder)
    try:
        index = stored.read(folder / _INDEX)
        before = [str(one) for one in index["names"]]
        if sorted({*before, name}) != names:
            return _gather(folder)
        owners = np.array([names.index(one) for one in before], dtype=np.int64)[index["owners"]]
        others = owners != names.index(name)
        keys = np.concatenate([index["keys"][others], signs])
        owners = np.concatenate([owners[others], np.full(len(signs), names.index(name))])
    except (IndexError, *stored.ERRORS):
        return _gather(folder)
    return {"names": np.array(names, dtype=str), "keys": keys, "owners": owners}


def _sites(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir())


def _gather(folder: Path) -> Arrays:
    """The signs of all models in a folder; those that do not load have none."""
    names = _sites(folder)
    keys = [_signs(folder / name / _WEIGHTS) for name in names]
    return {
        "names": np.array(names, dtype=str),
        "keys": np.concatenate([*keys, np.zeros(0, dtype=np.uint64)]),
        "owners": np.repeat(np.arange(len(names)), [len(some) for some in keys]),
    }


def _signs(path: Path) -> UInt64:
    try:
        return np.asarray(stored.read(path)["signs"], dtype=np.uint64)
    except stored.ERRORS:
        return np.zeros(0, dtype=np.uint64)
