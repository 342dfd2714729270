"""The adapters for other pipelines: the documented examples run, and no page ends a batch."""

import importlib.util
import inspect
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from cleaner import Cleaner, CleanerError, clean
from cleaner.integrations.columns import CleanColumns
from cleaner.integrations.sklearn import PageCleaner
from cleaner.integrations.texts import clean_texts

ROOT = Path(__file__).parent.parent
DOCUMENTED = re.findall(
    r"^## ([^\n]+)\n.*?```python\n(.*?)```",
    (ROOT / "docs" / "integrations.md").read_text("utf-8"),
    re.DOTALL | re.MULTILINE,
)
LIBRARIES = {
    "pandas": "pandas",
    "polars": "polars",
    "Hugging Face datasets": "datasets",
    "Ray Data": "ray",
    "Spark": "pyspark",
    "datatrove": "datatrove",
    "scikit-learn": "sklearn",
    "Scrapy": "scrapy",
    "LangChain": "langchain_core",
    "LlamaIndex": "llama_index",
}
STORY = "<p>The harbour froze in January, and ships waited outside for weeks.</p>"
TEXT = "The harbour froze in January, and ships waited outside for weeks."


@pytest.mark.parametrize(("name", "code"), DOCUMENTED, ids=[name for name, _ in DOCUMENTED])
def test_the_documented_example_runs(name, code, tmp_path):
    library = LIBRARIES[name]
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    script = tmp_path / "example.py"
    script.write_text(code, "utf-8")
    ran = subprocess.run(
        [sys.executable, str(script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert ran.stdout.strip()


def test_every_adapter_is_documented():
    assert {name for name, _ in DOCUMENTED} == set(LIBRARIES)


def test_texts_come_in_order_and_what_is_missing_stays_missing():
    texts = clean_texts([STORY, None, float("nan"), STORY.encode(), ""])
    assert texts == [TEXT, None, None, TEXT, ""]


def test_a_page_that_fails_is_logged_and_the_others_are_cleaned(monkeypatch, caplog):
    def clean_many(self, documents, through=Cleaner.clean_many):
        documents = list(documents)
        if any(document.url == "https://bad.example/" for document in documents):
            raise ValueError("boom")
        return through(self, documents)

    monkeypatch.setattr(Cleaner, "clean_many", clean_many)
    urls = [None, "https://bad.example/", None]
    assert clean_texts([STORY] * 3, urls) == [TEXT, None, TEXT]
    assert "https://bad.example/" in caplog.text


def test_columns_are_carried_through_and_arrays_stay_arrays():
    add = pickle.loads(pickle.dumps(CleanColumns(keep=["byline"])))
    batch = {"html": [STORY], "id": ["1"]}
    assert add(batch) == {**batch, "text": [TEXT]}
    arrays = add({"html": np.array([STORY, None], dtype=object)})
    assert arrays["text"].tolist() == [TEXT, None]


def test_one_page_is_not_taken_for_many():
    row = {"html": STORY, "url": "https://x.example/"}
    for call in (lambda: CleanColumns()(row), lambda: CleanColumns(url="")(row)):
        with pytest.raises(ValueError, match="not one page"):
            call()
    with pytest.raises(ValueError, match="a URL for each of 2 pages, not 1"):
        clean_texts([STORY, STORY], [None])


def test_an_argument_that_nodes_do_not_take_is_refused():
    pytest.importorskip("llama_index.core")
    from cleaner.integrations.llama_index import CleanNodes

    with pytest.raises(ValueError, match="keep"):
        CleanNodes(keep=["byline"])
    nodes = CleanNodes(options={"keep": ["byline"]})
    assert CleanNodes.from_dict(nodes.to_dict()) == nodes
    assert CleanNodes.model_validate(nodes.model_dump()) == nodes


def test_the_url_chooses_the_template():
    page = (ROOT / "fixtures" / "texts" / "residue_drupal_votes_en.txt").read_text("utf-8")
    assert clean_texts([page], ["https://x.example/"]) == [clean(page).text]


def test_the_transformer_can_be_cloned_and_refuses_a_mistake():
    transformer = clone(PageCleaner(keep=("byline",)))
    assert transformer.fit_transform([STORY]).tolist() == [TEXT]
    assert transformer.transform([STORY]).shape == (1,)
    with pytest.raises(CleanerError, match="no kind 'title'"):
        PageCleaner(keep=("title",)).fit([STORY])


def test_the_transformer_takes_what_a_cleaner_takes():
    names = set(inspect.signature(Cleaner).parameters)
    assert set(PageCleaner().get_params()) == names
    transformer = clone(PageCleaner(usual={"a.example": 0.5}, on_suspicion="keep"))
    assert transformer.fit_transform([STORY]).tolist() == [TEXT]
    with pytest.raises(CleanerError, match="no such folder"):
        PageCleaner(models="nowhere").fit([STORY])


def test_one_column_of_a_table_is_pages_and_several_are_refused(caplog):
    one = np.array([[STORY], [STORY]], dtype=object)
    assert PageCleaner().transform(one).tolist() == [TEXT, TEXT]
    for pages in (np.array([[STORY, "x"]], dtype=object), STORY):
        with pytest.raises(ValueError, match="expected"):
            PageCleaner().transform(pages)
    pandas = pytest.importorskip("pandas")
    assert PageCleaner().transform(pandas.DataFrame({"html": [STORY] * 2})).tolist() == [TEXT] * 2


def test_what_is_no_page_is_told_and_bytes_of_any_kind_are_pages(caplog):
    raw = STORY.encode()
    texts = clean_texts([bytearray(raw), memoryview(raw), None, float("nan"), 5, [STORY]])
    assert texts == [TEXT, TEXT, None, None, None, None]
    assert [record.args for record in caplog.records] == [("int",), ("list",)]
