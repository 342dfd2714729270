import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.review.labels import (
    Label,
    LabelFile,
    Undo,
    attach,
    current,
    digest,
    dump,
    home_among,
    merge,
    read_labels,
    stats,
)
from cleaner.review.sources import SpooledSheet
from cleaner.types import CleanerError
from tests.growth import assert_linear


def label(line=0, text="A line", keep=False, action="a", **given):
    values = {
        "doc": "d",
        "url": None,
        "kind": "other",
        "by": "anna",
        "at": f"2026-01-01T00:00:{line:02}",
        "proposed_by": "model:base",
        "confirmed_by": "anna",
    }
    return Label(
        line=line, text=text, digest=digest(text), keep=keep, action=action, **{**values, **given}
    )


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "new" / "labels.jsonl"
    written = [label(), label(1, "Ein schöner\u2028Satz \ud800", action="b"), Undo("a", "ben", "t")]
    LabelFile(path).append(written[:1])
    LabelFile(path).append(written[1:])
    assert read_labels(path)[::2] == written[::2]
    assert [set(json.loads(line)) for line in path.read_text().split("\n")[:2]] == [
        {
            "doc", "url", "line", "digest", "text", "keep", "kind", "by", "at", "proposed_by",
            "confirmed_by", "action",
        }
    ] * 2  # fmt: skip


def test_the_last_label_of_a_line_counts_until_it_is_undone():
    first, second = label(action="a"), label(keep=True, action="b")
    key = ("d", 0, first.digest, None)
    assert current([first, second])["d"] == {key: second}
    assert current([first, second, Undo("b", "anna", "t")])["d"] == {key: first}
    assert current([first, Undo("a", "anna", "t")]) == {}


def test_a_record_that_was_cut_short_costs_nothing_else(tmp_path):
    path = tmp_path / "labels.jsonl"
    LabelFile(path).append([label()])
    whole = path.read_bytes()
    for cut in range(1, len(whole) - 1):
        path.write_bytes(whole + whole[:cut])
        file = LabelFile(path)
        assert file.records == [label()]
        file.append([label(1)])
        assert read_labels(path)[0] == label() and read_labels(path)[-1] == label(1)


def test_a_last_label_without_the_end_of_its_line_counts(tmp_path):
    path = tmp_path / "labels.jsonl"
    LabelFile(path).append([label(), label(1)])
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    file = LabelFile(path)
    assert file.records == [label(), label(1)] == read_labels(path)
    assert file.append([label(2)]) == [label(2)]
    assert read_labels(path) == [label(), label(1), label(2)]


@pytest.mark.parametrize(
    "data", [b'{"doc": "d", "li\n%s', b"%s{cut", b"[" * 100_000 + b"\n%s", b"\n\xff\n%s"]
)
def test_lines_that_are_passed_over_are_told(tmp_path, data):
    path = tmp_path / "labels.jsonl"
    path.write_bytes(data % dump([label()]))
    told = []
    assert read_labels(path, told.append) == [label()]
    (message,) = told
    assert "passed over" in message and "(1 such lines" in message
    broken = next(n for n, raw in enumerate(path.read_bytes().split(b"\n"), 1)
                  if raw and b'"at"' not in raw)  # fmt: skip
    assert f"{path}:{broken}: " in message


def test_two_that_write_at_once_see_each_other(tmp_path):
    one, two = LabelFile(tmp_path / "l.jsonl"), LabelFile(tmp_path / "l.jsonl")
    one.append([label(0)])
    assert two.append([label(1)]) == [label(0), label(1)]
    assert one.refresh() == [label(1)]
    assert one.version == two.version == 2


WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
from cleaner.review.labels import Label, LabelFile
file = LabelFile(Path(sys.argv[1]))
one = Label("d", None, 0, "x", "long " * 200, True, "body", sys.argv[2], "t", "", "", "")
for number in range(int(sys.argv[3])):
    file.append([replace(one, line=number, action=f"{sys.argv[2]}{number}")] * 3)
    print(number, flush=True)
