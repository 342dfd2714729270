"""Phrases as the furniture of pages words them, by language and kind, to train on.

The phrases stand in one TOML file a language, a table a kind. They hold placeholders:

- `{n}` a number from 2, `{few}` one from 1 to 20, `{year}`;
- `{date}`, `{ago}` (`3 days ago`), `{time}` of day, `{length}` of a recording (`3:27`);
- `{name}` of a person, `{site}` of a site or paper, `{agency}` that sells news or pictures;
- `{topic}` one to three words, `{url}`, `{email}`;
- `{title}` the headline of another article, `{sentence}` one of body text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import tomli
from numpy.random import Generator

from cleaner.types import DEBRIS_KINDS, CleanerError

PHRASE_KINDS = (*DEBRIS_KINDS, "byline", "credit", "caption", "heading", "list_item")
PLACEHOLDERS = (
    "n",
    "few",
    "year",
    "date",
    "ago",
    "time",
    "length",
    "name",
    "site",
    "agency",
    "topic",
    "url",
    "email",
    "title",
    "sentence",
)

_FILLERS = "fillers"
_LISTS = {"site": "sites", "agency": "agencies", "topic": "topics"}
_ASCII_DIGITS = "0123456789"
_YEARS = (2005, 2027)  # from the first to before the last
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


@cache
def load_phrases() -> dict[str, dict[str, list[str]]]:
    """The phrases by language (`en`) and kind, both in the order of the files.

    Raises:
        CleanerError: a table of a file is no kind of line, or holds something but phrases.
    """
    names = sorted(entry.name for entry in files(__name__).iterdir())
    languages = [name.removesuffix(".toml") for name in names if name.endswith(".toml")]
    return {
        language: {
            kind: _phrases(kind, table, where=f"{language}.toml")
            for kind, table in _load(language).items()
        }
        for language in languages
        if language != _FILLERS
    }


def fill(
    phrase: str,
    rng: Generator,
    *,
    titles: Sequence[str],
    sentences: Sequence[str],
    language: str = "en",
) -> str:
    """`phrase` with its placeholders filled; the same `rng` state gives the same text.

    Raises:
        KeyError: there are no fillers in `language`.
        ValueError: the phrase needs a title or a sentence, and none is given.

    >>> from numpy.random import default_rng
    >>> fill("Read more: {title}", default_rng(0), titles=["A tale"], sentences=[])
    'Read more: A tale'
    """
    fillers = _load(_FILLERS)[language]

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == "title":
            return _choice(titles, rng)
        if name == "sentence":
            return _choice(sentences, rng)
        return _value(name, fillers, rng)

    return _PLACEHOLDER.sub(value, phrase)


def _value(name: str, fillers: dict[str, Any], rng: Generator) -> str:
    """A value for a placeholder that the fillers of a language know."""
    if name in _LISTS:
        return _choice(fillers[_LISTS[name]], rng)
    if name in ("url", "email"):
        return _choice(_load(_FILLERS)["any"][f"{name}s"], rng)
    if name == "name":
        given, family = _choice(fillers["given"], rng), _choice(fillers["family"], rng)
        return str(fillers["name"].format(given=given, family=family))
    digits = fillers.get("digits", _ASCII_DIGITS) if rng.random() < 0.5 else _ASCII_DIGITS
    return _FIGURES[name](fillers, rng).translate(str.maketrans(_ASCII_DIGITS, digits))


def _count(fillers: dict[str, Any], rng: Generator) -> str:
    """A number from 2; most counts on pages are small, so it is drawn by its logarithm."""
    number = int(2 * 10 ** rng.uniform(0, 4))
    return f"{number:,}".replace(",", fillers["thousands"] if rng.random() < 0.6 else "")


def _few(_: dict[str, Any], rng: Generator) -> str:
    return str(rng.integers(1, 21))


def _year(_: dict[str, Any], rng: Generator) -> str:
    return str(rng.integers(*_YEARS))


def _date(fillers: dict[str, Any], rng: Generator) -> str:
    month = int(rng.integers(1, 13))
    return _choice(fillers["dates"], rng).format(
        day=int(rng.integers(1, 29)),
        month=month,
        month_name=fillers["months"][month - 1],
        year=int(rng.integers(*_YEARS)),
    )


def _ago(fillers: dict[str, Any], rng: Generator) -> str:
    return _choice(fillers["ago"], rng).format(few=int(rng.integers(2, 21)))


def _time(fillers: dict[str, Any], rng: Generator) -> str:
    hour, minute = int(rng.integers(24)), int(rng.integers(60))
    pattern = _choice(fillers["times"], rng)
    return pattern.format(hour=hour, hour12=hour % 12 or 12, minute=minute)


def _length(_: dict[str, Any], rng: Generator) -> str:
    minutes, seconds = rng.integers(60, size=2)
    return f"{minutes}:{seconds:02}" if rng.random() < 0.7 else f"{minutes:02}:{seconds:02}"


_FIGURES = {
    "n": _count,
    "few": _few,
    "year": _year,
    "date": _date,
    "ago": _ago,
    "time": _time,
    "length": _length,
}


def _choice(options: Sequence[str], rng: Generator) -> str:
    if not options:
        raise ValueError("nothing to fill a placeholder with")
    return options[int(rng.integers(len(options)))]


def _phrases(kind: str, table: Any, *, where: str) -> list[str]:
    if kind not in PHRASE_KINDS:
        raise CleanerError(f"{where}: [{kind}]: expected one of {', '.join(PHRASE_KINDS)}")
    phrases = table.get("phrases") if isinstance(table, dict) and len(table) == 1 else None
    if not isinstance(phrases, list) or not all(isinstance(text, str) for text in phrases):
        raise CleanerError(f"{where}: [{kind}]: expected one list of strings named phrases")
    return phrases


@cache
def _load(name: str) -> dict[str, Any]:
    text = files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomli.loads(text)
