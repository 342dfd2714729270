import json
import random

import numpy as np
import pytest

from cleaner.model.line_model import score
from cleaner.model.site_model import correct
from cleaner.model.site_store import (
    SiteModels,
    load_site_model,
    save_site_model,
    site_models_digest,
)
from cleaner.model.store import digest, load_model
from cleaner.pipeline import Cleaner
from cleaner.split import split
from cleaner.training.site import gains, is_gain, train_site
from cleaner.training.site_corpus import SitePage, label_by_gold, read_pairs, read_site_pages
from cleaner.training.site_evaluate import wrong_words
from cleaner.types import CleanerError, Document
from tests.learn.pages import PROMOTION, SITE, documents, page, records, story


def labelled(numbers, form="html"):
    golds = [page(number)[2] for number in numbers]
    pages = documents(numbers, form=form)
    return [label_by_gold(document, gold) for document, gold in zip(pages, golds, strict=True)]


@pytest.fixture(scope="module")
def base():
    return load_model("base")


@pytest.fixture(scope="module")
def trained(base):
    return train_site(labelled(range(4)), site=SITE, base=base)


@pytest.fixture(scope="module")
def models(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    save_site_model(trained.model, folder, {})
    return folder


def test_a_few_labelled_pages_mend_unseen_ones_in_both_forms(trained, models):
    assert trained.improves
    assert trained.held_out
    cleaners = {"before": Cleaner(), "after": Cleaner(models=models)}
    unseen = labelled(range(20, 26))
    for as_text in (False, True):
        errors = wrong_words(cleaners, unseen, as_text=as_text)
        assert errors["after"].wrong < errors["before"].wrong / 4, as_text
        assert errors["after"].body_lost == 0


def test_one_page_is_enough_to_know_a_line_by(base):
    trained = train_site(labelled([0], "text"), site=SITE, base=base)
    assert not trained.held_out
    assert set(trained.model.parts) == {"text"}


def letters(number):
    """A page of text on which readers' letters, in the same prose, follow the story."""
    rng = random.Random(f"letters/{number}")
    written = [text for _ in range(rng.randint(1, 2)) for text in story(rng)]
    gold = page(number)[2]
    lines = ["Home", "News", gold, "Letters", *written, "Contact us", "Terms of use"]
    return label_by_gold(Document("\n".join(lines), id=str(number), format="text"), gold), written


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param(5, id="what stands between the same lines is alike"),
        pytest.param(1, id="what stands near the same lines is alike"),
    ],
)
def test_in_plain_text_lines_are_known_by_those_around_them(base, pages):
    taught = train_site([letters(number)[0] for number in range(pages)], site=SITE, base=base)
    unseen, written = letters(30)
    [verdicts] = [list(some.verdicts) for some in Cleaner().clean_many([unseen.document])]
    split_page = split(unseen.document)
    [after] = correct(
        taught.model, base, [split_page], score(base, [split_page], [no_rules(split_page)])
    )
    kept = {
        text: (bool(probability >= after.threshold), verdict.keep)
        for text, probability, verdict in zip(
            split_page.texts, after.probability, verdicts, strict=True
        )
    }
    assert all(kept[text][1] for text in written), "the base model cannot tell them"
    assert not any(kept[text][0] for text in written)
    assert all(kept[text][0] for text in page(30)[2].split("\n"))


def no_rules(split_page):
    return np.full(len(split_page), -1, dtype=np.int8)


def test_the_same_pages_make_the_same_model(trained, base):
    again = train_site(labelled(range(4)), site=SITE, base=base)
    for part, weights in trained.model.parts.items():
        assert np.array_equal(weights.hashes, again.model.parts[part].hashes)
        assert np.array_equal(weights.weights, again.model.parts[part].weights)


