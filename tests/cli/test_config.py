"""Defaults from a file, and what is in force."""

import json

import pytest
from click.testing import CliRunner

from cleaner.cli import main
from cleaner.cli.config import find

TEXT = "The harbour froze in January, and ships waited outside for weeks. The town lived on.\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    (tmp_path / "work" / "page.txt").write_text(TEXT, "utf-8")
    return tmp_path / "work"


def clean(*arguments):
    return CliRunner().invoke(main, list(arguments))


def in_force(*arguments):
    """Options by name: what they are set to, and where."""
    result = clean("config", *arguments)
    assert result.exit_code == 0, result.stderr
    lines = [line.rsplit("  # ", 1) for line in result.stdout.splitlines()[1:]]
    return {left.lstrip("# ").split(" =")[0]: (left.split("= ")[-1].strip(), at)
            for left, at in lines}  # fmt: skip


def test_nothing_is_set(here):
    assert in_force()["threshold"] == ("", "default")
    assert in_force()["html-field"] == ('"html"', "default")


def test_a_file_sets_defaults_and_the_command_line_overrides_them(here):
    (here / "cleaner.toml").write_text("# ours\nthreshold = 1\n", "utf-8")
    assert "1 emptied" in clean("page.txt", "out.txt").stderr
    assert "1 unchanged" in clean("page.txt", "out.txt", "--threshold", "0").stderr
    assert in_force()["threshold"] == ("1.0", f"{here / 'cleaner.toml'}:2")
    assert in_force("--threshold", "0.2")["threshold"] == ("0.2", "command line")


def test_tables_are_for_one_command(here):
    settings = 'keep = ["byline"]\n[run]\nkeep = ["caption"]\nno_templates = true\n'
    (here / "cleaner.toml").write_text(settings, "utf-8")
    assert in_force()["keep"] == ('["caption"]', f"{here / 'cleaner.toml'}:3")
    assert in_force()["no-templates"] == ("true", f"{here / 'cleaner.toml'}:4")
    assert in_force("explain")["keep"] == ('["byline"]', f"{here / 'cleaner.toml'}:1")


def test_commands_of_commands_have_defaults_too(here):
    (here / "ftr").mkdir()
    (here / "ftr" / "example.com.txt").write_text("body: //article\nnonsense: 1\n", "utf-8")
    settings = 'verbose = true\n[sites.import]\nout = "rules"\n[labels.export]\ngold = true\n'
    (here / "cleaner.toml").write_text(settings, "utf-8")
    assert "example.com.txt:2: nonsense" in clean("sites", "import", "ftr").stderr
    assert [path.name for path in (here / "rules").iterdir()] == ["ftr.example.com.toml"]
    assert in_force("sites", "import", "ftr", "--out", "a") == {
        "out": ('"a"', "command line"),
        "verbose": ("true", f"{here / 'cleaner.toml'}:1"),
    }
    assert in_force("labels", "export")["gold"] == ("true", f"{here / 'cleaner.toml'}:5")
    assert clean("page.txt", "-").stdout == TEXT


def test_what_is_printed_may_be_saved(here):
    (here / "cleaner.toml").write_text('keep = ["byline"]\nfront = "trafilatura"\n', "utf-8")
    before = in_force()
    (here / "cleaner.toml").write_text(clean("config").stdout, "utf-8")
    assert {key: value for key, (value, _) in in_force().items()} == {
        key: value for key, (value, _) in before.items()
    }


def test_the_nearest_file_holds(here):
    project = "[tool.other]\nthreshold = 2\n\n[tool.cleaner]\nthreshold = 0.3\n"
    (here.parent / "pyproject.toml").write_text(project, "utf-8")
    assert in_force()["threshold"] == ("0.3", f"{here.parent / 'pyproject.toml'}:5")
    (here / "pyproject.toml").write_text("[project]\nname = 'x'\n", "utf-8")
    assert find(here) == here.parent / "pyproject.toml"
    (here / "cleaner.toml").write_text("", "utf-8")
    assert in_force()["threshold"] == ("", "default")


def test_a_file_is_named(here):
    (here / "cleaner.toml").write_text("nonsense", "utf-8")
    (here / "other.toml").write_text("threshold = 0.5", "utf-8")
    result = clean("--config", "other.toml", "config")
    assert "threshold = 0.5" in result.stdout
    assert clean("--config=other.toml", "page.txt", "-").stdout == TEXT


