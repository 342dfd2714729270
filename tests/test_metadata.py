"""What a page says of itself."""

import pytest

from cleaner import Document
from cleaner.metadata import metadata
from cleaner.types import METADATA

PAGE = """<!doctype html><html lang="pt_br"><head><title>A cold winter | The Bell</title>
<meta property="og:title" content="A cold winter"><meta property="og:site_name" content="The Bell">
<meta name="author" content="Ada Marsh">
<meta property="article:published_time" content="2019-03-04T10:00:00Z">
<link rel="canonical" href="https://bell.example/2019/winter"></head>
<body><article><h1>A cold winter</h1><p>The harbour froze in January.</p></article></body></html>"""


def test_all_of_it():
    assert metadata(Document(PAGE)) == {
        "title": "A cold winter",
        "author": "Ada Marsh",
        "date": "2019-03-04",
        "site_name": "The Bell",
        "language": "pt-BR",
        "canonical_url": "https://bell.example/2019/winter",
    }


def test_bytes_of_another_encoding():
    page = PAGE.replace("Ada Marsh", "Zoë Märsch").replace("<head>", "<head><meta charset=latin1>")
    assert metadata(Document(page.encode("latin1")))["author"] == "Zoë Märsch"


def test_a_date_is_not_guessed_from_the_text():
    assert metadata(Document("<p>In May 2011 the harbour froze.</p><p>2012</p>"))["date"] is None


@pytest.mark.parametrize(
    "head, language",
    [
        ("<html lang=zh-hant-tw>", "zh-Hant-TW"),
        ("<html xml:lang='de'>", "de"),
        ("<meta http-equiv=Content-Language content='fr, en'>", "fr"),
        ("<meta property=og:locale content=es_419>", "es-419"),
        ("<html lang=''>", None),
    ],
)
def test_languages(head, language):
    assert metadata(Document(f"{head}<p>A text.</p>", format="html"))["language"] == language


@pytest.mark.parametrize("source", ["", "<", "<html", "\ud800<p>", "<p>" * 2000])
def test_pages_that_say_nothing(source):
    assert metadata(Document(source, format="html")) == dict.fromkeys(METADATA)


def test_a_plain_text_says_nothing():
    assert metadata(Document("A title\n\nA text.")) == dict.fromkeys(METADATA)


def test_markup_that_trips_what_reads_it_is_no_error():
    assert metadata(Document("<svg><t/><m>", format="html"))["author"] is None
