"""Rulings: who wins, what it costs, and that no page breaks them."""

import pickle
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.rules import (
    Recognition,
    Rule,
    Ruling,
    Template,
    TemplateSet,
    load_template,
    shipped_templates,
)
from cleaner.rules.literals import LiteralIndex, fold, fold_prefix, fold_units
from cleaner.rules.patterns import compile_pattern, matches, required_literal
from cleaner.split import split
from cleaner.split.page import Page, text_page, to_units
from cleaner.types import KINDS, Document, Gap
from tests.growth import assert_linear

SHIPPED = TemplateSet(shipped_templates())


def template(name: str, *rules: Rule, priority: int = 0) -> Template:
    match = Recognition(domains=("example.org",))
    return Template(name, "A test", priority=priority, match=match, rules=rules)


def ruling(line: str, *templates: Template) -> Ruling | None:
    page = split(Document(line, format="text"))
    return TemplateSet(templates).rulings(page, site="example.org")[0]


def test_a_keep_rule_beats_a_drop_rule_of_higher_priority() -> None:
    drop = template("a", Rule("drop", exact=("Share",)), priority=9)
    keep = template("b", Rule("keep", action="keep", kind="body", exact=("Share",)))
    assert ruling("Share", drop, keep) == Ruling(True, "body", "template:b/keep")


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        (template("a", Rule("r", exact=("x",))), template("b", Rule("r", exact=("x",))), "a/r"),
        (
            template("a", Rule("r", exact=("x",))),
            template("b", Rule("r", exact=("x",)), priority=1),
            "b/r",
        ),
        (template("a", Rule("s", exact=("x",)), Rule("r", regex=("x",))), template("b"), "a/r"),
    ],
)
def test_ties_go_by_priority_then_by_name(first: Template, second: Template, winner: str) -> None:
    for order in ((first, second), (second, first)):
        found = ruling("x", *order)
        assert found is not None
        assert found.reason == f"template:{winner}"


def test_a_later_template_replaces_one_of_its_name() -> None:
    old = template("a", Rule("old", exact=("x",)))
    new = template("a", Rule("new", exact=("y",)))
    assert ruling("x", old, new) is None
    assert ruling("y", old, new) == Ruling(False, None, "template:a/new")


def test_the_site_recognises_where_the_url_is_unknown() -> None:
    rules = TemplateSet([template("a", Rule("r", exact=("x",)))])
    page = split(Document("x", format="text"))
    assert rules.rulings(page) == [None]
    assert rules.rulings(page, site="news.example.org")[0] is not None
    assert rules.rulings(page, url="http://cdn.example/1", site="example.org")[0] is not None


def test_a_regex_that_backtracks_without_end_is_bounded_in_time() -> None:
    line = "a" * 80 + "!"
    with pytest.raises(TimeoutError):
        matches(compile_pattern(r"^(a|aa)+$"), line)
    evil = template("evil", Rule("evil", regex=(r"^(a|aa)+$",)))
    fine = template("fine", Rule("fine", regex=(r"!$",)))
    page = split(Document("\n".join([line] * 200), format="text"))
    begun = time.process_time()
    found = TemplateSet([evil, fine]).rulings(page, site="example.org")
    assert time.process_time() - begun < 2  # a search may take 50 ms of the clock, and one does
    assert {r.reason for r in found if r} == {"template:fine/fine"}


def test_a_line_of_a_megabyte_is_looked_at_in_part() -> None:
    long = template("long", Rule("long", regex=(r"end$",)))
    assert ruling("word " * 200_000 + "end", long) is None


def test_a_set_goes_to_another_process() -> None:
    page = split(Document("<p>Story.</p><div class=sharedaddy>Like</div>"))
    copy = pickle.loads(pickle.dumps(SHIPPED))
    assert copy.rulings(page) == SHIPPED.rulings(page)
    assert copy.rulings(page)[1] == Ruling(False, None, "template:share-buttons/bar")


def test_an_empty_page() -> None:
    assert SHIPPED.rulings(Page("text")) == []
    assert SHIPPED.rulings(split(Document("", format="html"))) == []


phrases = st.sampled_from(
    [text for t in SHIPPED.templates for rule in t.rules for text in (*rule.exact, *rule.prefix)]
)
texts = st.lists(st.one_of(st.text(), phrases), max_size=30)


@given(texts, st.none() | st.text(), st.none() | st.text())
@settings(deadline=None)
def test_wild_lines_get_a_ruling_each(lines: list[str], url: str | None, site: str | None) -> None:
    lines = [line.replace("\n", " ") for line in lines]
    page = text_page(lines, [Gap.LINE] * len(lines))
    found = SHIPPED.rulings(page, url=url, site=site)
    assert len(found) == len(lines)
    assert all(r is None or r.kind is None or r.kind in KINDS for r in found)


@given(texts)
@settings(deadline=None)
def test_wild_pages_get_a_ruling_for_each_line(lines: list[str]) -> None:
    source = "".join(f'<div class="respond x{len(line)}">{line}</div>' for line in lines)
    page = split(Document(source, format="html"))
    assert len(SHIPPED.rulings(page)) == len(page)


