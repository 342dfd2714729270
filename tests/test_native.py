"""Compiled loops do what numpy does, to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array

from cleaner import native

sums = native.load("sums")
needs_sums = pytest.mark.skipif(sums is None, reason="the package was built without a C compiler")


@needs_sums
@given(seed=st.integers(0, 999), entries=st.integers(0, 200), columns=st.integers(1, 5))
def test_sums_are_those_of_a_sparse_product(seed, entries, columns):
    random = np.random.default_rng(seed)
    rows = random.integers(0, 20, entries)
    at = random.integers(0, 64, entries).astype(np.int32)
    tables = random.normal(size=(64, columns)).astype(np.float32)
    product = coo_array((np.ones(entries, np.float32), (rows, at)), shape=(20, 64)) @ tables
    assert sums.sum_rows(rows, at, tables, 20) == pytest.approx(product, abs=1e-5)


def test_compiled_modules_can_be_switched_off(monkeypatch):
    monkeypatch.setenv("CLEANER_PURE", "1")
    assert native.load("sums") is None
