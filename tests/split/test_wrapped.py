"""Text that was broken at a width, and text that only looks so."""

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import clean
from cleaner.split import split
from cleaner.types import Document, Gap

TEXTS = Path(__file__).parent.parent.parent / "fixtures" / "texts"
LONG = ["residue_long_ru", "residue_long_thread_en", "residue_culture_fr", "residue_advice_de"]


def page_of(text):
    return split(Document(text, format="text"))


def paragraphs(name):
    lines = (TEXTS / f"{name}.txt").read_text("utf-8").split("\n")
    return [" ".join(line.split()) for line in lines if line.strip()]


def wrapped(text, width):
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("width", [60, 72, 78, 100])
def test_lines_of_broken_text_are_joined_to_paragraphs(name, width):
    texts = paragraphs(name)
    source = "\n\n".join(wrapped(text, width) for text in texts)
    page = page_of(source)
    assert page.texts == texts
    assert set(page.gaps) == {Gap.PARAGRAPH}
    lines = source.split("\n")
    for text, start, end, number in zip(
        texts, page.starts, page.ends, page.source_lines, strict=True
    ):
        assert " ".join(source[start:end].split()) == text
        assert source[start:end].startswith(lines[number - 1])


@pytest.mark.parametrize("name", LONG)
def test_broken_text_is_cleaned_as_if_it_were_not(name):
    texts = paragraphs(name)
    whole = clean("\n\n".join(texts)).text
    broken = clean("\n\n".join(wrapped(text, 74) for text in texts)).text
    assert broken.split() == whole.split()


def test_an_indented_list_is_not_joined_across_its_items():
    said = (
        "the ferry leaves at nine and those who miss it wait until the tide turns again, and then"
    )
    items = [" ".join(said.split()[start:]) + f" {said}, {start} hours" for start in range(8)]
    form = {"initial_indent": "  * ", "subsequent_indent": "    "}
    page = page_of("\n".join(textwrap.fill(item, 64, **form) for item in items))
    assert page.texts == [f"* {item}" for item in items]


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_lines_of_other_texts_stay_as_they_are(path):
    text = path.read_bytes().decode("utf-8", "replace")
    page = page_of(text)
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        assert len(page) >= len([line for line in lines if line])


def test_verse_tables_and_headlines_are_not_joined():
    verse = [
        "the boat went out when the tide was low",
        "and nobody saw it go,",
        "but the net it left",
    ]
    row = "| {:>20} | {:>24} | {:>10} |"
    table = [row.format(f"station {n}", f"measured at {n} hours", n * 37) for n in range(40)]
    headlines = [
        f"{'Council' if n % 2 else 'Harbour'} {'votes on ' * (n % 5)}plan {n}" for n in range(60)
    ]
    for lines in (verse * 12, table, headlines):
        assert len(page_of("\n".join(lines))) == len(lines)


words = st.lists(
    st.sampled_from("a tide the harbour lantern wait Ship 1901 о море".split()), min_size=1
)


@given(
    st.lists(words, min_size=1, max_size=12), st.integers(40, 120), st.sampled_from(["\n", "\n\n"])
)
@settings(deadline=None)
def test_no_word_is_lost_and_positions_hold(texts, width, between):
    source = between.join(wrapped(" ".join(text), width) for text in texts)
    page = page_of(source)
    assert " ".join(page.texts).split() == source.split()
    for text, start, end in zip(page.texts, page.starts, page.ends, strict=True):
        assert " ".join(source[start:end].split()) == text


def test_paragraphs_of_markdown_whose_links_were_broken_are_joined():
    page = split(Document(BROKEN_LINKS, format="text"))
    assert page.texts == [
        "The harbour opens",
        "Ferries to Norholm leave from the old quay again, as the harbour board said on Monday "
        "in a letter to the islands; the well-known timetable is out - at last.",
        "A hard break",
        "keeps its line.",
        "News from the coast",
        "Sport",
        "The ferry that never left its berth and why",
    ]
    assert page.written[1] == (
        "Ferries to [Norholm](https://ferries.example/norholm) leave from the [old quay]"
        "(https://ferries.example/quays/the-old-quay-and-its-cranes) again, as the harbour board "
        "said on Monday in a [letter to the islands](/letters/12); the well-known timetable is "
        "out - at last."
    )
    assert page.source_lines.tolist() == [1, 3, 11, 12, 14, 15, 17]


BROKEN_LINKS = """\
# The harbour opens

Ferries to [Norholm](https://ferries.example/norholm) leave from the [old
quay](https://ferries.example/quays/the-old-
quay-and-its-cranes) again, as the harbour board said on Monday in a [letter
to the
islands](/letters/12); the well-
known timetable is out - at
last.

A hard break\x20\x20
keeps its line.

* [News from the coast](/news)
* [Sport](/sport)

### [The ferry that never left its berth and
why](/ferry)
"""


def test_markdown_with_a_line_feed_behind_each_block_stays_as_it_is():
    text = "# Title\n[One](/1) stands here.\n[Two](/2) stands there.\n[Three](/3)\nThe end."
    assert split(Document(text, format="text")).texts == [
        "Title", "One stands here.", "Two stands there.", "Three", "The end.",
    ]  # fmt: skip
