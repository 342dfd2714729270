import numpy as np

from cleaner.model.batch import make_batch
from cleaner.model.topic import STEM_BITS, stem_hashes, topic_columns
from cleaner.split.text import split_text

ARTICLE = """The harbour bridge closes for repairs
Engineers found cracks in the bridge over the harbour last week, the council said on Monday.
The bridge will stay closed until engineers have replaced two girders, and ferries run instead.
Pumpkin festival draws record crowd
Ferries across the harbour leave every ten minutes, and the council pays for the crossing."""
OTHER = "One line\nAnother line of this page, which is about nothing at all that matters here.\nEnd"


def _columns(*texts):
    batch = make_batch([split_text(text) for text in texts])
    zeros = np.ones(len(batch), dtype=np.float32)
    weights = np.ones(1 << STEM_BITS, dtype=np.float32)
    return topic_columns(batch, stem_hashes(batch.words), zeros, zeros, weights)


def test_a_teaser_shares_less_with_its_page_than_the_lines_around_it():
    seen = _columns(ARTICLE)["topic seen"]
    assert seen[3] < min(seen[1], seen[2], seen[4])


def test_columns_do_not_depend_on_the_batch():
    alone, together = _columns(ARTICLE), _columns(OTHER, ARTICLE, OTHER)
    for name, column in alone.items():
        np.testing.assert_allclose(together[name][3:8], column, err_msg=name, rtol=1e-6)


def test_inflected_forms_and_pairs_of_ideographs_meet():
    batch = make_batch([split_text("реставрация реставрацию мост\n历史 历史")])
    stems = stem_hashes(batch.words)
    assert stems[0] == stems[1] != stems[2]
    assert stems[3] == stems[5]
