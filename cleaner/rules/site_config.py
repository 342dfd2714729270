"""Site configurations of FiveFilters' Full-Text RSS as templates.

The format: https://help.fivefilters.org/full-text-rss/site-patterns.html. A file is named for its
host, `example.com.txt`, or `.example.com.txt` with all subdomains; each of its lines is
`directive: value`, and `#` begins a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cleaner.rules.template import Recognition, Rule, Template
from cleaner.rules.xpaths import xpath_fault
from cleaner.types import CleanerError

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")
_DIRECTIVE = re.compile(
    r"(?P<key>[a-z_]+)(?P<argument>\(.*?\))?\s*:\s*(?P<value>.*)", re.IGNORECASE
)
# A step that ends on text or an attribute gives no element.
_NO_ELEMENT = re.compile(
    r"(?:/|^)\s*(?:@[\w:-]+|attribute::[\w:-]+|text\(\))\s*(?:\[[^\]]*\])?\s*$"
)
_LARGEST = 1 << 20  # bytes; a larger file is no site configuration

# Directives that do not bear on which lines of a page stay.
_NEEDLESS = frozenset(
    (
        "title strip_image_src prune tidy parser autodetect_on_failure convert_double_br_tags "
        "skip_json_ld insert_detected_image native_ad_clue src_lazy_load_attr strip_comments"
    ).split()
)
_COMMENTS = ("test_url", "test_contains")

# What the XPaths of a directive say, and the rules they make.
_PATHS = {
    "body": "body",
    "strip": "strip",
    "strip_id_or_class": "strip",
    "author": "byline",
    "date": "byline",
}
_RULES = (
    ("byline", "byline", "byline"),
    ("outside-body", "body", "other"),
    ("strip", "strip", "other"),
)


@dataclass(frozen=True, slots=True)
class Untranslated:
    """A line of a configuration that has no counterpart in the template, and why."""

    where: str
    directive: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one configuration; `template` is None where it holds nothing to translate.

    `comments` are its test pages, as they are written there.
    """

    template: Template | None
    comments: tuple[str, ...]
    untranslated: tuple[Untranslated, ...]


def site_config_files(folder: Path) -> list[Path]:
    """The `*.txt` files in a folder that are named for a host, sorted."""
    # `*` passes over files whose names begin with a dot.
    files = [*folder.glob("*.txt"), *folder.glob(".*.txt")]
    return sorted({path for path in files if _HOST.fullmatch(_host(path))})


def read_site_config(path: Path) -> Imported:
    """One configuration as a template named `ftr.<host>`.

    Raises:
        CleanerError: the file cannot be read or is too large for a configuration.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise CleanerError(f"{path}: larger than {_LARGEST >> 20} MB, which no such file is")
        text = path.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise CleanerError(f"{path}: cannot be read: {error.strerror}") from error
    paths: dict[str, list[str]] = {"body": [], "strip": [], "byline": []}
    comments: list[str] = []
    untranslated: list[Untranslated] = []
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if not line or line.startswith("#"):
            continue
        directive = _DIRECTIVE.fullmatch(line)
        key = directive["key"].lower() if directive else "?"
        value = directive["value"].strip() if directive else line
        if key in _COMMENTS:
            comments.append(f"{key}: {value}")
        elif key in _PATHS:
            path_, fault = _translated(key, value)
            if fault:
                untranslated.append(Untranslated(f"{path}:{number}", key, fault))
            else:
                paths[_PATHS[key]].append(path_)
        elif key not in _NEEDLESS:
            fault = "changes or fetches pages" if directive else "not `directive: value`"
            untranslated.append(Untranslated(f"{path}:{number}", key, fault))
    host = _host(path)
    rules = tuple(
        Rule(name, kind=kind, xpath=tuple(dict.fromkeys(paths[of])), outside=of == "body")
        for name, of, kind in _RULES
        if paths[of]
    )
    template = Template(
        name=f"ftr.{host}",
        about=f"{host}, from FiveFilters' site configuration",
        priority=0,
        match=Recognition(domains=(host,)),
        rules=rules,
    )
    return Imported(template if rules else None, tuple(comments), tuple(untranslated))


def _host(path: Path) -> str:
    return path.name.removesuffix(".txt").strip(".").lower().removeprefix("www.")


def _translated(key: str, value: str) -> tuple[str, str]:
    """The XPath that a directive means, and why there is none; one of them is empty."""
    if key == "strip_id_or_class":
        value = value.strip("\"'")
        return (_contains(value), "") if value else ("", "no value")
    fault = _fault(value)
    return ("", fault) if fault else (value, "")


def _contains(text: str) -> str:
    """The XPath of elements whose class or id contains `text`, as FiveFilters looks for it.

    >>> _contains("share-bar")
    "//*[contains(@class, 'share-bar') or contains(@id, 'share-bar')]"
    """
    quote = '"' if "'" in text else "'"
    literal = f"{quote}{text.replace(quote, '')}{quote}"
    return f"//*[contains(@class, {literal}) or contains(@id, {literal})]"


def _fault(path: str) -> str:
    """Why an XPath cannot name elements of a page; empty if it can."""
    if any(_NO_ELEMENT.search(part) for part in path.split("|")):
        return "gives text or attributes, not elements"
    return xpath_fault(path)
