"""Other extractors take the text, ours cleans what they leave."""

import builtins
import pickle
from pathlib import Path

import pytest
from click.testing import CliRunner

from cleaner import Cleaner, CleanerError, Document
from cleaner.cli import main
from cleaner.cli.options import FRONTS as OFFERED
from cleaner.fronts import FRONTS, extractor, through

PAGE = Path(__file__).parents[1] / "fixtures" / "pages" / "news_wordpress_en.html"
PACKAGES = {"readability": "readability", "resiliparse": "resiliparse"}


def front(name):
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name])
    return name


def test_the_command_offers_all_there_are():
    assert OFFERED == FRONTS


@pytest.mark.parametrize("name", FRONTS)
def test_what_it_left_is_cleaned(name):
    document = Document(PAGE.read_bytes(), id="a", url="https://news.example/a")
    cleaner = pickle.loads(pickle.dumps(Cleaner(front=front(name))))
    cleaned = cleaner.clean(document)
    assert cleaned.format == "text"
    assert cleaned.document is document
    assert cleaned.title.startswith("Ferry that nobody wanted")
    left = through(document, name)
    lines = [line.strip() for line in left.content.splitlines() if line.strip()]
    assert [line.text for line in cleaned.lines] == lines
    assert "Saint Ronan" in cleaned.text
    assert "cookies" not in cleaned.text.lower()


@pytest.mark.parametrize("name", FRONTS)
@pytest.mark.parametrize("html", ["", "<html></html>", "<p>", "<<>>", "<p>\0\ud800</p>" * 3])
def test_odd_pages_leave_little(name, html):
    cleaned = Cleaner(front=front(name)).clean(Document(html, format="html"))
    assert not cleaned.text.strip("\ufffd ?\0<>")


def test_a_plain_text_has_been_through_one_already():
    document = Document("One line of a text.\n\nAnother one.", format="text")
    assert through(document, "trafilatura") is document


def test_a_front_that_is_none():
    with pytest.raises(CleanerError, match="the fronts are trafilatura"):
        Cleaner(front="goose")


def test_a_front_that_is_missing(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("resiliparse"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    extractor.cache_clear()
    with pytest.raises(CleanerError, match=r"pip install 'pagecleaner\[resiliparse\]'"):
        extractor("resiliparse")


def test_in_one_command(tmp_path):
    (tmp_path / "empty.html").write_text("<html></html>")
    result = CliRunner().invoke(main, [str(PAGE), "-", "--front", "trafilatura"])
    assert result.exit_code == 0
    assert "ferry" in result.stdout
    quiet = [str(tmp_path), str(tmp_path / "out.jsonl"), "--front", "trafilatura", "--quiet"]
    assert CliRunner().invoke(main, quiet).stderr == ""
