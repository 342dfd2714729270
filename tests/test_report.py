"""A tally of parts is the tally of the whole, whatever the parts are, and stays small."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import Cleaned, CleanerError, Document, Line, Verdict
from cleaner.cli import main
from cleaner.report import NO_SITE, OTHER_SITES, Tally, read_report

words = st.text(alphabet="ab 1字", max_size=12)
verdicts = st.tuples(
    st.booleans(), st.sampled_from(["body", "share"]), st.sampled_from(["model:base", "policy:x"])
)
pages = st.lists(
    st.tuples(
        st.sampled_from([None, "https://a.example/", "https://www.b.example/1"]),
        st.lists(st.tuples(words, verdicts), max_size=5),
        st.floats(0, 1),
    ),
    max_size=12,
)


def page(url, lines, loss=0.0, id="p"):
    return Cleaned(
        document=Document("x", id=id, url=url),
        format="text",
        lines=[Line(text, number, number + 1) for number, (text, _) in enumerate(lines)],
        verdicts=[Verdict(keep, 0.5, kind, reason) for _, (keep, kind, reason) in lines],
        text="",
        loss=loss,
    )


def tally(some):
    whole = Tally()
    for number, (url, lines, loss) in enumerate(some):
        whole.add(page(url, lines, loss, id=str(number)), "cleaned", size=10)
    return whole


def written(whole):
    return whole.to_json(model="base", rules="r", started="2024-01-01T00:00:00", seconds=1.5)


@settings(max_examples=60, deadline=None)
@given(pages, st.integers(0, 12))
def test_parts_add_up(some, at):
    one, two = Tally(), Tally()
    for number, (url, lines, loss) in enumerate(some):
        (one if number < at else two).add(
            page(url, lines, loss, id=str(number)), "cleaned", size=10
        )
    one.merge(two)
    assert written(one) == written(tally(some))


def test_what_is_counted():
    keep, drop = (True, "body", "model:base"), (False, "share", "template:x/share")
    whole = Tally()
    whole.add(page("https://www.a.example/1", [("two words", keep), ("Share", drop)]), "cleaned")
    whole.add(page("https://a.example/2", [("two words", keep), ("分享", drop)]), "cleaned")
    whole.count("failed")
    whole.count("skipped", 5)
    report = written(whole)
    assert report["pages"] == {
        "in": 8, "cleaned": 2, "unchanged": 0, "emptied": 0, "flagged": 0, "failed": 1,
        "skipped": 5,
    }  # fmt: skip
    assert report["words"] == {"kept": 4, "dropped": 3}
    assert report["kinds"]["share"]["dropped_words"] == 3
    site = report["sites"]["a.example"]
    assert site["pages"] == 2
    assert site["reasons"] == {"template:x/share": [2, 3, 2]}
    assert site["repeats"] == [["two words", 2]]
    assert sum(site["loss"]) == 2


def test_pages_without_a_url_are_counted_as_the_site_that_is_named():
    lines = [("one", (True, "body", "model:base"))]
    named, nameless = Tally(site="a.example"), Tally()
    named.add(page(None, lines), "unchanged")
    nameless.add(page(None, lines), "unchanged")
    assert list(written(named)["sites"]) == ["a.example"]
    assert list(written(nameless)["sites"]) == [NO_SITE]


def test_lines_that_repeat_are_found_among_many_that_do_not():
    whole = Tally()
    for number in range(900):
        keep = (True, "body", "model:base")
        lines = [(f"{chr(97 + number % 26) * (number // 26 + 1)} alone", keep)]
        if number % 3 == 0:
            lines.append((f"Read {number} comments", keep))
        whole.add(page("https://a.example/", lines), "unchanged")
    site = whole.sites["a.example"]
    assert len(site.repeats) <= 512
    assert written(whole)["sites"]["a.example"]["repeats"][0][0] == "Read 0 comments"


def test_sites_beyond_the_bound_are_counted_together(monkeypatch):
    monkeypatch.setattr("cleaner.report._MOST_SITES", 2)
    whole = Tally()
    for name in "abcd":
        whole.add(page(f"https://{name}.example/", []), "emptied")
    counts = {name: site["pages"] for name, site in written(whole)["sites"].items()}
    assert counts == {"a.example": 1, "b.example": 1, OTHER_SITES: 2}


def test_the_pages_that_lose_most_are_kept_and_no_more():
    keep = (True, "body", "model:base")
    whole = Tally()
    for number in range(60):
        whole.add(page(None, [("x" * 900, keep)], number / 60, id=str(number)), "cleaned")
    worst = written(whole)["worst"]
    assert [each["id"] for each in worst] == [str(59 - number) for number in range(20)]
    assert len(worst[0]["lines"][0][0]) == 500


def test_a_report_is_read_back_and_anything_else_is_refused(tmp_path):
    with pytest.raises(CleanerError, match="no report of a run is there"):
        read_report(tmp_path)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(written(Tally())), "utf-8")
    assert read_report(tmp_path) == read_report(path) == written(Tally())
    for text in ("{", "[]", "[" * 100_000, '{"version": 0}', '{"version": 1}'):
        path.write_text(text, "utf-8")
        with pytest.raises(CleanerError, match=r"report\.json: "):
            read_report(path)


def test_a_report_is_found_by_the_file_of_records_of_its_run(tmp_path):
    (tmp_path / "out.jsonl").write_text("{}\n")
    with pytest.raises(CleanerError, match="no report of a run is there"):
        read_report(tmp_path / "out.jsonl")
    notes = tmp_path / ".out.jsonl.clean"
    notes.mkdir()
    (notes / "report.json").write_text(json.dumps(written(Tally())), "utf-8")
    assert read_report(tmp_path / "out.jsonl") == written(Tally())


@pytest.fixture
def runs(tmp_path):
    """Two reports of pages whose text would be markup if it were not escaped."""
    lines = [
        ("<script>alert(1)</script>", (True, "body", "model:base")),
        ("\x1b[31mShare", (False, "share", "template:x/share")),
    ]
    places = []
    for number in (1, 2):
        whole = Tally()
        for name in "abcdefghi":
            whole.add(page(f"https://{name}.example/<b>", lines, 0.7, id=f"<i>{name}"), "cleaned")
        found = written(whole)
        found["started"] = f"2024-01-0{number}T00:00:00"
        places.append(tmp_path / f"{number}.json")
        places[-1].write_text(json.dumps(found), "utf-8")
    return places


def test_the_command_prints_a_table(runs):
    result = CliRunner().invoke(main, ["report", str(runs[0])])
    assert result.exit_code == 0, result.output
    assert "9 cleaned" in result.output
    assert "template:x/share" in result.output
    assert "a.example" in result.output


def test_the_page_escapes_what_pages_hold_and_plots_runs_over_time(runs, tmp_path):
    html = tmp_path / "report.html"
    result = CliRunner().invoke(main, ["report", *map(str, reversed(runs)), "--html", str(html)])
    assert result.exit_code == 0, result.output
    text = html.read_text("utf-8")
    assert "<script" not in text
    assert "<i>a" not in text
    assert "&lt;script&gt;" in text
    assert "Over time" in text
    assert text.index("2024-01-01") > text.index("2024-01-02T00:00:00, model")
