"""What is decided where the model, a rule and the user's wish meet."""

import numpy as np
import pytest

from cleaner import KINDS, CleanerError
from cleaner.decide import NO_VERDICTS, Policy, decide, flags
from cleaner.model.line_model import Scores, page_threshold
from cleaner.rules import Ruling, Rulings
from cleaner.split import split
from cleaner.types import DEBRIS_KINDS, Document


def scores(page, probability, kind="body", threshold=0.5):
    kinds = np.full((len(page), len(KINDS)), 0.01, dtype=np.float32)
    kinds[:, KINDS.index(kind)] = 0.9
    filled = np.full(len(page), probability, dtype=np.float32)
    return Scores("residue", filled, kinds, threshold)


def decided(page, scored, rulings=None, policy=None):
    rulings = Rulings.of(rulings or [None] * len(page))
    [verdicts] = decide([page], [scored], [rulings], policy or Policy(), ["model:x"])
    return verdicts


def verdict(text, probability, kind="body", *, ruling=None, policy=None):
    page = split(Document(text))
    return decided(page, scores(page, probability, kind), [ruling], policy)[0]


RULE = Ruling(False, "share", "template:t/share")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (verdict("A line.", 0.9), (True, "body", "model:x")),
        (verdict("A line.", 0.5), (True, "body", "model:x")),
        (verdict("Log in", 0.1, "navigation"), (False, "navigation", "model:x")),
        (verdict("Share", 0.9, ruling=RULE), (False, "share", "template:t/share")),
        (verdict("By A. Writer", 0.8, "byline"), (False, "byline", "policy:byline")),
        (verdict("A ship [Agency]", 0.3, "caption"), (True, "caption", "policy:caption")),
        (verdict("Photo", 0.1, "caption"), (False, "caption", "model:x")),
        (verdict("Source: Agency", 0.1, "credit"), (False, "credit", "policy:credit")),
        (verdict("- one thing", 0.9), (True, "list_item", "model:x")),
        (verdict("| a | 2 |", 0.9), (True, "table", "model:x")),
        (verdict("| Posted | 2 May |", 0.9, "byline"), (True, "table", "model:x")),
        (verdict("| Posted | 2 May |", 0.1, "byline"), (False, "byline", "policy:byline")),
        (verdict("- Source: Agency", 0.9, "credit"), (True, "list_item", "model:x")),
    ],
)
def test_the_model_decides_unless_a_rule_or_the_policy_does(made, expected):
    assert (made.keep, made.kind, made.reason) == expected


@pytest.mark.parametrize(
    ("made", "keep"),
    [
        (verdict("By A. Writer", 0.1, "byline", policy=Policy(keep=frozenset(["byline"]))), True),
        (verdict("A ship", 0.9, "caption", policy=Policy(drop=frozenset(["caption"]))), False),
        (verdict("Share", 0.1, ruling=RULE, policy=Policy(keep=frozenset(["share"]))), True),
        (verdict("Text.", 0.9, policy=Policy(drop=frozenset(["body"]))), False),
    ],
)
def test_the_users_wish_overrules_all(made, keep):
    assert made.keep is keep
    assert made.reason == f"policy:{made.kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_wished_for(kind):
    page = split(Document("A line."))
    for probability, keep in ((0.1, True), (0.9, False)):
        policy = Policy(**{"keep" if keep else "drop": frozenset([kind])})
        made = decided(page, scores(page, probability, kind), policy=policy)[0]
        assert (made.keep, made.kind) == (keep, kind)


def test_a_sure_body_line_is_no_byline():
    assert verdict("By night the river rose.", 0.99, "byline").keep


@pytest.mark.parametrize(("share", "keep"), [(0.9, False), (0.65, False), (0.55, True)])
def test_what_is_likelier_a_line_of_the_text_is_no_byline(share, keep):
    page = split(Document("He rows at six,"))
    scored = scores(page, 0.7)
    scored.kinds[:, KINDS.index("body")] = 0.1
    scored.kinds[:, KINDS.index("byline")] = share
    assert decided(page, scored)[0].keep == keep


@pytest.mark.parametrize(
    ("line", "kind"), [("- Jane Smith, May 4", "list_item"), ("| Jane Smith | May 4 |", "table")]
)
def test_rows_and_items_of_markdown_are_such(line, kind):
    page = split(Document(f"# Trips\n\n## Who went\n\n{line}"))
    assert page.written is not None
    found = decided(page, scores(page, 0.8, "byline"))[2]
    assert (found.keep, found.kind) == (True, kind)


def test_what_stays_of_code_is_no_credit():
    page = split(Document("<pre>source 2 May</pre>", format="html"))
    assert [v.keep for v in decided(page, scores(page, 0.8, "credit"))] == [True]
    assert [v.kind for v in decided(page, scores(page, 0.2, "credit"))] == ["credit"]


def test_the_line_below_the_head_of_a_table_stays():
    page = split(Document("A text.\n\n| Year | Ships |\n|---|---|"))
    assert all(v.keep and v.kind == "table" for v in decided(page, scores(page, 0.9))[1:])


