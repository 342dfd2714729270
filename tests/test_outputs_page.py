"""What docs/outputs.md shows is true."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cleaner.cli import main

PAGE = (Path(__file__).parents[1] / "docs" / "outputs.md").read_text("utf-8")


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_python_blocks_run(code, capsys):
    exec(compile(code, "outputs.md", "exec"), {})
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("command", re.findall(r"^\$ clean ([^#\n]+)", PAGE, re.MULTILINE))
def test_options_exist(command):
    words = shlex.split(command)
    name = words[0] if words[0] == "config" else "run"
    help_text = CliRunner().invoke(main, [name, "--help"]).output
    help_text += CliRunner().invoke(main, ["explain", "--help"]).output
    for option in (word for word in words if word.startswith("--")):
        assert re.search(rf"(?:^|[\s,]){re.escape(option)}\b", help_text), option


def test_settings_are_taken(tmp_path, monkeypatch):
    [settings] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "templates").mkdir()
    (tmp_path / "cleaner.toml").write_text(settings, "utf-8")
    shown = CliRunner().invoke(main, ["config"])
    assert shown.exit_code == 0
    for line in ('format = "md"', "jobs = 4", 'front = "trafilatura"', 'keep = ["byline"]'):
        assert line in shown.stdout


@pytest.mark.parametrize("shell", re.findall(r"_CLEAN_COMPLETE=(\w+)_source", PAGE))
def test_shells_complete(shell):
    """A shell asks for the script first, and then for what may follow."""
    words = {"COMP_WORDS": "clean run --fr", "COMP_CWORD": "--fr" if shell == "fish" else "2"}
    for asked, settings in (("source", {}), ("complete", words)):
        done = subprocess.run(
            [sys.executable, "-c", "from cleaner.cli import main; main(prog_name='clean')"],
            env={**os.environ, **settings, "_CLEAN_COMPLETE": f"{shell}_{asked}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ("_CLEAN_COMPLETE" if asked == "source" else "--front") in done.stdout, done.stderr
