"""`clean drift`: what changed on sites between two runs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from cleaner.cli.options import usage_errors
from cleaner.cli.terminal import printable, say


@click.command()
@click.argument("before", type=click.Path(exists=True, path_type=Path))
@click.argument("after", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write what was found as JSON.")
@click.pass_context
def drift(ctx: click.Context, before: Path, after: Path, as_json: bool) -> None:
    """Compare two runs: sites whose losses moved, rules that fell silent, lines that repeat.

    BEFORE and AFTER are folders that `clean` wrote to, or report files. Sites with fewer than 8
    pages in either are passed over. Exit code 1 if anything is found, for use in a schedule.
    """
    from cleaner.drift import compared, find_drift
    from cleaner.report import read_report

    with usage_errors():
        old, new = read_report(before), read_report(after)
    found = find_drift(old, new)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False))
    else:
        for each in found:
            click.echo(printable(str(each)))
        say(f"{len(found)} changes found on {len(compared(old, new))} sites with pages enough")
    ctx.exit(int(bool(found)))
