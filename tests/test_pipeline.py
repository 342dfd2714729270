"""The library from end to end, with the shipped model."""

import json
import os
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cleaner as cleaner_package
from cleaner import Cleaner, CleanerError, Document, clean
from cleaner.model import line_model
from tests.growth import assert_linear

ROOT = Path(__file__).parent.parent
FIXTURES = [p for p in sorted((ROOT / "fixtures").glob("*/*")) if p.suffix in (".html", ".txt")]
SEEDS = Path(os.environ.get("CLEANER_SEEDS", ROOT.parent / "shared" / "seeds"))


@pytest.fixture(scope="module")
def cleaner():
    return Cleaner()


def test_one_document_or_many_give_the_same(cleaner):
    documents = [Document(path.read_bytes(), id=path.name) for path in FIXTURES]
    many = list(cleaner.clean_many(documents))
    assert [cleaned.document for cleaned in many] == documents
    for document, cleaned in zip(documents, many, strict=True):
        alone = cleaner.clean(document)
        assert alone.text == cleaned.text
        for one, other in zip(alone.verdicts, cleaned.verdicts, strict=True):
            assert one.probability == pytest.approx(other.probability, abs=2e-4)


def test_what_is_made_of_a_page_is_equal_to_what_is_made_of_it_again(cleaner):
    one, again, other = (cleaner.clean(Document(FIXTURES[at].read_bytes())) for at in (0, 0, 1))
    assert one == again and one != other
    assert one.lines == list(again.lines) and one.verdicts == list(again.verdicts)
    assert one.lines != list(again.lines)[1:] and one.lines != "lines"


def test_many_pages_together_come_out_as_each_alone(cleaner):
    documents = [Document(path.read_bytes(), id=path.name) for path in FIXTURES]
    assert list(cleaner.clean_many(documents)) == [cleaner.clean(each) for each in documents]


def test_a_pickled_cleaner_cleans_the_same(cleaner):
    document = Document(FIXTURES[0].read_bytes())
    assert pickle.loads(pickle.dumps(cleaner)).clean(document).text == cleaner.clean(document).text


@given(st.lists(st.one_of(st.text(max_size=200), st.binary(max_size=200)), max_size=5))
@settings(deadline=None, max_examples=60)
def test_any_input_gives_each_line_a_verdict(contents):
    documents = [Document(content, id=str(number)) for number, content in enumerate(contents)]
    results = list(Cleaner().clean_many(documents))
    assert [cleaned.document for cleaned in results] == documents
    for cleaned in results:
        assert len(cleaned.lines) == len(cleaned.verdicts)
        assert [line.index for line in cleaned.lines] == list(range(len(cleaned.lines)))
        kept = [line.text for line, verdict in cleaned if verdict.keep]
        position = 0
        for text in kept:
            position = cleaned.text.index(text, position) + len(text)


def test_pages_without_lines_are_results_too(cleaner):
    results = list(cleaner.clean_many([Document(""), Document("<html></html>"), Document("\n")]))
    assert [cleaned.text for cleaned in results] == ["", "", ""]


def test_a_line_is_kept_whole_and_paragraphs_stay_apart(cleaner):
    text = (
        "The bridge closed in May.  It had\tstood for ninety years, and nobody had thought of it.\n"
        "Its stones went to the new school, where they carry the stairs.\n\n"
        "49 users have voted.\n\n"
        "Children still cross the river there in summer, on foot, when the water is low enough."
    )
    lines = text.splitlines()
    assert cleaner.clean(Document(text)).text == "\n".join([*lines[:3], lines[5]])


def test_rules_can_be_left_out_and_a_threshold_set():
    text = "A story that goes on.\nPlease enter your comment!\nPlease enter your name here"
    with_rules = Cleaner().clean(Document(text))
    assert any(verdict.reason.startswith("template:tagdiv/") for verdict in with_rules.verdicts)
    without = Cleaner(templates=False).clean(Document(text))
    assert not any(verdict.reason.startswith("template:") for verdict in without.verdicts)
    everything = Cleaner(templates=False, threshold=0.0, keep=["byline"]).clean(Document(text))
    assert everything.text == text


