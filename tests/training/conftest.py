"""What several tests look at: a labelled page, and few phrases to train on."""

import numpy as np
import pytest

from cleaner.split import split
from cleaner.training import train
from cleaner.training.align import align
from cleaner.training.phrases import load_phrases
from cleaner.training.views import View
from cleaner.types import Document
from tests.training.pages import corpus


@pytest.fixture
def view():
    """One page of the made-up corpus, all its lines of one weight."""
    record = corpus(1, 1)[0]
    page = split(Document(record["html"]))
    labels, _ = align(page.texts, record["gold"])
    return View(page, labels, np.ones(len(page), dtype=np.float32))


@pytest.fixture(scope="module")
def english():
    """Train with the English phrases alone: those of all languages take twice the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "load_phrases", lambda: {"en": load_phrases()["en"]})
        yield
