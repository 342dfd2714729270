import json

import numpy as np
import pytest

from cleaner.split import split
from cleaner.training.corpus import GoldPage
from cleaner.training.extracted import Left, read_left
from cleaner.training.residue import digest
from cleaner.training.views import View, conventions
from cleaner.types import CleanerError, Document

BODY = [
    "The ferry to the island runs twice a day from the first of May until late September.",
    "Tickets are sold on board, and bicycles travel free of charge on weekdays before noon.",
    "In winter the boat is laid up in the yard, where two carpenters go over every plank.",
]
HTML = (
    "<title>The island ferry</title><article>"
    + "".join(f"<p>{text}</p>" for text in BODY)
    + "<figure><figcaption>Hull number seven, freshly painted</figcaption></figure>"
    + "<div class='newsletter'><p>Sign up for our letter</p></div></article>"
)
TEXT = "\n".join(
    ["The island ferry", BODY[0], "Hull number seven, freshly painted", *BODY[1:], "May 3, 2021",
     "Sign up for our letter"]
)  # fmt: skip


def _view(known=None, title="The island ferry"):
    html, text = (source.replace("The island ferry", title) for source in (HTML, TEXT))
    page = split(Document(html, format="html"))
    gold = GoldPage(Document(html, id="a"), "\n".join(BODY), "x.org", "set")
    view = View(page, np.zeros(len(page), np.float32), np.ones(len(page), np.float32))
    left = Left({("set", "a"): [text]}, {("set", "a"): known or {}})
    (found,) = left.views(gold, view, conventions(page), np.random.default_rng(0))
    return dict(zip(found.page.texts, zip(found.labels, found.weights, strict=True), strict=True))


def test_lines_are_labelled_by_alignment_and_furniture_is_no_debris():
    lines = _view()
    assert all(lines[text][0] >= 0.6 and lines[text][1] > 1 for text in BODY)
    label, weight = lines["Sign up for our letter"]
    assert label == 0 and weight > 1
    assert lines["The island ferry"][0] >= 0.6
    assert lines["Hull number seven, freshly painted"][0] == 1
    assert lines["May 3, 2021"][1] == 0


def test_what_was_read_by_hand_overrules_alignment():
    lines = _view({digest("Sign up for our letter"): "unclear", digest("May 3, 2021"): "debris"})
    assert lines["Sign up for our letter"][1] == 0
    assert lines["May 3, 2021"][0] == 0 and lines["May 3, 2021"][1] > 0
    assert _view({digest(BODY[1]): "debris"})[BODY[1]][0] == 0  # golds hold debris now and then


def test_furniture_is_no_debris_and_its_titles_stay():
    title, letter = "Winter timetable", "Sign up for our letter"
    read = _view({digest(title): "furniture", digest(letter): "furniture"}, title)
    assert read[title][0] == 1
    assert read[title][1] > _view(title=title)[title][1] > 0
    assert read[letter][1] == 0


def test_a_record_without_its_fields_is_named(tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text(json.dumps({"set": "a", "page": "b"}) + "\n", "utf-8")
    with pytest.raises(CleanerError, match=r"texts\.jsonl:1"):
        read_left(path)
