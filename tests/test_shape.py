"""What is said of values that have another form than expected."""

import pytest

from cleaner.shape import misfit

SHAPE = {
    "name": str,
    "share": float,
    "url": (str, type(None)),
    "pair": [str, int],
    "counts": {str: [int]},
}
GOOD = {"name": "a", "share": 1, "url": None, "pair": ["b", 2], "counts": {"x": [], "y": [1, 2]}}


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, ""),
        ({"more": 1, "url": "u", "share": 0.5}, ""),
        ({"name": 1}, "name: expected a text, found a whole number"),
        ({"share": True}, "share: expected a number, found true or false"),
        ({"url": []}, "url: expected a text, found a list"),
        ({"pair": ["b"]}, "pair has 1 parts, expected 2"),
        ({"pair": ["b", 2.0]}, "pair[1]: expected a whole number, found a number"),
        ({"counts": {"x": [1, "2"]}}, "counts.x[1]: expected a whole number, found a text"),
        ({"counts": None}, "counts: expected an object, found null"),
    ],
)
def test_the_place_and_what_was_expected_are_named(changed, wrong):
    assert misfit(GOOD | changed, SHAPE) == wrong


def test_what_is_missing_is_named():
    assert misfit({"name": "a", "share": 1}, SHAPE) == "it has no url, pair, counts"
    assert misfit([], SHAPE) == "expected an object"
