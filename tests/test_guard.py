"""The loss guard flags what loses its body, whoever took it, and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from cleaner import Cleaner, Document, guard
from cleaner.decide import NO_VERDICTS
from cleaner.report import usual_losses
from cleaner.types import SUSPICIOUS

STORY = "".join(
    f"<p>{text}</p>"
    for text in (
        "The harbour froze in January, and ships waited outside for weeks while the ice grew.",
        "The town lived on its stores, which the council had filled in a warm and wet autumn.",
        "By March the ice broke, and the first ship brought flour, rice and a load of letters.",
    )
)
PAGE = f"<title>A cold winter</title><article>{STORY}</article><footer>All rights reserved</footer>"
WILD = """
name = "wild.test"
about = "A rule that runs wild"
match.always = true

[[rules]]
name = "most"
prefix = ["The harbour froze", "By March the"]
"""


@pytest.fixture
def wild(tmp_path: Path) -> Path:
    (tmp_path / "wild.test.toml").write_text(WILD)
    return tmp_path


def test_a_page_that_is_cleaned_as_usual_is_not_flagged():
    cleaned = Cleaner().clean(Document(PAGE))
    assert cleaned.flags == ()
    assert cleaned.loss < 0.1


def test_a_rule_that_takes_the_body_is_seen(wild):
    cleaned = Cleaner(sites=wild).clean(Document(PAGE))
    assert SUSPICIOUS in cleaned.flags
    assert cleaned.loss > 0.5
    assert "harbour" not in cleaned.text


def test_such_a_page_can_be_left_whole(wild):
    cleaned = Cleaner(sites=wild, on_suspicion="keep").clean(Document(PAGE))
    assert cleaned.flags == (SUSPICIOUS,)
    assert "harbour" in cleaned.text
    assert "All rights reserved" in cleaned.text
    assert {verdict.reason for _, verdict in cleaned} >= {"guard:whole"}


def test_an_emptied_page_says_both(wild):
    cleaned = Cleaner(threshold=1.0).clean(Document(PAGE))
    assert cleaned.flags == ("emptied", SUSPICIOUS)


def test_what_is_usual_on_a_site_is_learned_from_an_earlier_run():
    steady, few = [0] * 20, [0] * 20
    steady[2], steady[9], few[1] = 300, 2, 5
    usual = usual_losses({"sites": {"a.example": {"loss": steady}, "b.example": {"loss": few}}})
    assert usual == {"a.example": pytest.approx(0.2)}


def test_on_a_site_whose_pages_may_lose_all_nothing_is_more_than_usual():
    usual = usual_losses({"sites": {"a.example": {"loss": [20] + [0] * 18 + [5]}}})
    assert usual == {"a.example": 1}
    page = Document("<nav><a>Sports</a></nav>" * 30, url="https://a.example/1")
    assert Cleaner(usual=usual).clean(page).flags == Cleaner().clean(page).flags


def test_a_page_that_loses_more_than_its_site_does_is_flagged():
    page = PAGE.replace("</article>", "</article>" + "<div class=menu><a>Sports</a></div>" * 30)
    usual = {"a.example": 0.1}
    of_site = Cleaner(usual=usual).clean(Document(page, url="https://www.a.example/1"))
    assert of_site.flags == (SUSPICIOUS,)
    assert Cleaner(usual=usual).clean(Document(page, url="https://b.example/1")).flags == ()


def test_a_page_without_text_is_not_suspicious():
    assert guard.losses(np.zeros(0), NO_VERDICTS) == (0, 0)
    assert SUSPICIOUS not in Cleaner().clean(Document("<p>Log in</p>")).flags
