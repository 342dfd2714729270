"""Ceilings on cost that a busy machine does not trip.

Two of them count calls, which are the same at every run; two hold the fastest of several turns
against lxml's parse, or against ourselves, on processor time. Each stands well above what is
measured, and well below what a loop over lines or a second walk would cost. Whoever makes
cleaning faster may lower them. `benchmarks/speed.py` measures in earnest.
"""

import re
import sys
import time
from pathlib import Path

import pytest
from lxml.html import document_fromstring

from cleaner import Cleaner, Document, native
from cleaner.decode import decode

FIXTURES = Path(__file__).parent.parent / "fixtures"
PAGES = 8

# Calls of Python and C functions, as `sys.setprofile` sees them: a line, and a page alone.
MOST_CALLS = {"html": (6, 2_000), "text": (4, 2_800)}  # measured: 2.7, 1,400 and 1.3, 1,950
if native.load("words") is None:
    MOST_CALLS = {"html": (33, 6_000), "text": (20, 8_000)}  # measured: 22, 4,200 and 14, 5,500

MOST_TIMES_PARSE = 14  # measured: 7 to 9; these pages have three times the usual lines a kB
MOST_FOR_LENGTH = 2.0  # a long page against as much in short ones; measured: 1.2 and 0.7

BODY = re.compile(r"<body\b[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)


def page(form, number, copies):
    """A document that holds one fixture so many times over."""
    folder, pattern = ("pages", "*.html") if form == "html" else ("texts", "*.txt")
    text = decode(sorted((FIXTURES / folder).glob(pattern))[number].read_bytes())
    if form == "text":
        return Document("\n".join([text] * copies), format="text")
    body = BODY.search(text)[1]
    return Document(f"<html><body>{f'<div>{body}</div>' * copies}</body></html>", format="html")


@pytest.fixture(scope="module")
def cleaner():
    return Cleaner()


def clean(cleaner, documents):
    return sum(len(cleaned.lines) for cleaned in cleaner.clean_many(documents))


def count_calls(cleaner, documents):
    """The calls that cleaning makes once all is warm, and the lines of the documents."""
    clean(cleaner, documents)
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        lines = clean(cleaner, documents)
    finally:
        sys.setprofile(before)
    return calls, lines


def fastest(*calls):
    """The fastest of five turns of each."""
    times = [[] for _ in calls]
    for _ in range(5):
        for some, call in zip(times, calls, strict=True):
            begun = time.process_time()
            call()
            some.append(time.process_time() - begun)
    return [min(some) for some in times]


@pytest.mark.parametrize("form", ["html", "text"])
def test_calls_that_a_line_and_a_page_cost(cleaner, form):
    short, short_lines = count_calls(cleaner, [page(form, n, 10) for n in range(PAGES)])
    long, long_lines = count_calls(cleaner, [page(form, n, 40) for n in range(PAGES)])
    a_line = (long - short) / (long_lines - short_lines)
    most_a_line, most_alone = MOST_CALLS[form]
    assert a_line <= most_a_line
    alone, lines = count_calls(cleaner, [page(form, 0, 10)])
    assert alone - a_line * lines <= most_alone


def test_time_as_a_multiple_of_the_parse(cleaner):
    documents = [page("html", n, 20) for n in range(PAGES)]
    sources = [document.content.encode() for document in documents]
    ours, parse = fastest(
        lambda: clean(cleaner, documents),
        lambda: [document_fromstring(source) for source in sources],
    )
    assert ours <= MOST_TIMES_PARSE * parse


@pytest.mark.parametrize(("form", "number"), [("html", 1), ("text", 1)])
def test_a_long_page_costs_what_short_ones_do(cleaner, form, number):
    long, short = fastest(
        lambda: clean(cleaner, [page(form, number, 160)]),
        lambda: clean(cleaner, [page(form, number, 20)] * 8),
    )
    assert long <= MOST_FOR_LENGTH * short


def test_a_long_line_costs_what_short_ones_do(cleaner):
    long, short = fastest(
        lambda: clean(cleaner, [Document("harbour " * 80_000, format="text")]),
        lambda: clean(cleaner, [Document("harbour " * 10_000, format="text")] * 8),
    )
    assert long <= MOST_FOR_LENGTH * short


def test_many_headings_under_a_long_title_cost_what_they_are_long(cleaner):
    def page(count):
        headings = "<h1><a href=/>Share this</a></h1>" * count
        title = "".join(f"w{chr(97 + n % 26)}{n} " for n in range(count))
        body = f"<p>{'The harbour froze in January. ' * 40}<footer>{headings}</footer>"
        return Document(f"<title>{title}</title>{body}", format="html")

    long, short = fastest(
        lambda: clean(cleaner, [page(4000)]), lambda: clean(cleaner, [page(500)] * 8)
    )
    assert long <= MOST_FOR_LENGTH * short