"""


def writer(path, name, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name != "posix", reason="needs kill -9")
def test_killed_and_crowded_writers_lose_nothing_that_was_said_to_be_written(tmp_path):
    path = tmp_path / "labels.jsonl"
    other = writer(path, "other", 30)
    killed = writer(path, "killed", 100_000)
    said = [int(killed.stdout.readline()) for _ in range(20)]
    time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    said += [int(line) for line in killed.stdout.read().split()]
    assert other.wait(30) == 0
    killed.wait()
    killed.stdout.close()
    other.stdout.close()
    records = read_labels(path)
    written = {(r.by, r.line) for r in records}
    assert {("killed", number) for number in said} <= written
    assert {("other", number) for number in range(30)} <= written


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[1]", "expected an object"),
        ("null", "expected an object"),
        ('{"id": "d", "lines": [{"line": 1, "keep": true}]}', "a page with labels"),
        ('{"doc": "d", "line": "1"}', "line: expected a whole number"),
        (json.dumps({**json.loads('{"doc":"d","line":1,"digest":"x","text":"t","kind":"body"}'),
                     "by": "a", "at": "t", "keep": 1}), "keep: expected true or false"),
    ],
)  # fmt: skip
def test_what_is_no_label_is_named_with_its_line(tmp_path, line, expected):
    path = tmp_path / "l.jsonl"
    LabelFile(path).append([label()])
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(CleanerError, match=f"l.jsonl:2: .*{expected}|l.jsonl:2: {expected}"):
        read_labels(path)


def test_labels_follow_their_text_when_a_page_is_split_anew():
    labels = [label(0, "Home"), label(2, "Read more"), label(5, "Read more"), label(7, "Gone")]
    found = attach(labels, ["New line", "Home", "Text", "Read  more", "Text", "Read more"])
    assert {at: kept.text for at, kept in found.labels.items()} == {
        1: "Home", 3: "Read more", 5: "Read more",
    }  # fmt: skip
    assert found.lost == (labels[3],)
    assert found.moved == 2


def test_labels_of_all_lines_of_one_text_keep_their_order():
    labels = [label(1, "Share", keep=False), label(4, "Share", keep=True)]
    found = attach(labels, ["New", "New", "New", "Text", "Share", "Text", "Text", "Share"])
    assert found.labels == {4: labels[0], 7: labels[1]}
    assert found.moved == 2


@given(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=12),
    st.data(),
)
def test_a_label_is_attached_to_its_own_text_or_lost(texts, data):
    lines = data.draw(st.lists(st.integers(0, len(texts) - 1), unique=True))
    labels = [label(line, texts[line]) for line in lines]
    after = data.draw(st.permutations(texts))[: data.draw(st.integers(0, len(texts)))]
    found = attach(labels, after)
    assert len(found.labels) + len(found.lost) == len(labels)
    for at, one in found.labels.items():
        assert after[at] == one.text
    left = [text for at, text in enumerate(after) if at not in found.labels]
    assert not {one.text for one in found.lost} & set(left)


def test_merging_keeps_every_record_once_and_names_what_is_disputed():
    mine = [label(0), label(1, keep=True)]
    theirs = [label(0), label(1, keep=False, by="ben", at="2026-02-01", action="b")]
    merged = merge([mine, theirs])
    assert merged.records == (mine[0], mine[1], theirs[1])
    assert merged.disputed == ((mine[1], theirs[1]),)
    assert merge([mine, [*theirs, Undo("b", "ben", "2026-02-02")]]).disputed == ()


@pytest.mark.parametrize("urls", [(None, "/1"), ("/1", None), ("", "/1")])
def test_a_label_without_an_address_is_of_the_page_that_others_have_one_of(urls):
    mine, theirs = label(url=urls[0]), label(url=urls[1], keep=True, by="ben", at="2026-02-01")
    assert merge([[mine], [theirs]]).disputed == ((mine, theirs),)
    counts = stats([mine, theirs])
    assert [counts[name] for name in ("pages", "lines", "kept", "dropped")] == [1, 1, 1, 0]
    elsewhere = label(url="/2", keep=True, by="ben")
    assert merge([[label(url="/1")], [elsewhere]]).disputed == ()
    assert stats([label(url="/1"), elsewhere])["pages"] == 2


@pytest.mark.parametrize(("first", "more"), [("7", " in a"), ("8", " in a"), ("", " in ")])
def test_an_id_made_of_many_names_takes_no_longer_than_its_length(first, more):
    sheet = SpooledSheet(None, None, "7 in a", "https://e.test/", "a", raw="7")
    home = assert_linear(
        home_among([sheet]),
        lambda n: label(doc=first + more * 200 * n, url="https://e.test/"),
    )
    assert home == ("7 in a" if first == "7" else None)


def test_counts():
    records = [
        label(0),
        label(1, keep=True, kind="body", proposed_by="anna"),
        replace(label(2), action="x"),
        Undo("x", "anna", "t"),
    ]
    assert stats(records) == {
        "pages": 1, "lines": 2, "kept": 1, "dropped": 1, "corrections": 1, "confirmed": 1,
        "undone": 1, "kinds": {"other": 1, "body": 1}, "people": {"anna": 2},
    }  # fmt: skip