def test_where_the_base_model_is_right_nothing_improves(base):
    right = []
    for document in documents(range(4)):
        cleaned = Cleaner(templates=False).clean(document)
        keep = {n: verdict.keep for n, verdict in enumerate(cleaned.verdicts)}
        keep = {n: k for n, k in keep.items() if cleaned.verdicts[n].reason == "model:base"}
        right.append(SitePage(document, keep))
    trained = train_site(right, site=SITE, base=base)
    assert not trained.improves


def test_unlabelled_lines_teach_nothing(base):
    [document] = documents([0])
    with pytest.raises(CleanerError, match="no page with labelled lines"):
        train_site([SitePage(document, {})], site=SITE, base=base)


@pytest.mark.parametrize("form", ["html", "text"])
@pytest.mark.parametrize(
    "given",
    [
        {"url": f"https://www.{SITE}/x"},
        {"url": f"https://sport.{SITE}/x"},
        {"url": None},  # known by its lines
    ],
)
def test_a_page_is_given_its_sites_model(models, given, form):
    content = page(30)[form == "text"]
    cleaned = Cleaner(models=models).clean(Document(content, format=form, **given))
    verdicts = {line.text: verdict for line, verdict in cleaned}
    assert not verdicts[PROMOTION].keep
    assert verdicts[PROMOTION].reason == f"model:base+{SITE}"


def test_a_site_that_is_named_counts_before_the_url(models):
    _, text, _ = page(30)
    document = Document(text, url="https://other.example/", format="text")
    assert Cleaner(models=models).clean(document).verdicts[0].reason == "model:base"
    named = Cleaner(models=models, site=SITE).clean(document)
    assert named.verdicts[0].reason == f"model:base+{SITE}"


def test_a_text_from_elsewhere_has_no_model_by_its_lines(models):
    other = "Home\nThe bridge was opened on Sunday, and many came to see it.\nContact us"
    verdicts = Cleaner(models=models).clean(Document(other, format="text")).verdicts
    assert {verdict.reason for verdict in verdicts} <= {"model:base", "policy:caption"}


def test_pages_of_several_sites_in_one_batch_do_not_mix(models):
    _, text, _ = page(31)
    ours = Document(text, url=f"https://{SITE}/", format="text")
    others = Document(text, url="https://other.example/", format="text")
    cleaner = Cleaner(models=models)
    both = list(cleaner.clean_many([ours, others, ours]))
    assert both[0].verdicts == both[2].verdicts == cleaner.clean(ours).verdicts
    assert both[1].verdicts == Cleaner().clean(others).verdicts


def test_nothing_is_read_before_a_page_needs_it(models, base, tmp_path):
    for number in range(300):
        (tmp_path / f"site{number}.example").mkdir()
        (tmp_path / f"site{number}.example" / "meta.json").write_text("damaged")
    found = SiteModels(tmp_path, base)
    [document] = documents([0])
    assert Cleaner(models=tmp_path).clean(document).verdicts[0].reason == "model:base"
    with pytest.raises(CleanerError, match=r"site7\.example.*not JSON"):
        found.find(None, url="https://www.site7.example/a", site=None)


def test_the_index_of_lines_follows_what_is_saved_and_taken_away(trained, tmp_path, base):
    from dataclasses import replace
    from shutil import rmtree

    def found():
        document = Document(page(30)[1], format="text")
        return SiteModels(tmp_path, base).find(split(document), url=None, site=None)

    other = replace(trained.model, site="b.example", signs=trained.model.signs[:0])
    for model in (trained.model, other, replace(other, site="a.example"), other):
        save_site_model(model, tmp_path, {})
        assert found().site == SITE
    save_site_model(replace(other, signs=trained.model.signs), tmp_path, {})
    assert found() is None  # lines of two sites are of neither
    rmtree(tmp_path / "b.example")
    assert found().site == SITE
    (tmp_path / "signs.npz").write_bytes(b"damaged")
    assert found().site == SITE
    save_site_model(replace(trained.model, signs=trained.model.signs[:0]), tmp_path, {})
    assert found() is None


