"""Gold text to labels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cleaner.training.align import align


def test_lines_of_the_gold_are_body_and_others_are_not():
    shares, found = align(
        ["Home News", "The bridge opened on Monday.", "Share", "Nobody fell in."],
        "The bridge opened on Monday.\nNobody fell in.",
    )
    assert shares.tolist() == [0, 1, 0, 1]
    assert found == 1


def test_a_repeated_line_counts_once_and_in_its_place():
    lines = ["News", "Alpha beta gamma.", "News", "Delta."]
    shares, _ = align(lines, "Alpha beta gamma. News Delta.")
    assert shares.tolist() == [0, 1, 1, 1]


def test_a_line_without_words_has_no_share():
    shares, _ = align(["***", "word"], "word")
    assert np.isnan(shares[0])
    assert shares[1] == 1


@given(st.lists(st.text(max_size=30), max_size=8), st.text(max_size=60))
def test_shares_are_shares(lines, gold):
    shares, found = align(lines, gold)
    assert len(shares) == len(lines)
    assert 0 <= found <= 1
    assert ((np.isnan(shares)) | ((shares >= 0) & (shares <= 1))).all()
