"""`clean review`: a page in the browser to look at verdicts, correct them and retrain."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from cleaner.cli.options import cleaning, cleaning_options, usage_errors
from cleaner.cli.terminal import say


@click.command()
@click.argument("in_", metavar="IN", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--labels",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The JSONL file that corrections are appended to; made if it is not there.",
)
@click.option(
    "--pages",
    type=click.Path(exists=True, path_type=Path),
    help="Where the pages came from, if IN is the output of a run with --verdicts.",
)
@click.option("--flagged", is_flag=True, help="Of such a run, show the flagged pages only.")
@click.option("--by", metavar="NAME", help="Who labels [default: the user's name].")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="0 for any free one.")
@click.option("--open/--no-open", "opens", default=True, help="Open the page in a browser.")
@cleaning_options
def review(
    in_: Path,
    labels: Path,
    pages: Path | None,
    flagged: bool,
    by: str | None,
    host: str,
    port: int,
    opens: bool,
    **given: Any,
) -> None:
    """Look at what was removed from the pages of IN, correct it and retrain, in the browser.

    IN is a folder of pages, a page, a JSONL file, or what a run with --verdicts wrote.
    Corrections are appended to the file --labels. A model that is accepted goes to the folder
    --models and a rule that is saved to the folder --sites; without these options, to the
    folders `models` and `sites` beside the labels. They need not be there.

    The page is served on this machine alone, under an address with a token that is printed.
    With another --host, whoever has that address can read the pages and label them.
    """
    from cleaner.review.app import serve
    from cleaner.review.desk import Desk
    from cleaner.review.guard import is_loopback
    from cleaner.review.labels import LabelFile
    from cleaner.review.sources import open_queue

    sheets = open_queue(in_, sources=pages, flagged=flagged)
    label_file = LabelFile(labels)
    if message := label_file.passed_over():
        say(message, level="warning")
    with usage_errors():
        desk = Desk(
            sheets,
            label_file,
            cleaning(given, are_made=True),
            models=given["models"] or labels.parent / "models",
            sites=given["sites"] or labels.parent / "sites",
            by=by or _user(),
        )
    if desk.elsewhere:
        say(
            f"{labels}: {desk.elsewhere} labels are of no page here, by its id and its URL",
            level="warning",
        )
    site = serve(desk, host=host, port=port)
    if not is_loopback(host):
        say(f"Warning: {host} is reached from other machines, and what is sent is not encrypted.")
    # On standard output, so that a program that starts us can read it.
    click.echo(f"Review {len(sheets)} pages at {site.address}")
    say("Ctrl-C ends it.")
    desk.survey.start()
    if opens:
        click.launch(site.address)
    try:
        site.server.serve_forever()
    except KeyboardInterrupt:
        say(f"Labels are in {labels}")
    finally:
        desk.survey.stop()
        site.server.server_close()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
