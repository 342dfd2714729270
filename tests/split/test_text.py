"""Plain text to lines, and telling it from HTML."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleaner.decode import decode
from cleaner.split import split
from cleaner.split.detect import looks_like_html
from cleaner.types import Document, Gap


def page_of(text):
    return split(Document(text, format="text"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\f", "\v", "\x85", "\u2028", "\u2029"])
def test_lines_end_at_every_line_end_there_is(end):
    page = page_of(f"One{end}{end}  Two  {end}Three")
    assert page.texts == ["One", "Two", "Three"]
    assert list(page.gaps) == [Gap.PARAGRAPH, Gap.PARAGRAPH, Gap.LINE]
    assert list(page.source_lines) == [1, 3, 4]


def test_a_page_in_one_line_is_split_by_sentence_and_joined_as_it_was():
    sentence = "The ferry leaves at nine, and those who miss it wait until the tide turns again."
    text = " ".join([sentence] * 6) + " Please enter your comment!"
    page = page_of(text)
    assert page.texts == [sentence] * 6 + ["Please enter your comment!"]
    assert set(page.gaps[1:]) == {Gap.SPACE}


def test_a_page_in_one_line_without_spaces_is_split_too():
    text = "今天的会议讨论了许多问题。" * 40
    page = page_of(text)
    assert len(page) == 40
    assert set(page.gaps[1:]) == {Gap.NONE}


@example("\ufeffA mark of byte order counts as a character.")
@given(st.text())
def test_positions_point_to_the_lines_and_nothing_but_white_space_is_left_out(source):
    page = page_of(source)
    rest, at = [], 0
    for text, start, end in zip(page.texts, page.starts, page.ends, strict=True):
        assert source[start:end] == text
        rest.append(source[at:start])
        at = end
    assert not "".join([*rest, source[at:]]).removeprefix("\ufeff").strip()


@pytest.mark.parametrize(
    "source",
    [
        "<!DOCTYPE html><html><body>x",
        "\ufeff\n <html lang=en>",
        "<!-- saved from x -->\n<html>",
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html PUBLIC "x">',
        "<p>One paragraph.</p>",
        '<div class="a"><p>x</div>',
        "<BR>Old<BR>page<BR>",
    ],
)
def test_html_is_taken_for_html(source):
    assert looks_like_html(source)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "Plain text.",
        "Use the <p> tag.\nClose it with </p>.\nThat is all.",
        "1 < 2 and 3 > 2",
        "<3 this song, it is the best",
        "<T> is a type parameter of Vec<T>.\nSo is <U>.",
        "A lesson in HTML.\n\nWrite this:\n\n<html>\n<body>\n\nThen open the file in a browser.\n"
        "Every page begins like that.\nSave it.\nYou are done.\nNow to the next lesson.",
        "From: <someone@example.org>\nSubject: hello",
    ],
)
def test_text_that_mentions_tags_is_text(source):
    assert not looks_like_html(source)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("naïve".encode(), "naïve", id="UTF-8"),
        pytest.param(b"\xef\xbb\xbfx", "x", id="UTF-8 with BOM"),
        pytest.param("żółw".encode("utf-16"), "żółw", id="UTF-16 with BOM"),
        pytest.param(
            b'<meta charset="shift_jis">' + "こんにちは".encode("shift_jis"),
            '<meta charset="shift_jis">こんにちは',
            id="declared",
        ),
        pytest.param(
            b'<meta charset="gbk">' + "已经是统一码".encode(),
            '<meta charset="gbk">已经是统一码',
            id="declared otherwise than it is",
        ),
        pytest.param(
            b"<meta charset=iso-2022-jp>" + "日本語".encode("iso-2022-jp"),
            "<meta charset=iso-2022-jp>日本語",
            id="seven bits",
        ),
        pytest.param(
            "Привет, мир, и всем привет".encode() + b"\xd0",
            "Привет, мир, и всем привет\ufffd",
            id="cut",
        ),
        pytest.param(
            b"a" * 200_000 + "é".encode() * 20 + b"\xff",
            "a" * 200_000 + "é" * 20 + "\ufffd",
            id="cut after much ASCII",
        ),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_bytes_are_decoded(content, expected):
    assert decode(content) == expected


def test_undeclared_encodings_are_guessed():
    text = "Die Straße führt über die Brücke nach München, wo die Bäume blühen und grünen. " * 5
    assert decode(text.encode("latin-1")) == text


@given(st.binary(max_size=400))
def test_any_bytes_decode(content):
    assert isinstance(decode(content), str)
