import pytest

from cleaner.model.site_features import line_keys
from cleaner.model.tokens import find_words
from cleaner.split.page import to_units


def keys(*texts):
    return line_keys(find_words(to_units(texts))).tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("49 users have voted.", "7 users have voted."),
        ("Monday, 5 March 2012", "Friday, 17 May 2024"),
        ("SHARE THIS", "Share this!"),
        ("15 января 2012", "3 мая 2013"),
    ],
)
def test_lines_that_differ_in_numbers_dates_case_and_marks_are_one(one, other):
    assert len(set(keys(one, other))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("49 users have voted.", "49 users have left."),
        ("one two", "two one"),
        ("***", "---"),
        ("a b", "a b b"),
    ],
)
def test_other_lines_are_others(one, other):
    assert len(set(keys(one, other))) == 2


def test_a_line_has_the_same_key_wherever_it_stands():
    assert keys("Read more", "x", "Read more")[0] == keys("y", "z", "w", "Read more")[3]
