"""Every shipped template holds its own examples, and the rules of the house for shipped ones."""

from pathlib import Path

import pytest

import cleaner.rules
from cleaner.rules import (
    Example,
    Recognition,
    Rule,
    Template,
    TemplateSet,
    check_examples,
    load_template,
    shipped_templates,
)
from cleaner.split import split
from cleaner.types import Document

TEMPLATES = Path(cleaner.rules.__file__).with_name("templates")
SHIPPED = shipped_templates()
names = pytest.mark.parametrize("template", SHIPPED, ids=[t.name for t in SHIPPED])


@names
def test_regexes_are_such(template: Template) -> None:
    [path] = TEMPLATES.glob(f"{template.name}.toml")
    assert load_template(path) == template


@names
def test_examples_hold(template: Template) -> None:
    assert check_examples(template) == []


@names
def test_examples_show_what_goes_and_what_stays(template: Template) -> None:
    outcomes = {dropped for example in template.examples for text, dropped in example.lines if text}
    assert outcomes == {True, False}


@names
def test_expensive_selectors_wait_until_the_page_is_recognised(template: Template) -> None:
    assert not (template.match.always and any(rule.css or rule.xpath for rule in template.rules))


def test_there_are_many() -> None:
    assert len(SHIPPED) >= 25
    assert [t.name for t in SHIPPED] == sorted(t.name for t in SHIPPED)


def test_a_wrong_example_is_told() -> None:
    template = Template(
        name="t",
        about="",
        priority=0,
        match=Recognition(always=True),
        rules=(Rule("r", exact=("Share this",)),),
        examples=(
            Example((("Share this", False), ("A story.", True))),
            Example((("Share this", True),), html="<p>Share this<p>More"),
        ),
    )
    problems = check_examples(template)
    assert len(problems) == 3
    assert problems[0] == "t: example 1: 'Share this' is dropped by template:t/r"
    assert problems[1] == "t: example 1: 'A story.' is not dropped"
    assert "example 2: the page reads ['Share this', 'More']" in problems[2]


@pytest.mark.parametrize(("item", "keeps"), [("review", True), ("comment", False)])
def test_a_shop_keeps_its_reviews_and_not_the_comments_of_its_blog(item: str, keeps: bool) -> None:
    page = split(
        Document(
            '<body class="wordpress woocommerce-js"><article class="hentry"><p>Lamps.</p></article>'
            f'<ol class="commentlist"><li class="{item}"><div class="comment-text"><p>Bright.</p>'
            "</div></li></ol></body>",
            format="html",
        )
    )
    [_, ruling] = TemplateSet(shipped_templates()).rulings(page)
    assert bool(ruling and ruling.keep) is keeps, ruling
