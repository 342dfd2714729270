"""Templates written for one behaviour each, `cases/*.toml`; their examples are the tests."""

from pathlib import Path

import pytest

from cleaner.rules import check_examples, load_template

CASES = sorted((Path(__file__).parent / "cases").glob("*.toml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    template = load_template(path)
    assert template.examples
    assert check_examples(template) == []