def test_a_model_of_another_base_is_refused(trained, tmp_path, base):
    from dataclasses import replace

    save_site_model(replace(trained.model, base="0" * 32), tmp_path, {})
    with pytest.raises(CleanerError, match="corrects another base model"):
        SiteModels(tmp_path, base).find(None, url=f"https://{SITE}/", site=None)


def test_whatever_weighs_on_the_base_models_lines_makes_it_another(base):
    from dataclasses import fields, is_dataclass, replace

    def changed(value):
        """Copies of `value`, in each of which one array is another."""
        if isinstance(value, np.ndarray) and value.size:
            other = value.copy()
            other.flat[value.size // 2] += 1
            yield other
        elif is_dataclass(value):
            for field in fields(value):
                for part in changed(getattr(value, field.name)):
                    yield replace(value, **{field.name: part})
        elif isinstance(value, tuple):
            for at, one in enumerate(value):
                yield from ((*value[:at], part, *value[at + 1 :]) for part in changed(one))
        elif isinstance(value, dict):
            for key, one in value.items():
                yield from ({**value, key: part} for part in changed(one))

    others = [digest(other) for other in changed(base)]
    assert len(others) > 40
    assert len({digest(base), *others}) == len(others) + 1
    assert digest(replace(base, name="other")) == digest(base)


@pytest.mark.parametrize("site", ["../up", "", "a b", "..", "x" * 300])
def test_a_name_that_is_no_domain_is_written_nowhere(trained, tmp_path, site):
    from dataclasses import replace

    folder = tmp_path / "models"
    with pytest.raises(CleanerError, match="is no site"):
        save_site_model(replace(trained.model, site=site), folder, {})
    assert not list(tmp_path.rglob("*.npz"))


def test_a_url_leads_out_of_no_folder(models, base):
    found = SiteModels(models, base)
    for url in ("https://../x", "https://..%2f..%2fetc/x", "http://[", "https://./"):
        assert found.find(None, url=url, site=None) is None


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no archive", b"\x80\x04N."])
def test_damaged_weights_are_refused(trained, tmp_path, damage):
    folder = save_site_model(trained.model, tmp_path, {})
    (folder / "weights.npz").write_bytes(damage)
    with pytest.raises(CleanerError, match="damaged or not a site model"):
        load_site_model(folder)


def test_pickled_weights_are_never_loaded(trained, tmp_path):
    folder = save_site_model(trained.model, tmp_path, {})
    np.savez(folder / "weights.npz", signs=np.array([object()], dtype=object))
    with pytest.raises(CleanerError, match="damaged or not a site model"):
        load_site_model(folder)


def test_the_digest_changes_with_the_models(trained, tmp_path, base):
    save_site_model(trained.model, tmp_path, {})
    before = site_models_digest(tmp_path)
    assert site_models_digest(tmp_path) == before
    save_site_model(train_site(labelled(range(3)), site=SITE, base=base).model, tmp_path, {})
    assert site_models_digest(tmp_path) != before


def write(path, *some):
    path.write_text("".join(json.dumps(record) + "\n" for record in some), "utf-8")
    return path


def test_records_hold_labels_or_gold_and_other_sites_are_passed_over(tmp_path):
    with_gold, elsewhere = next(records([1])), next(records([2]))
    elsewhere["url"] = "https://other.example/2"
    with_lines = {
        "text": "One line\nTwo lines",
        "lines": [{"line": 1, "text": "Two  lines", "keep": False, "kind": "other"}],
    }
    path = write(tmp_path / "l.jsonl", with_gold, elsewhere, with_lines)
    pages = list(read_site_pages(path, site=SITE))
    assert [dict(page.keep) for page in pages[1:]] == [{1: False}]
    assert any(pages[0].keep.values())
    assert len(list(read_site_pages(path))) == 3
    warnings = []
    list(read_site_pages(path, site=SITE, warn=warnings.append))
    assert warnings == [f"{path}: passed over 1 pages of other sites than {SITE}"]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": "a", "lines": [{"line": 3, "keep": True}]}, r"l.jsonl:1: line 3: the page has 1"),
        ({"text": "a", "lines": [{"line": 0, "keep": "yes"}]}, r"l.jsonl:1: lines: keep: expected"),
        ({"text": "a", "lines": [{"line": True, "keep": True}]}, "lines: line: expected"),
        ({"text": "a", "lines": [{"line": 0, "text": "b", "keep": True}]}, "the page has changed"),
        ({"text": "a"}, "expected `lines` with labels, or a `gold` text"),
        ({"gold": "a"}, "expected a page in `html` or `text`"),
        ({"text": "one two three", "gold": "nothing of the kind at all"}, "only 0% of the clean"),
        ([], "a JSON object was expected"),
    ],
)
def test_a_wrong_record_is_named(tmp_path, record, message):
    path = write(tmp_path / "l.jsonl", record)
    with pytest.raises(CleanerError, match=message):
        list(read_site_pages(path))


