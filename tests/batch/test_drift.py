"""A run into the same place says what changed on sites since the run before."""

import json

from click.testing import CliRunner

from cleaner.cli import main

STORY = "The harbour froze in January, and ships waited outside for weeks while the ice grew."


def pages(tmp_path, *, promoted):
    path = tmp_path / "in.jsonl"
    lines = []
    for number in range(40):
        text = f"<p>{STORY} It was winter number {number}.</p>"
        if promoted:
            text += "<p>The town council meets on every first Monday in the old hall.</p>"
        record = {"id": str(number), "url": f"https://a.example/{number}", "html": text}
        lines.append(json.dumps(record))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_a_line_that_newly_repeats_is_told_at_the_next_run(tmp_path):
    out = tmp_path / "out.jsonl"
    first = CliRunner().invoke(main, [str(pages(tmp_path, promoted=False)), str(out)])
    assert first.exit_code == 0, first.output
    assert "Changed since" not in first.output
    second = CliRunner().invoke(main, [str(pages(tmp_path, promoted=True)), str(out)])
    assert second.exit_code == 0, second.output
    assert "Changed since the last run: a.example: 'The town council meets" in second.output
    report = json.loads((tmp_path / ".out.jsonl.clean" / "report.json").read_text("utf-8"))
    assert len(report["drift"]) == 1
    third = CliRunner().invoke(main, [str(pages(tmp_path, promoted=True)), str(out), "--force"])
    assert "Changed since" not in third.output
