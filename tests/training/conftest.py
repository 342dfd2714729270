"""A labelled page that several tests look at."""

import numpy as np
import pytest

from cleaner.split import split
from cleaner.training.align import align
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
