"""What docs/templates.md shows works as it is written."""

import re
from pathlib import Path

import pytest

from cleaner.rules import check_examples, load_template
from cleaner.types import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_worked_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "my-templates"
    folder.mkdir()
    path = folder / "gazette.example.toml"
    path.write_text(block("toml"), encoding="utf-8")
    assert check_examples(load_template(path)) == []

    monkeypatch.chdir(tmp_path)
    exec(compile(block("python"), "docs/templates.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == [
        "Work begins in May. | ",
        "Follow this topic | template:gazette.example/alert",
        "More from the Gazette | template:gazette.example/more",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_named(kind: str) -> None:
    assert f"`{kind}`" in PAGE