def test_paths_are_relative_to_the_file(here):
    (here.parent / "templates").mkdir()
    (here.parent / "cleaner.toml").write_text('sites = "templates"', "utf-8")
    assert in_force()["sites"][0] == json.dumps(str(here.parent / "templates"))


@pytest.mark.parametrize(
    "settings, message",
    [
        ("\nthresold = 0.4", "cleaner.toml:2: no command has an option 'thresold'; did you mean"),
        ("[run]\nfile = 1", "cleaner.toml:2: `clean run` has no option 'file'"),
        ("[runn]\njobs = 1", r"[runn] is no command; did you mean 'run'?"),
        ("[labels]\ngold = true", "cleaner.toml:2: `clean labels` has no option 'gold'"),
        (
            "[labels.export]\ngolf = true",
            "`clean labels export` has no option 'golf'",
        ),
        ("[labels.exprt]\ngold = true", "[labels.exprt] is no command; did you mean 'export'?"),
        ("[labels.export]\ngold = 1", "cleaner.toml:2: gold = 1: expected true or false"),
        ("threshold = 3", "cleaner.toml:1: threshold = 3: 3.0 is not in the range"),
        ("threshold = 'x'", "threshold = \"x\": 'x' is not a valid float"),
        ("keep = 'byline'", "expected a list"),
        ("keep = ['bylin']", "'bylin' is not one of"),
        ("force = 'no'", "expected true or false"),
        ("sites = 'nowhere'", "does not exist"),
        ("jobs =", "not TOML"),
        ("site = 2026-01-02", 'cleaner.toml:1: site = "2026-01-02": expected a string'),
        ("[run]\nsite = {a = 1}", 'cleaner.toml:2: site = {"a": 1}: expected a string'),
        ("site = ['a']", 'cleaner.toml:1: site = ["a"]: expected a string'),
        ("keep = [['byline']]", "expected a string"),
        ("timeout = nan", "expected a number"),
        ("threshold = nan", "expected a number"),
        (f"site = {'[' * 5000}", "not TOML"),
    ],
)
def test_mistakes_are_told_with_their_place(here, settings, message):
    (here / "cleaner.toml").write_text(settings, "utf-8")
    command = ["labels", "stats", "page.txt"] if "[labels" in settings else ["page.txt", "-"]
    result = clean(*command)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not result.stdout


@pytest.mark.parametrize(
    "shared", ["tool = 1 # tool.cleaner", "[tool]\ncleaner = 3 # tool.cleaner"]
)
def test_a_table_that_is_none_is_told(here, shared):
    (here / "pyproject.toml").write_text(shared, "utf-8")
    result = clean("run", "page.txt", "-")
    assert result.exit_code == 2 and "expected a table" in result.stderr


def test_a_byte_order_mark_is_no_setting(here):
    (here / "cleaner.toml").write_text("\ufeffthreshold = 3", "utf-8")
    assert "cleaner.toml:1: threshold = 3: 3.0 is not in" in clean("run", "page.txt", "-").stderr


def test_options_of_other_commands_are_no_mistake(here):
    (here / "cleaner.toml").write_text("jobs = 2\nurl = 'https://a.example'", "utf-8")
    assert clean("explain", "page.txt").exit_code == 0


def test_messages_as_json(here):
    (here / "bad.txt").write_bytes(b"\0\1\2\0\0\0")
    result = clean(".", "out/../../out", "--log-format", "json")
    assert result.exit_code == 1
    failure, summary = map(json.loads, result.stderr.splitlines())
    assert (failure["level"], failure["shard"], failure["stage"]) == ("error", "bad.txt", "read")
    assert (summary["level"], summary["failed"], summary["unchanged"]) == ("info", 1, 1)
    assert summary["time"].startswith("20")


def test_mistakes_as_json(here):
    result = clean("page.txt", "-", "--log-format", "json", "--model", "none")
    assert result.exit_code == 2
    [said] = map(json.loads, result.stderr.splitlines())
    assert said["level"] == "error"
    assert "no folder with a model" in said["message"]


def test_an_option_of_two_names_is_shown_once(here):
    (here / "cleaner.toml").write_text("scheduler = 'tcp://a.example:1'\nmax_page = '1M'", "utf-8")
    shown = in_force()
    assert shown["address"] == ('"tcp://a.example:1"', f"{here / 'cleaner.toml'}:1")
    assert shown["max-page"] == (str(1 << 20), f"{here / 'cleaner.toml'}:2")
    assert "scheduler" not in shown
