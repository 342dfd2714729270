from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.learn import sketch as module
from cleaner.learn.collect import Collector, day_of
from cleaner.learn.sketch import SiteSketch, file_name, load_sketch
from cleaner.types import CleanerError, Document
from tests.learn.pages import SITE, documents, page


def collected(pages):
    collector = Collector()
    for document in pages:
        assert collector.add(document)
    [sketch] = collector.finish()
    return sketch


def counts(sketch):
    return dict(zip(sketch.keys.tolist(), sketch.counts.tolist(), strict=True))


PAGES = st.lists(st.sets(st.integers(1, 60), min_size=1, max_size=12), min_size=1, max_size=60)


def add_all(sketch, pages, start=0):
    for number, keys in enumerate(pages, start):
        sketch.add(number, np.array(sorted(keys), dtype=np.uint64), number, number % 9)
        if number % 7 == 0:
            sketch.settle()
    sketch.settle()
    return sketch


@pytest.fixture
def few_counters(monkeypatch):
    monkeypatch.setattr(module, "COUNTERS", 8)


@settings(max_examples=150, deadline=None)
@given(pages=PAGES, at=st.integers(0, 60))
def test_no_count_is_too_high_nor_too_low_by_more_than_is_said(pages, at):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "COUNTERS", 8)
        one = add_all(SiteSketch("a"), pages[:at])
        other = add_all(SiteSketch("a"), pages[at:], start=len(pages[:at]))
        one.merge(other)
    true = Counter(key for keys in pages for key in keys)
    found = counts(one)
    assert len(found) <= 16
    for key, count in true.items():
        assert count - one.missed <= found.get(key, 0) <= count
    # The bound of Misra and Gries: what is missed is paid for by that many other counters.
    assert one.missed * 8 <= sum(true.values())


def test_shards_joined_are_the_whole():
    whole = collected(documents(range(60)))
    shards = [collected(documents(range(0, 60, 2))), collected(documents(range(1, 60, 2)))]
    shards[0].merge(shards[1])
    assert counts(shards[0]) == counts(whole)
    assert shards[0].sample == whole.sample
    assert (shards[0].pages, len(whole.sample)) == (60, module.SAMPLE_PAGES)


def test_the_order_of_pages_does_not_matter():
    one, other = collected(documents(range(60))), collected(documents(reversed(range(60))))
    assert counts(one) == counts(other)
    assert one.sample == other.sample


def test_twins_count_once():
    _, text, _ = page(3)
    twins = [
        Document(text.replace("Home", "Start"), url=f"https://{SITE}/{n}", format="text")
        for n in range(5)
    ]
    sketch = collected([*documents(range(3)), *twins])
    assert (sketch.pages, sketch.twins) == (4, 4)


def test_a_sketch_comes_back_as_it_was_saved(tmp_path):
    sketch = collected(documents(range(50)))
    sketch.save(tmp_path)
    again = load_sketch(tmp_path / f"{SITE}.npz")
    assert counts(again) == counts(sketch)
    assert (again.sample, again.seen, again.pages) == (sketch.sample, sketch.seen, sketch.pages)
    assert again.first.tolist() == sketch.first.tolist()


@pytest.mark.parametrize("damage", [b"", b"x" * 100, b"PK\x03\x04 no archive", b"\x80\x04N."])
def test_a_file_that_is_no_sketch_is_named(tmp_path, damage):
    path = tmp_path / "a.npz"
    path.write_bytes(damage)
    with pytest.raises(CleanerError, match=r"a\.npz: no sketch of a site"):
        load_sketch(path)


def test_pages_go_to_the_host_of_their_url_or_the_site_that_is_named():
    collector = Collector()
    one = Document("One line here\nTwo", url="https://www.a.example/1", format="text")
    assert collector.add(one)
    assert collector.add(Document("Three lines\nFour", format="text"), site="b.example")
    assert not collector.add(Document("Nobody's page", format="text"))
    assert [sketch.site for sketch in collector.finish()] == ["a.example", "b.example"]


@pytest.mark.parametrize(
    ("document", "day"),
    [
        (Document("", fields={"date": "1970-01-11T08:00:00Z"}), 10),
        (Document("", fields={"date": 5}, url="https://a.example/1970/2/1/x"), 31),
        (Document("", url="https://a.example/19700103.html"), 2),
        (Document("", url="https://a.example/1970/11/11/x"), 314),
        (Document("", url="https://a.example/2012/02/31/"), None),
        (Document("", url="https://a.example/story-20240"), None),
    ],
)
def test_days(document, day):
    assert day_of(document) == day


def test_file_names_are_safe_and_differ():
    names = [file_name(site) for site in ("a.example", "../a.example", "a/b", "A.example", "ü", "")]
    assert len(set(names)) == len(names)
    assert all("/" not in name and not name.startswith(".") for name in names)