def test_a_sites_templates_apply_by_url_or_by_name(tmp_path):
    (tmp_path / "paper.toml").write_text(
        'name = "paper"\nabout = "A paper"\n[match]\ndomains = ["paper.example"]\n'
        '[[rules]]\nname = "motto"\nkind = "promotion"\naction = "drop"\nexact = "All that fits."\n'
        '[[examples]]\nurl = "https://paper.example/"\nlines = ["- All that fits."]\n',
        "utf-8",
    )
    text = "A first paragraph about the harbour and its ships, told at length.\nAll that fits."

    def reasons(url=None, **options):
        cleaned = Cleaner(**{"sites": tmp_path} | options).clean(Document(text, url=url))
        return cleaned.verdicts[1].reason

    assert reasons(url="https://www.paper.example/1") == "template:paper/motto"
    assert reasons(site="paper.example") == "template:paper/motto"
    assert reasons(site="paper.example", sites=str(tmp_path)) == "template:paper/motto"
    assert reasons(url="https://other.example/1") != "template:paper/motto"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 2}, "expected a number from 0 to 1"),
        ({"keep": ["spam"]}, "no kind 'spam'"),
        ({"keep": [None, "byline"]}, "expected several kinds"),
        ({"drop": [["byline"]]}, "expected several kinds"),
        ({"usual": ["a.example"]}, "expected hosts and shares"),
        ({"usual": {"a.example": float("nan")}}, "expected hosts and shares"),
        ({"usual": {"a.example": 40}}, "expected hosts and shares"),
        ({"templates": "no"}, "expected True or False"),
        ({"sites": ""}, "expected a path"),
        ({"sites": 0}, "expected a path"),
        ({"models": ""}, "expected a path"),
        ({"model": None}, "expected a path"),
        ({"model": "none_such"}, "no model is shipped so named"),
        ({"model": "../etc"}, "no folder with a model"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options, message):
    with pytest.raises(CleanerError, match=message):
        Cleaner(**options)


def test_what_is_shown_of_results_is_short_and_says_what_they_are(cleaner):
    cleaned = cleaner.clean(Document("The harbour froze in January.\nShare this\n"))
    assert repr(cleaner) == "<Cleaner base>"
    assert repr(cleaned.lines) == "<Lines: 2>"
    kept = sum(verdict.keep for verdict in cleaned.verdicts)
    assert repr(cleaned.verdicts) == f"<Verdicts: 2, {kept} keep>"


def test_all_names_are_listed_before_they_are_used():
    listed = {*dir(cleaner_package), *cleaner_package.__all__}
    assert {"Cleaner", "clean", "__version__"} <= listed
    assert re.fullmatch(r"\d+\.\d+.*", cleaner_package.__version__)


@pytest.mark.parametrize("page", ["<p>The harbour froze in January.</p>", b"The harbour", None])
def test_a_page_that_is_no_document_is_refused(cleaner, page):
    with pytest.raises(CleanerError, match="expected a Document"):
        cleaner.clean(page)
    with pytest.raises(CleanerError, match="expected a Document"):
        list(cleaner.clean_many([page]))


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed texts are not part of the repository")
@pytest.mark.parametrize("templates", [True, False])
def test_the_texts_the_project_was_made_for(templates):
    labels = json.loads((SEEDS / "labels.json").read_text("utf-8"))
    stays = {"byline": False, "credit": False, "caption": True}
    wrong = []
    for path in sorted(SEEDS.glob("*.txt")):
        expected = labels[path.name]
        cleaned = Cleaner(templates=templates).clean(Document(path.read_text("utf-8")))
        for line, verdict in cleaned:
            policy = expected["policy"].get(str(line.source_line))
            debris = line.source_line in expected["debris"]
            keep = stays[policy] if policy else not debris
            if verdict.keep != keep or (templates and policy and verdict.kind != policy):
                wrong.append((path.name, line.source_line, verdict))
    assert len(wrong) <= (0 if templates else 3), wrong


def test_the_function_is_the_class_with_its_defaults():
    content = FIXTURES[0].read_bytes()
    assert clean(content).text == Cleaner().clean(Document(content)).text


def test_what_a_rule_keeps_as_text_is_what_its_tags_say():
    page = (
        '<div class="post-layout"><div class="s-prose"><p>I tried these in turn.</p>'
        "<ul><li>new plugs</li></ul><blockquote><p>Never trim it.</p></blockquote></div></div>"
    )
    cleaned = Cleaner().clean(Document(page, format="html"))
    kinds = {line.text: verdict.kind for line, verdict in cleaned}
    assert kinds == {
        "I tried these in turn.": "body", "new plugs": "list_item", "Never trim it.": "quote",
    }  # fmt: skip


def test_a_text_that_would_be_emptied_as_a_dump_is_judged_as_residue(monkeypatch):
    text = (ROOT / "fixtures/texts/residue_speech_en.txt").read_text("utf-8")
    as_residue = Cleaner().clean(Document(text, format="text"))
    probabilities = line_model.probabilities

    def nothing_in_dumps(model, batch, view, *given, **named):
        probability, hidden = probabilities(model, batch, view, *given, **named)
        return probability * (view != "dump"), hidden

    monkeypatch.setattr(
        line_model, "route", lambda model, batch, words: np.zeros(1, dtype=np.float32)
    )
    monkeypatch.setattr(line_model, "probabilities", nothing_in_dumps)
    assert Cleaner().clean(Document(text, format="text")).text == as_residue.text