def test_a_bracket_that_closes_code_stays():
    page = split(Document("<pre>main() {\n  return 1;\n}</pre><footer>Log in</footer>"))
    rulings = [None, None, None, Ruling(False, "legal", "t")]
    made = decided(page, scores(page, 0.9), rulings)
    assert [verdict.keep for verdict in made] == [True, True, True, False]


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        ("<pre><code>a = 1\nb = 2\nreturn a</code></pre>", "+++"),
        ("<div class=highlight><pre>a = 1\nb = 2\nreturn a</pre></div>", "+++"),
        ("<pre class='brush: js'>a = 1\nb = 2\nreturn a</pre>", "+++"),
        ("<pre>Dear Sir,\nBack to top\nYours, etc.</pre>", "+-+"),
        ("<p>One</p><pre><code>a = 1</code></pre><pre><code>b = 2</code></pre>", "+-+"),
        ("<pre><code>a = 1\nb = 2</code></pre><pre><code>c = 3</code></pre>", "--+"),
        ("<pre><code></code></pre><p>One</p><p>Two</p><p>Three</p>", "+-+"),
    ],
)
def test_code_stays_whole_or_goes(markup, kept):
    page = split(Document(markup))
    guesses = Scores(
        "html",
        np.array([0.9, 0.05, 0.8], dtype=np.float32),
        scores(page, 0.5).kinds,
        0.5,
    )
    made = decided(page, guesses)
    assert "".join("-+"[verdict.keep] for verdict in made) == kept


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ("<h2>Part two</h2>", "heading"),
        ("<ul><li><p>One</p></li></ul>", "list_item"),
        ("<blockquote><p>Said</p></blockquote>", "quote"),
        ("<ul><li><blockquote class='postcontent restore'>A post.</blockquote></ul>", "body"),
        ("<blockquote class=messageText><blockquote>Said</blockquote></blockquote>", "quote"),
        ("<table><tr><td><b>12</b></td></tr></table>", "table"),
        ("<table><tr><td><p>A layout of 2003.</p></td></tr></table>", "body"),
        ("<table><tr><td><p>One.</p></td><td><p>Two.</p><p>Three.</p></td></tr></table>", "table"),
        ("<table><tr><td><p>One.</p><p>Two.</p></td><td><p>Three.</p></td></tr></table>", "body"),
        ("<pre>x = 1</pre>", "code"),
    ],
)
def test_tags_tell_the_kind_of_what_is_kept(markup, kind):
    assert verdict(markup, 0.9).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Log in", "navigation"), ("By A. Writer", "byline"), ("A text.", "body")],
)
def test_a_rule_without_a_kind_leaves_it_to_the_model(text, kind):
    made = verdict(text, 0.6, kind, ruling=Ruling(False, None, "template:t/place"))
    assert (made.keep, made.reason) == (False, "template:t/place")
    assert made.kind == (kind if kind != "body" else DEBRIS_KINDS[0])


def test_a_menu_that_a_rule_drops_is_no_list_that_the_user_keeps():
    made = verdict(
        "<ul><li>Home</li></ul>",
        0.1,
        "navigation",
        ruling=Ruling(False, None, "template:t/menu"),
        policy=Policy(keep=frozenset(["list_item"])),
    )
    assert (made.keep, made.kind) == (False, "navigation")


def test_a_dropped_page_title_is_still_a_heading_and_other_h1_are_not():
    assert (
        verdict("<title>A bridge | Site</title><h1>A bridge</h1>", 0.1, "related").kind == "heading"
    )
    assert verdict("<title>A bridge</title><h1>Buy now</h1>", 0.1, "promotion").kind == "promotion"


def test_a_line_without_a_word_stays_only_between_lines_that_stay():
    page = split(Document("One line.\n* * *\nAnother line.\n»"))
    made = decided(page, scores(page, 0.9))
    assert [verdict.keep for verdict in made] == [True, True, True, False]
    assert made[3].reason == "policy:mark"
    wish = Policy(keep=frozenset(["body"]))
    assert all(verdict.keep for verdict in decided(page, scores(page, 0.9), policy=wish))


def test_wishes_that_make_no_sense_are_refused():
    with pytest.raises(CleanerError, match="no kind 'spam'"):
        Policy(drop=frozenset(["spam"]))
    with pytest.raises(CleanerError, match="both kept and dropped"):
        Policy(drop=frozenset(["legal"]), keep=frozenset(["legal"]))


def test_a_page_left_with_nothing_is_flagged():
    page = split(Document("Log in"))
    dropped = decided(page, scores(page, 0.1, "navigation")).keep
    assert flags(Document("Log in"), dropped) == ("emptied",)
    nothing = NO_VERDICTS.keep
    assert flags(Document("<div id=app></div>"), nothing) == ("emptied",)
    assert flags(Document(" \n"), nothing) == flags(Document(b""), nothing) == ()


def test_an_unsure_page_keeps_more():
    words = np.full(4, 20)
    sure = page_threshold("html", np.array([0.99, 0.98, 0.01, 0.02]), words, 0.5)
    unsure = page_threshold("html", np.array([0.6, 0.4, 0.3, 0.3]), words, 0.5)
    assert unsure < sure <= 0.5


def test_a_line_that_is_most_of_a_residue_stays_unless_it_is_surely_debris():
    words = np.array([9, 900, 9])
    assert page_threshold("residue", np.array([0.9, 0.8, 0.1]), words, 0.5) == 0.5
    assert page_threshold("residue", np.array([0.9, 0.4, 0.1]), words, 0.5) == 0.4
    assert page_threshold("residue", np.array([0.9, 0.1, 0.1]), words, 0.5) == 0.25