def test_records_of_a_folder_are_read_and_go_by_their_domain(tmp_path):
    record = {"text": "One line", "lines": [{"line": 0, "keep": True}]}
    write(tmp_path / "a.jsonl", record | {"domain": SITE}, record | {"domain": "b.example"})
    write(tmp_path / "b.jsonl", record)
    (tmp_path / "notes.txt").write_text("no records")
    assert len(list(read_site_pages(tmp_path, site=SITE))) == 2


def test_of_a_page_with_an_empty_gold_nothing_stays(tmp_path):
    path = write(tmp_path / "l.jsonl", {"text": "Log in\nSign up", "gold": ""})
    [page] = read_site_pages(path)
    assert page.keep == {0: False, 1: False}


def test_two_folders_are_paired_by_name(tmp_path):
    raw, clean = tmp_path / "raw", tmp_path / "clean"
    (raw / "a").mkdir(parents=True)
    (clean / "a").mkdir(parents=True)
    html, text, gold = page(5)
    (raw / "a" / "1.html").write_text(html)
    (clean / "a" / "1.txt").write_text(gold)
    (raw / "2.txt").write_text(text)
    [pair] = read_site_pages(tmp_path)
    assert pair.document.id == "a/1.html"
    assert sum(pair.keep.values()) == len(gold.splitlines())
    with pytest.raises(CleanerError, match="no page in it has a text of the same name"):
        list(read_pairs(raw / "a", clean))
    (clean / "2").mkdir()
    warnings = []
    assert len(list(read_site_pages(tmp_path, warn=warnings.append))) == 1
    assert warnings == [f"{raw}: passed over 1 pages without a text, the first 2.txt"]
    (clean / "a" / "1.md").write_text(gold)
    with pytest.raises(CleanerError, match=r"1.txt: 1.md is the text of the same page"):
        list(read_site_pages(tmp_path))


@pytest.mark.parametrize(
    ("by_page", "is_one"),
    [
        ([9, 8, 10, 9], True),
        ([40, -30, 5, -3], False),
        ([0, 0, 0], False),
        ([12], True),
        ([-1], False),
    ],
)
def test_a_gain_that_chance_may_have_made_is_none(by_page, is_one):
    assert is_gain(np.array(by_page, dtype=float)) is is_one


def test_a_word_of_the_text_lost_costs_two_of_debris():
    labels = np.array([1, 0, 1, 0, np.nan], dtype=np.float32)
    words = np.array([10, 10, 4, 4, 50], dtype=np.float32)
    nothing, everything = np.zeros(5, dtype=bool), np.ones(5, dtype=bool)
    assert gains(everything, nothing, labels, words).tolist() == [-20, 10, -8, 4, 0]
    assert gains(nothing, everything, labels, words).tolist() == [20, -10, 8, -4, 0]
    assert not gains(everything, everything, labels, words).any()
