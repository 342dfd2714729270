"""Figures and how they are compared."""

import numpy as np
import pytest

from cleaner.training.metrics import Segments, paired_difference, segment_f1


def test_a_steady_gain_is_told_from_chance():
    before = np.random.default_rng(0).random(60)
    gain = paired_difference(before.tolist(), (before + 0.02).tolist())
    assert gain.mean == pytest.approx(0.02)
    assert gain.interval[0] == pytest.approx(0.02)
    assert gain.p < 0.001


def test_noise_is_no_gain():
    rng = np.random.default_rng(1)
    before = rng.random(200)
    after = before + rng.normal(0, 0.1, 200)
    gain = paired_difference(before.tolist(), after.tolist())
    assert gain.interval[0] < 0 < gain.interval[1]
    assert gain.p > 0.05


def test_segments_are_counted_over_all_pages():
    counts = [Segments(2, 1, 1, 0), Segments(1, 1, 3, 1), Segments(0, 0, 0, 0)]
    assert segment_f1(counts) == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert segment_f1(counts[2:]) is None