odd_texts = st.text(st.characters() | st.sampled_from(" \t\xa0\u3000ßİŉΐﬁẞΣς𐐀𞤀\ud801\udc00😀"))


@given(st.lists(odd_texts.map(lambda text: text.replace("\n", " ")), max_size=6))
@settings(deadline=None)
def test_folding_a_page_is_folding_its_lines(lines: list[str]) -> None:
    assert fold_units(to_units(lines)).tolist() == to_units([*map(fold, lines)]).tolist()


def test_a_page_of_little_else_than_long_foldings_is_folded_whole() -> None:
    line = "ΐ" * 1000
    assert fold_units(to_units([line])).tolist() == to_units([fold(line)]).tolist()


LITERALS = [
    "Straße",
    "STRASSE 1",
    "İzmir'de",
    "Читайте также",
    "Σχόλια",
    "相关阅读",
    "𐐀𐐁",
    "Share",
    "- a",
]


def test_half_a_character_in_a_rule_is_found_as_any_other() -> None:
    index = LiteralIndex(["\ud800 odd"], ["\ud83d begins so"])
    lines = ["\ud800 odd", "\ud83d begins so, and goes on", "even"]
    assert index.find(text_page(lines, [Gap.LINE] * 3)) == [(0, 0), (1, 1)]


def test_thousands_of_known_lines_that_begin_alike_cost_no_more_than_a_few() -> None:
    page = text_page([f"The line {n} of a page" for n in range(2000)], [Gap.LINE] * 2000)
    few, many = (LiteralIndex([f"the line {n}" for n in range(count)]) for count in (50, 50_000))

    def cost(index: LiteralIndex) -> float:
        begun = time.process_time()
        assert index.find(page) == []
        return time.process_time() - begun

    turns = [(cost(few), cost(many)) for _ in range(5)]
    unseen = 0.002  # seconds; what takes less is not told from noise
    assert min(many for _, many in turns) < 10 * max(min(few for few, _ in turns), unseen)


@given(
    st.lists(
        st.builds(
            "{}{}{}".format,
            st.sampled_from(["", "- ", "• ", "· ", "x", " -  "]),
            st.sampled_from(LITERALS).map(lambda text: text.upper()) | st.sampled_from(LITERALS),
            st.sampled_from(["", " ", ": more", "\xa0\xa0x", " also"]),
        )
    )
)
@settings(deadline=None)
def test_lines_in_any_script_and_case_are_found(lines: list[str]) -> None:
    whole = [fold(text) for text in LITERALS]
    begun = [fold_prefix(text) for text in (*LITERALS, "Share ", "Share:")]
    begun = [text for text in begun if len(text) > 3]
    parts = [fold(text) for text in LITERALS if len(fold(text)) > 3]
    index = LiteralIndex(whole, begun, parts)
    wanted = set()
    for place, line in enumerate(map(fold, lines)):
        for seen in (line, line[2:]) if line[:2] in ("- ", "• ", "· ") else (line,):
            wanted |= {(place, n) for n, text in enumerate(whole) if seen == text}
            known = enumerate(begun, len(whole))
            wanted |= {(place, n) for n, text in known if len(text) > 3 and seen.startswith(text)}
        known = enumerate(parts, len(whole) + len(begun))
        wanted |= {(place, n) for n, text in known if text in line}
    found = index.find(text_page(lines, [Gap.LINE] * len(lines)))
    assert set(found) == wanted
    assert len(found) == len(wanted)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d+ users? have voted\.$",
        r"ab?cde{0}fgh",
        r"\\.abcd",
        r"a\.b\|cd[xyz]+efg",
        r"(abc|def)ghi",
        r"abc+?def",
        r"abc\bdef|x",
        r"(?i)abc(?:d(e)f)?gh\)i",
        r"[)\]]abc[^(]def",
    ],
)
@given(data=st.data())
@settings(max_examples=30)
def test_a_required_literal_is_in_every_match(pattern: str, data: st.DataObject) -> None:
    match = data.draw(st.from_regex(pattern))
    if compile_pattern(pattern).search(match):
        assert required_literal(pattern).casefold() in match.casefold()


def test_many_lines_that_drop_to_the_end_take_no_longer_than_one():
    rules = TemplateSet(shipped_templates())
    rulings = assert_linear(
        rules.rulings,
        lambda n: split(Document("Click the alert icon to follow topics:\n" + "ICYMI\n" * 60 * n)),
    )
    assert rulings[-1] is not None


def test_every_block_that_a_line_ends_goes(tmp_path):
    path = tmp_path / "t.toml"
    path.write_text(
        "name = 't'\nabout = ''\nmatch.always = true\n[[rules]]\nname = 'r'\n"
        "exact = ['Related stories']\nscope = 'to_end'\nuntil = ['Next article']\n"
    )
    lines = ["One", "Related stories", "x1", "Next article", "Two", "Related stories", "x2"]
    page = split(Document("\n\n".join([*lines, "Next article", "end"]), format="text"))
    rulings = TemplateSet([load_template(path)]).rulings(page)
    dropped = [text for text, ruling in zip(page.texts, rulings, strict=True) if ruling]
    assert dropped == ["Related stories", "x1", "Related stories", "x2"]
