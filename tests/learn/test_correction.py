import json
import random
from dataclasses import replace

import numpy as np
import pytest

from cleaner.learn.collect import Collector
from cleaner.learn.repeats import Bounds
from cleaner.learn.site import learn
from cleaner.learn.write import diff, save_correction
from cleaner.model.line_model import score
from cleaner.model.site_store import load_site_model
from cleaner.pipeline import Cleaner
from cleaner.types import CleanerError, Document
from tests.learn.pages import PROMOTION, REFRAIN, SITE, documents, page, story


def learned_from(pages, bounds=None, *, with_model=True):
    collector = Collector()
    for document in pages:
        collector.add(document, site=SITE)
    [sketch] = collector.finish()
    return learn(sketch, Cleaner(), bounds or Bounds(loss=0.2), with_model=with_model)


@pytest.fixture(scope="module", params=["html", "text"])
def form(request):
    return request.param


@pytest.fixture(scope="module")
def learned(form):
    return learned_from(documents(range(12), form=form))


def verdicts_on(document, models):
    return {line.text: verdict for line, verdict in Cleaner(models=models).clean(document)}


def test_a_model_learned_without_labels_mends_unseen_pages(learned, form, tmp_path):
    [document] = documents([40], form=form)
    before = {line.text: verdict for line, verdict in Cleaner().clean(document)}
    assert before[PROMOTION].keep
    save_correction(learned, tmp_path)
    after = verdicts_on(document, tmp_path)
    assert not after[PROMOTION].keep
    assert after[PROMOTION].reason == f"model:base+{SITE}"
    for paragraph in page(40)[2].splitlines():
        assert after[paragraph].keep


def test_pages_of_html_teach_their_text_too(tmp_path):
    save_correction(learned_from(documents(range(12), form="html")), tmp_path)
    assert set(load_site_model(tmp_path / SITE).parts) == {"html", "text"}
    [document] = documents([41], form="text")
    assert not verdicts_on(document, tmp_path)[PROMOTION].keep


def test_it_is_the_same_whatever_the_order_of_the_pages(learned, form):
    again = learned_from(reversed(list(documents(range(12), form=form))))
    for part, weights in learned.correction.model.parts.items():
        other = again.correction.model.parts[part]
        assert np.array_equal(weights.hashes, other.hashes)
        assert np.array_equal(weights.weights, other.weights)


def test_a_refrain_inside_the_text_stays(tmp_path):
    def with_refrain(document):
        text = page(int(document.id))[2].split("\n")[2]
        content = document.content.replace(text, f"{REFRAIN}\n{text}")
        return Document(content, id=document.id, url=document.url, format="text")

    save_correction(learned_from(map(with_refrain, documents(range(12), form="text"))), tmp_path)
    [unseen] = documents([42], form="text")
    assert verdicts_on(with_refrain(unseen), tmp_path)[REFRAIN].keep


def test_it_is_learned_only_when_asked_for_of_enough_pages_and_if_it_takes_little():
    assert learned_from(documents(range(12)), with_model=False).correction is None
    few = learned_from(documents(range(4)))
    assert few.correction is None
    assert "  model: none, 4 pages in the sample, fewer than 5" in diff(few)
    refused = learned_from(documents(range(12)), Bounds(loss=-1))
    assert refused.correction is None
    assert any("model: none, would take" in line for line in diff(refused))


def test_the_diff_shows_what_it_changes(learned):
    assert any(line.startswith("    - ") and PROMOTION[:80] in line for line in diff(learned))


def test_a_model_trained_on_labels_is_not_overwritten(learned, tmp_path):
    save_correction(learned, tmp_path)
    save_correction(learned, tmp_path)  # ours may be replaced
    meta = tmp_path / SITE / "meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text()), "unlabelled": False}))
    with pytest.raises(CleanerError, match="trained on labels"):
        save_correction(learned, tmp_path)
    save_correction(learned, tmp_path, force=True)


def test_long_lines_at_the_end_do_not_vouch_for_each_other():
    notices = story(random.Random("notices"))[:3]
    pages = [
        Document("\n".join([document.content, *notices]), id=document.id, url=document.url)
        for document in documents(range(12), form="text")
    ]
    learned = learned_from(pages, with_model=False)
    assert not set(notices) & set(learned.spared)


def test_of_lines_that_the_model_is_unsure_of_only_those_that_repeat_are_given_up(monkeypatch):
    unsure = 0.4

    def of_two_minds(base, pages, kept):
        return [replace(some, probability=np.full_like(some.probability, unsure))
                for some in score(base, pages, kept)]  # fmt: skip

    monkeypatch.setattr("cleaner.training.site.score", of_two_minds)
    pages = documents(range(12), form="text")
    correction = learned_from(pages, Bounds(loss=1)).correction
    written = {line for number in range(12) for line in page(number)[2].splitlines()[1:]}
    assert not written & set(correction.drops)
    assert PROMOTION in correction.drops
