"""How pages are cleaned, and digests that say when that has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cleaner
from cleaner.types import CleanerError

if TYPE_CHECKING:
    from cleaner.guard import OnSuspicion
    from cleaner.pipeline import Cleaner
    from cleaner.rules.template import Template


@dataclass(frozen=True, slots=True)
class Options:
    """How pages are cleaned: what `Cleaner` takes, in a form that can be compared."""

    model: str = "base"
    threshold: float | None = None
    keep: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()
    templates: bool = True
    sites: Path | None = None
    site: str | None = None
    models: Path | None = None
    on_suspicion: OnSuspicion = "flag"
    front: str | None = None

    def cleaner(self, *, usual: Mapping[str, float] | None = None) -> Cleaner:
        """A cleaner that does as the options say; `usual` as `Cleaner` takes it.

        Raises:
            CleanerError: An option names what is not there.
        """
        from cleaner.pipeline import Cleaner

        return Cleaner(**asdict(self), usual=usual)

    def versions(self) -> Versions:
        """What stands for the options, and the model and the templates they name.

        It is the same in every process, whatever order sets have there.

        Raises:
            CleanerError: An option names what is not there.
        """
        from cleaner.rules.template import load_templates, shipped_templates

        templates = (
            *(shipped_templates() if self.templates else ()),
            *(load_templates(self.sites) if self.sites is not None else ()),
        )
        own: dict[str, list[Template]] = {}
        hostless = []
        shared = []
        for template in templates:
            match = template.match
            if not match.domains or match.always or match.generator or match.markers:
                shared.append(template)
                continue
            for domain in match.domains:
                own.setdefault(domain, []).append(template)
            if match.fingerprint:  # knows pages of no known site too
                hostless.append(template)
        whole = {
            **asdict(self),
            "keep": sorted(self.keep),
            "drop": sorted(self.drop),
            "sites": None,  # what is in these folders counts, not their names
            "models": _site_models_digest(self.models),
            "program": cleaner.__version__,
            "front": _front_version(self.front),
            "templates": repr(shared),  # which costs a fifth of taking them apart
            "model": _model_digest(self.model),
        }
        return Versions(
            base=digest(whole),
            own={domain: digest(repr(of)) for domain, of in own.items()},
            hostless=digest(repr(hostless)),
            site=self.site,
        )


@dataclass(frozen=True, slots=True)
class Versions:
    """Digests of all that decides a page's output, but for the page and the output's layout.

    `base` covers what any page may be touched by, `own` what concerns one site and nothing
    else, by its domain, `hostless` what of these knows pages without a URL too.
    """

    base: str
    own: Mapping[str, str] = field(default_factory=dict)
    hostless: str = ""
    site: str | None = None

    def of(self, hosts: Collection[str] | None) -> str:
        """The digest for pages of `hosts`, where "" is a page without one; None is any page."""
        if hosts is None:
            return digest([self.base, sorted(self.own.items()), self.hostless])
        if self.site is not None:
            hosts = {*hosts, self.site} - {""}
        domains = {
            domain
            for host in hosts
            for domain in _suffixes(host.lower().strip("."))
            if domain in self.own
        }
        own = sorted((domain, self.own[domain]) for domain in domains)
        return digest([self.base, own, self.hostless if "" in hosts else ""])


def digest(value: Any) -> str:
    """A short digest of what JSON can hold."""
    packed = json.dumps(value, sort_keys=True).encode("ascii")
    return hashlib.blake2b(packed, digest_size=16).hexdigest()


def _suffixes(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def _front_version(front: str | None) -> list[str] | None:
    if front is None:
        return None
    from cleaner.fronts import version_of

    return [front, version_of(front)]


def _site_models_digest(models: Path | None) -> str | None:
    if models is None:
        return None
    from cleaner.model.site_store import site_models_digest

    return site_models_digest(models)


def _model_digest(model: str) -> str:
    from cleaner.model.store import find_model

    folder = find_model(model)
    files = [(path, path.stat()) for path in sorted(folder.iterdir()) if path.suffix != ".md"]
    return _content(tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in files))


@lru_cache(maxsize=4)
def _content(files: tuple[tuple[Path, int, int], ...]) -> str:
    if not files:
        raise CleanerError("the folder of the model is empty")
    whole = hashlib.blake2b(digest_size=16)
    for path, size, _ in files:
        whole.update(f"{path.name}\0{size}\0".encode() + path.read_bytes())
    return whole.hexdigest()
