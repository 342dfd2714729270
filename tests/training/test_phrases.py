import re
from collections import Counter

import numpy as np
import pytest

from cleaner.training.phrases import PHRASE_KINDS, PLACEHOLDERS, _phrases, fill, load_phrases
from cleaner.types import DEBRIS_KINDS, CleanerError

PHRASES = load_phrases()
LARGE = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "uk", "tr", "ar", "zh", "ja", "ko")
SMALL = ("el", "fa", "hi", "id", "vi")
TITLES = ["Bridge reopens after {n} months"]
SENTENCES = ["Hundreds of people crossed the bridge on foot on its first morning."]


def each_phrase():
    for language, kinds in PHRASES.items():
        for kind, phrases in kinds.items():
            for phrase in phrases:
                yield language, kind, phrase


def test_every_language_has_every_kind():
    assert sorted(PHRASES) == sorted(LARGE + SMALL)
    for language, kinds in PHRASES.items():
        assert sorted(kinds) == sorted(PHRASE_KINDS)
        least = 25 if language == "en" else 8 if language in LARGE else 6
        assert all(len(kinds[kind]) >= least for kind in kinds), language


@pytest.mark.parametrize("language", PHRASES)
def test_no_phrase_stands_twice(language):
    phrases = [phrase for kind in PHRASES[language].values() for phrase in kind]
    assert [phrase for phrase, count in Counter(phrases).items() if count > 1] == []


@pytest.mark.parametrize("language", PHRASES)
def test_a_phrase_has_one_kind_whatever_its_case(language):
    kinds = {}
    for kind, phrases in PHRASES[language].items():
        for phrase in phrases:
            assert kinds.setdefault(phrase.casefold(), kind) == kind, phrase


def test_no_heading_is_debris_in_another_language():
    headings = {phrase.casefold() for _, kind, phrase in each_phrase() if kind == "heading"}
    debris = {phrase.casefold() for _, kind, phrase in each_phrase() if kind in DEBRIS_KINDS}
    assert headings & debris == set()


def test_phrases_are_one_trimmed_line_with_known_placeholders():
    for language, kind, phrase in each_phrase():
        assert phrase == " ".join(phrase.split()), (language, kind, phrase)
        unknown = set(re.findall(r"[{}]|\{(\w*)\}", phrase)) - {*PLACEHOLDERS}
        assert not unknown - {""}, (language, kind, phrase)
        rest = re.sub(r"\{(" + "|".join(PLACEHOLDERS) + r")\}", "", phrase)
        assert not set("{}") & set(rest), (language, kind, phrase)


def test_every_phrase_can_be_filled():
    rng = np.random.default_rng(7)
    for language, kind, phrase in each_phrase():
        text = fill(phrase, rng, titles=["A title"], sentences=SENTENCES, language=language)
        assert text, (language, kind)
        assert not set("{}") & set(text), (language, kind, text)
        assert "\n" not in text


@pytest.mark.parametrize("language", PHRASES)
def test_every_filler_works_in_every_language(language):
    rng = np.random.default_rng(1)
    for name in PLACEHOLDERS:
        for _ in range(60):
            text = fill(
                f"{{{name}}}", rng, titles=["A title"], sentences=["A body."], language=language
            )
            assert text == text.strip()
            assert text and not set("{}") & set(text)


def test_the_same_state_fills_the_same_way():
    phrase = "By {name} and {name}, {site}, {date} {time}: {n} {few} {length} {topic} {title}"
    first, second = (
        fill(phrase, np.random.default_rng(3), titles=["One", "Two", "Three"], sentences=[])
        for _ in range(2)
    )
    assert first == second
    rng = np.random.default_rng(3)
    assert len({fill(phrase, rng, titles=["One"], sentences=[]) for _ in range(20)}) == 20


def test_braces_in_a_title_stay():
    rng = np.random.default_rng(0)
    assert fill("» {title}", rng, titles=TITLES, sentences=[]) == f"» {TITLES[0]}"


def test_numbers_are_written_as_the_language_writes_them():
    rng = np.random.default_rng(0)

    def numbers(language):
        texts = [fill("{n}", rng, titles=[], sentences=[], language=language) for _ in range(300)]
        return " ".join(texts)

    assert re.search(r"\d,\d{3}", numbers("en"))
    assert re.search(r"\d\.\d{3}", numbers("de"))
    assert re.search(r"[۰-۹]", numbers("fa"))


def test_a_missing_title_or_language_is_an_error():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="nothing to fill"):
        fill("{title}", rng, titles=[], sentences=SENTENCES)
    with pytest.raises(KeyError):
        fill("{n}", rng, titles=[], sentences=[], language="xx")


@pytest.mark.parametrize(
    ("kind", "table"),
    [("banner", {"phrases": []}), ("share", ["Share"]), ("share", {"phrases": [1]})],
)
def test_a_broken_file_is_named(kind, table):
    with pytest.raises(CleanerError, match=r"^en\.toml: \["):
        _phrases(kind, table, where="en.toml")
