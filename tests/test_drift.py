"""Drift is told from chance."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from cleaner.cli import main
from cleaner.drift import find_drift, rank_sum_p


def site(pages, loss, reasons=None, repeats=()):
    histogram = [0] * 20
    for number in loss:
        histogram[number] += 1
    return {"pages": pages, "loss": histogram, "reasons": reasons or {}, "repeats": list(repeats)}


def report(**sites):
    return {"sites": {name.replace("_", "."): each for name, each in sites.items()}}


histograms = st.lists(st.integers(0, 30), min_size=5, max_size=5)


@given(histograms, histograms)
def test_the_rank_sum_test_is_that_of_scipy(one, two):
    if not (sum(one) and sum(two)):
        assert rank_sum_p(one, two) == 1
        return
    values = [np.repeat(np.arange(5), counts) for counts in (one, two)]
    if len(set(np.concatenate(values).tolist())) == 1:
        assert rank_sum_p(one, two) == 1
        return
    expected = mannwhitneyu(*values, method="asymptotic").pvalue
    assert rank_sum_p(one, two) == pytest.approx(expected, abs=1e-9)


def test_a_redesign_is_seen():
    before = report(a_example=site(40, [3] * 20 + [4] * 20), b_example=site(40, [3] * 40))
    after = report(a_example=site(40, [9] * 30 + [10] * 10), b_example=site(40, [3] * 40))
    [found] = find_drift(before, after)
    assert (found.site, found.what) == ("a.example", "loss")
    assert found.after > found.before
    assert "pages lose" in str(found)


def test_halves_of_the_same_sites_raise_no_alarm():
    rng = np.random.default_rng(0)
    halves = [
        report(
            **{
                f"s{number}_example": site(
                    30, rng.binomial(19, 0.2 + 0.6 * number / 200, 30).tolist()
                )
                for number in range(200)
            }
        )
        for _ in range(2)
    ]
    assert len(find_drift(*halves)) <= 1


def test_a_rule_that_falls_silent_is_named():
    rules = {
        "template:x/share": [30, 60, 30],
        "template:x/rare": [1, 2, 1],
        "model:base": [9, 9, 9],
    }
    before = report(a_example=site(40, [3] * 40, rules))
    after = report(a_example=site(40, [3] * 40))
    [found] = find_drift(before, after)
    assert (found.what, found.name) == ("silent", "template:x/share")
    assert "hits none now" in str(found)


def test_a_line_that_newly_repeats_is_named():
    before = report(a_example=site(40, [3] * 40, repeats=[["The old one", 30]]))
    after = report(
        a_example=site(
            40, [3] * 40, repeats=[["Join us for 0 euros", 25], ["The old one", 32], ["Once", 2]]
        )
    )
    [found] = find_drift(before, after)
    assert (found.what, found.name) == ("repeats", "Join us for 0 euros")


def test_sites_with_few_pages_say_nothing():
    assert (
        find_drift(report(a_example=site(7, [1] * 7)), report(a_example=site(50, [15] * 50))) == []
    )


def test_the_command_tells_what_a_person_must_mend(tmp_path):
    place = tmp_path / "none.json"
    place.write_text("{}")
    result = CliRunner().invoke(main, ["drift", str(place), str(place)])
    assert result.exit_code == 2
    assert "expected a report of version 1" in result.output


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("sites", "a.example", "loss"), [1], "sites.a.example.loss has 1 parts, expected 20"),
        (("pages", "in"), "many", "pages.in: expected a whole number, found a text"),
        (("words",), {"kept": 1}, "words has no dropped"),
        (("worst",), [{"id": "a"}], "worst[0] has no url, loss, flags, lines"),
        (("seconds",), None, "seconds: expected a number, found null"),
    ],
)
@pytest.mark.parametrize("command", [["report"], ["drift"]])
def test_a_report_that_was_edited_is_refused(tmp_path, command, path, value, message):
    page, out = tmp_path / "in" / "a.txt", tmp_path / "out"
    page.parent.mkdir()
    page.write_text("The ferry stopped at noon.\n")
    run = [str(page.parent), str(out), "--site", "a.example"]
    assert CliRunner().invoke(main, run).exit_code == 0
    place, good = out / ".clean" / "report.json", tmp_path / "good.json"
    good.write_bytes(place.read_bytes())
    part = whole = json.loads(good.read_bytes())
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    place.write_text(json.dumps(whole))
    result = CliRunner().invoke(main, [*command, str(place), str(good)])
    assert result.exit_code == 2
    assert message in result.output


def test_the_command_says_of_how_many_sites_it_speaks(tmp_path):
    page, out = tmp_path / "in" / "a.txt", tmp_path / "out"
    page.parent.mkdir()
    page.write_text("The ferry stopped at noon.\n")
    assert (
        CliRunner().invoke(main, [str(page.parent), str(out), "--site", "a.example"]).exit_code == 0
    )
    result = CliRunner().invoke(main, ["drift", str(out), str(out)])
    assert (result.exit_code, result.output) == (
        0,
        "0 changes found on 0 sites with pages enough\n",
    )


@pytest.mark.parametrize("pages", [1_000, 100_000])
def test_a_line_that_newly_repeats_is_named_on_sites_of_any_size(pages):
    before = report(a_example=site(pages, [3] * 40, repeats=[["Join us", pages // 10]]))
    after = report(a_example=site(pages, [3] * 40, repeats=[["Join us", pages * 9 // 10]]))
    assert [found.name for found in find_drift(before, after)] == ["Join us"]
