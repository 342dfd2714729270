import json

import pytest
from click.testing import CliRunner

from cleaner.cli import main


def run(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture
def outputs(tmp_path, pages, sites):
    """Two runs, and a third that keeps what they drop."""
    for out in ("a", "b"):
        run(pages, tmp_path / out, "--verdicts", "--sites", sites)
        run(pages, tmp_path / f"{out}.jsonl", "--verdicts", "--sites", sites)
    run(pages, tmp_path / "c", "--verdicts", "--sites", sites, "--keep", "promotion")
    run(pages, tmp_path / "c.jsonl", "--verdicts", "--sites", sites, "--keep", "promotion")
    return tmp_path


@pytest.mark.parametrize("form", ["", ".jsonl"])
def test_the_same_twice(outputs, form):
    result = run("diff", outputs / f"a{form}", outputs / f"b{form}")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 lines changed on 0 of 3 pages" in result.stderr


@pytest.mark.parametrize("form", ["", ".jsonl"])
def test_what_changed_and_why(outputs, form):
    result = run("diff", outputs / f"a{form}", outputs / f"c{form}")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    assert "+ [drop template:lines.test/debris → keep policy:promotion] Debris of page" in lines[0]
    why = "drop template:lines.test/debris → keep policy:promotion"
    assert f"3 lines, 12 words: {why}" in result.stderr
    back = run("diff", outputs / f"c{form}", outputs / f"a{form}", "--json")
    first = json.loads(back.stdout.splitlines()[0])
    assert (first["before"]["keep"], first["after"]["keep"]) == (True, False)


def test_pages_that_are_in_one_only(outputs):
    (outputs / "c" / "a.verdicts.jsonl").unlink()
    result = run("diff", outputs / "c", outputs / "a", "-q")
    assert result.exit_code == 1 and result.stdout == ""
    assert "+ page a" in result.stderr


def test_an_output_without_verdicts(outputs, pages):
    result = run("diff", pages, outputs / "a")
    assert result.exit_code == 1
    assert "--verdicts" in result.stderr


def test_lines_that_only_one_output_has(tmp_path):
    def write(name, texts):
        lines = [
            {"text": t, "keep": True, "kind": "body", "probability": 1, "reason": "model:base"}
            for t in texts
        ]
        (tmp_path / name).write_text(json.dumps({"id": "p", "cleaner": {"lines": lines}}) + "\n")
        return tmp_path / name

    result = run("diff", write("a.jsonl", ["A", "B", "C"]), write("b.jsonl", ["A", "C", "D"]))
    assert result.stdout.splitlines() == [
        "p: - [keep model:base → no such line] B",
        "p: + [no such line → keep model:base] D",
    ]
