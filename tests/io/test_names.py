import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.io import names


@pytest.mark.parametrize(
    ("paths", "outputs"),
    [
        (["a.html", "b/a.html"], ["a.txt", "b/a.txt"]),
        (["a.html", "a.txt", "b.htm"], ["a.html.txt", "a.txt.txt", "b.txt"]),
        (["A.html", "a.html"], ["A.html.txt", "a.html-2.txt"]),
        (["A/x.html", "a/x.html"], ["A/x.html.txt", "a/x.html-2.txt"]),
        # The full name of one is the short name of another.
        (["a.htm", "a.html", "a.html.html"], ["a.htm.txt", "a.html-2.txt", "a.html.txt"]),
        # A folder has the name that a page would get.
        (["a.html", "a.txt/b.html"], ["a.html.txt", "a.txt/b.txt"]),
        # One name, composed and decomposed.
        (["caf\u00e9.html", "cafe\u0301.html"], ["caf\u00e9.html.txt", "cafe\u0301.html-2.txt"]),
        (["two.dots.html", "none"], ["two.dots.txt", "none.txt"]),
    ],
)
def test_mirrored_names_never_meet(paths, outputs):
    assert names.mirrored(paths, ".txt") == outputs


@pytest.mark.parametrize(
    "paths",
    [
        ["x." + "y" * 200 + "a" * 45, "x." + "y" * 200 + "b" * 45],
        ["x." + "y" * 250] * 2,
        ["é" * 124 + ".html", "é" * 123 + "e.html"],
        ["." + "é" * 130, "a" * 260],
    ],
)
def test_no_name_is_too_long_or_of_another_page(paths):
    for longest in ("", ".verdicts.jsonl"):
        made = names.mirrored(paths, ".txt", longest=longest)
        assert len({*made}) == len(made)
        for name in made:
            assert len(name.removesuffix(".txt").encode()) + len(longest or ".txt") <= 255
            assert not name.startswith("-")


def test_taken_names_are_numbered():
    taken = {}
    given_names = [names.free(stem, ".txt", taken) for stem in ["a", "a", "A", "a-2", "b"]]
    assert given_names == ["a.txt", "a-2.txt", "A-3.txt", "a-2-2.txt", "b.txt"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("42", "42"),
        ("../../etc/passwd", "etc_passwd"),
        ("/abs/olute", "abs_olute"),
        ("C:\\Windows\\x", "C_Windows_x"),
        ("", "page"),
        (".hidden", "hidden"),
        ("con.html", "_con.html"),
        ("новости/1", "новости_1"),
        ("\x1b[31m\ud800", "31m"),
    ],
)
def test_safe_names(text, name):
    assert names.safe(text) == name


def test_long_names_that_start_alike_stay_apart():
    url = "https://a.org/" + "x" * 100
    one, two = names.safe(url + "1"), names.safe(url + "2")
    assert one != two
    assert one[:51] == two[:51] == names.safe(url)[:51]
    assert len(one) == len(two) == 60
    assert names.safe(url + "1") == one
    assert names.safe("x" * 60) == "x" * 60


@given(st.text() | st.text(min_size=61))
def test_a_safe_name_stays_where_it_is_put(text):
    name = names.safe(text)
    assert name
    assert not name.startswith(".")
    assert not set(name) & set('/\\:*?"<>|\0')
    assert len((name + ".verdicts.jsonl").encode()) <= 255
