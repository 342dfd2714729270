"""What the README shows is true."""

import ast
import importlib.util
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from cleaner.cli import COMMANDS as NAMES
from cleaner.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
EXPLAINED = re.search(r"\$ clean (explain fixtures\S+)\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^\$ clean ([^#\n]+)", README, re.MULTILINE)


@pytest.mark.parametrize("code", PYTHON)
def test_python_blocks_run(code, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out


def test_the_explained_page_comes_out_as_shown(monkeypatch):
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(main, shlex.split(EXPLAINED[1]))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    at = 0
    for shown in EXPLAINED[2].splitlines():
        if shown == "…":
            continue
        verdict, kind, probability, reason, text = shown.split(maxsplit=4)
        text = text.removesuffix("…").strip()
        while text not in lines[at]:
            at += 1
        assert lines[at].split()[:2] == [verdict, kind]
        assert float(lines[at].split()[2]) == pytest.approx(float(probability), abs=0.02)
        assert lines[at].split()[3] == reason


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_and_their_options_exist(command):
    words = shlex.split(command)
    name = words[0] if words[0] in NAMES else "run"
    help_text = CliRunner().invoke(main, [name, "--help"]).output
    for option in (word for word in words if re.match(r"--?[a-z]", word)):
        assert re.search(rf"(?:^|[\s,]){re.escape(option)}\b", help_text), option


def test_every_command_is_documented():
    listed = CliRunner().invoke(main, ["--help"]).output.split("Commands:")[1]
    for name in re.findall(r"^  (\w+) ", listed, re.MULTILINE):
        assert name == "run" or f"clean {name}" in README


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("benchmarks/**/*.py")), ids=lambda path: path.stem
)
def test_what_benchmarks_import_of_the_program_is_there(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cleaner":
            module = importlib.import_module(node.module)
            for name in node.names:
                is_there = hasattr(module, name.name) or importlib.util.find_spec(
                    f"{node.module}.{name.name}"
                )
                assert is_there, f"{path.name}:{node.lineno}: {node.module}.{name.name}"
