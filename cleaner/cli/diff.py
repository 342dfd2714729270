"""`clean diff`: which lines two runs judge differently."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cleaner.cli.options import usage_errors
from cleaner.cli.terminal import printable, say, stdout


@click.command()
@click.argument("before", metavar="OUT_A", type=click.Path(exists=True, path_type=Path))
@click.argument("after", metavar="OUT_B", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a changed line.")
@click.option("-q", "--quiet", is_flag=True, help="Write the counts only.")
@click.pass_context
def diff(ctx: click.Context, before: Path, after: Path, as_json: bool, quiet: bool) -> None:
    """Show which lines are kept in one output and dropped in the other, and by which reason.

    OUT_A and OUT_B are outputs that were written with --verdicts: folders, or JSONL files. Of
    each changed line the page, the old and the new verdict with its reason, and the text are
    written; - is a line that goes, + one that comes back. Counts by reason are on standard
    error.

    Exit codes: 0 nothing changed, 1 something did, 2 wrong usage.
    """
    from cleaner.io import jsonl
    from cleaner.review.compare import compare

    with usage_errors():
        found = compare(before, after)
    if not quiet:
        for change in found.changed:
            if as_json:
                stdout().write(jsonl.line(asdict(change)))
                continue
            sign = "+" if change.after is not None and change.after.keep else "-"
            shown = f"{change.page}: {sign} [{change.reasons}] {change.text}"
            click.echo(printable(shown))
    for sign, pages in (("-", found.only_before), ("+", found.only_after)):
        for page in () if quiet else pages:
            say(f"{sign} page {page}")
        if quiet and pages:
            say(f"{sign} {len(pages)} pages")
    for reason, (lines, words) in found.reasons.items():
        say(f"{lines} lines, {words} words: {reason}")
    pages_changed = len({change.page for change in found.changed})
    say(f"{len(found.changed)} lines changed on {pages_changed} of {found.pages} pages")
    ctx.exit(int(not found.is_same))