def test_a_doubtful_text_that_a_residue_would_keep_whole_is_judged_as_residue(monkeypatch):
    text = (ROOT / "fixtures/texts/residue_speech_en.txt").read_text("utf-8")
    probabilities = line_model.probabilities
    least = {"dump": 0.3, "residue": 0.99}  # of a line; the threshold of a dump is above it

    def unsure_in_dumps(model, batch, view, *given, **named):
        probability, hidden = probabilities(model, batch, view, *given, **named)
        found = np.full_like(probability, least[view])
        found[0] = 0.5
        return found, hidden

    def lines_kept(chance):
        monkeypatch.setattr(
            line_model, "route", lambda model, batch, words: np.full(1, chance, dtype=np.float32)
        )
        return sum(verdict.keep for _, verdict in Cleaner(templates=False).clean(document))

    document = Document(text, format="text")
    monkeypatch.setattr(line_model, "page_threshold", lambda view, p, words, threshold: 0.4)
    monkeypatch.setattr(line_model, "probabilities", unsure_in_dumps)
    kept_whole, kept_as_dump = lines_kept(0.2), lines_kept(0.05)
    assert kept_as_dump < kept_whole
    least["residue"] = 0.3
    assert lines_kept(0.2) == kept_as_dump


@pytest.mark.parametrize("content", ["", "<script>" + "x" * 200_000 + "</script><p>"])
def test_documents_without_text_are_not_gathered_without_end(content):
    taken = 0

    def documents():
        nonlocal taken
        for _ in range(10_000):
            taken += 1
            yield Document(content)

    next(Cleaner().clean_many(documents()))
    assert taken * max(len(content), 8_000) <= 40_000_000


def test_what_came_before_a_failing_source_is_given():
    def documents():
        yield Document("The harbour froze.")
        yield Document("By March the ice broke.")
        raise OSError("the disk is gone")

    results = Cleaner().clean_many(documents())
    assert [len(next(results).lines) for _ in range(2)] == [1, 1]
    with pytest.raises(OSError, match="disk"):
        next(results)


@pytest.mark.parametrize("charset", ["hex", "base64", "zip", "idna", "undefined", "punycode"])
def test_a_charset_that_is_a_codec_of_bytes_ends_nothing(charset):
    page = b"<meta charset=" + charset.encode() + b"><p>caf\xe9 \xff"
    assert "caf" in clean(page).lines.texts[0]


def test_an_element_whose_name_xml_does_not_know_ends_no_rule():
    page = (
        "<html><body class=woocommerce><div><p>The harbour froze in January.</p><ul>"
        "<li class=review><div class=comment-text><p>nice</p></div></li></ul><i\u00bd>x</i\u00bd>"
        "</div></body></html>"
    )
    assert "harbour" in clean(page).text


def test_tabs_in_an_address_of_markdown_cost_what_they_are_long():
    assert_linear(clean, lambda n: "# a\n[a](b) [c](d) [e](f) text\n[a](" + "\t" * 20 * n + "x\n")


@pytest.mark.parametrize(
    "options",
    [{"on_suspicion": "kept"}, {"threshold": "0.5"}, {"threshold": float("nan")},
     {"threshold": True}, {"keep": "byline"}, {"drop": "other"}, {"keep": None}, {"model": None},
     {"sites": 5}, {"models": 5}, {"site": 5}, {"usual": {"a.example": None}}, {"usual": {5: 0.3}}],
)  # fmt: skip
def test_an_option_of_another_kind_is_refused(options):
    with pytest.raises(CleanerError, match="expected"):
        Cleaner(**options)


@pytest.mark.parametrize("content", [None, 5, ["<p>Some text"]])
def test_what_is_no_page_is_refused(cleaner, content):
    with pytest.raises(CleanerError, match="expected str or bytes"):
        cleaner.clean(Document(content))
    with pytest.raises(CleanerError, match="url b'a': expected text or None"):
        cleaner.clean(Document("<p>Some text", url=b"a"))
    with pytest.raises(CleanerError, match="format 'HTML'"):
        cleaner.clean(Document("<p>Some text", format="HTML"))
    assert cleaner.clean(Document(bytearray(b"<p>Some text"), format="html")).lines.texts == [
        "Some text"
    ]
