"""`clean learn`: templates and models of sites from pages without labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cleaner.cli.options import Number, usage_errors
from cleaner.cli.terminal import printable, say
from cleaner.host import is_domain, site_of

if TYPE_CHECKING:
    from cleaner.io.entry import Entry
    from cleaner.learn.sketch import SiteSketch
    from cleaner.types import Document

_SKETCHES = "sketches"


@click.command()
@click.argument(
    "in_", metavar="IN...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that templates are written to, one TOML file a site.",
)
@click.option(
    "--models",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also learn a model of each site, which corrects --model, and write it to this folder.",
)
@click.option("--site", metavar="NAME", help="Take all pages as pages of this site.")
@click.option(
    "--merge",
    is_flag=True,
    help="IN are folders that `clean learn` wrote: learn from what all of them have seen.",
)
@click.option("--diff", is_flag=True, help="Show what each rule would remove; write nothing.")
@click.option(
    "--min-pages",
    type=click.IntRange(min=2),
    default=2,
    show_default=True,
    help="Pages on which a line must stand, and at least a tenth of the site's.",
)
@click.option(
    "--max-loss",
    type=Number(0, 1),
    default=0.02,
    show_default=True,
    metavar="P",
    help="The most a rule or a site's model may take of words that --model is sure of, as a share"
    " of all it keeps.",
)
@click.option(
    "--model",
    default="base",
    show_default=True,
    metavar="NAME|DIR",
    help="The model that judges what repeats.",
)
@click.option(
    "--force", is_flag=True, help="Replace templates changed by hand, and labelled models."
)
@click.pass_context
def learn(ctx: click.Context, /, **given: Any) -> None:
    """Learn templates of sites from pages without labels.

    IN are pages as for `clean run`: folders, JSONL files, single files. They are grouped by
    the host of their URL; pages without one by the folder in IN that they lie in, or by --site.
    Use what is learned with `clean run --sites OUT`, after you have read it: each rule in the
    files says on how many pages it was seen, when, and with which lines. With --models a model
    of each site with five pages or more is learned as well, for `clean run --models`; --diff
    shows what either would change.

    What was counted is kept in OUT/sketches, so that shards can be learned apart and joined
    with --merge.
    """
    from cleaner.learn.repeats import Bounds
    from cleaner.learn.site import learn as learn_site
    from cleaner.learn.write import diff, left_over, save_correction, save_template
    from cleaner.pipeline import Cleaner
    from cleaner.types import CleanerError

    if given["merge"] and given["site"] is not None:
        raise click.UsageError("--site does not go with --merge: sketches know their sites")
    with usage_errors():
        cleaner = Cleaner(model=given["model"])
        sketches, failed = (
            _merged(given["in_"]) if given["merge"] else _collected(given["in_"], given["site"])
        )
    bounds = Bounds(pages=given["min_pages"], loss=given["max_loss"])
    written = {"template": 0, "model": 0}
    silent = 0
    for sketch in sketches:
        learned = learn_site(sketch, cleaner, bounds, with_model=given["models"] is not None)
        if given["diff"]:
            for line in diff(learned):
                click.echo(printable(line))
            continue
        sketch.save(given["out"] / _SKETCHES)
        silent += learned.template is None
        if learned.no_correction:
            say(f"{learned.site}: no model, {learned.no_correction}")
        for old in left_over(learned, given["out"], given["models"]):
            say(f"Warning: {old} stays as it was: nothing was learned now", level="warning")
        found = (
            ("template", learned.template, save_template, given["out"]),
            ("model", learned.correction, save_correction, given["models"]),
        )
        for what, one, save, folder in found:
            if one is not None:
                try:
                    save(learned, folder, force=given["force"])
                    written[what] += 1
                except CleanerError as error:
                    failed += 1
                    say(str(error))
    if not given["diff"]:
        pages = sum(sketch.pages for sketch in sketches)
        also = f" and {written['model']} models" if given["models"] is not None else ""
        say(
            f"{pages} pages of {len(sketches)} sites:"
            f" {written['template']} templates{also} written,"
            f" {silent} sites on which too little repeats, {failed} failures"
        )
    ctx.exit(int(failed > 0))


def _collected(places: tuple[Path, ...], site: str | None) -> tuple[list[SiteSketch], int]:
    """The sketches of all pages, and how many pages could not be read."""
    from cleaner.io import source
    from cleaner.learn.collect import Collector

    if site is not None and not is_domain(site_of(site)):
        raise click.UsageError(f"--site {site!r}: expected a domain, as example.org")
    collector = Collector()
    failed = nameless = 0
    for entry, document in source.documents([str(place) for place in places]):
        if isinstance(document, Exception):
            failed += 1
            say(f"{entry.where}: {document}")
        elif not collector.add(document, site=site or _folder_site(entry, document)):
            nameless += 1
    if nameless:
        say(
            f"{nameless} pages are of no known site: they have no URL and lie in no folder that is"
            " named for one;"
            " name it with --site"
        )
    return collector.finish(), failed + nameless


def _folder_site(entry: Entry, document: Document) -> str | None:
    """The folder below IN that a page without a URL lies in."""
    from cleaner.io.entry import FileEntry

    if document.url or not isinstance(entry, FileEntry):
        return None
    folder, slash, _ = document.id.partition("/")
    return folder if slash else None


def _merged(folders: tuple[Path, ...]) -> tuple[list[SiteSketch], int]:
    """The sketches in several folders, those of one site merged."""
    from cleaner.learn.sketch import load_sketch
    from cleaner.types import CleanerError

    sketches: dict[str, SiteSketch] = {}
    for folder in folders:
        paths = sorted((folder / _SKETCHES).glob("*.npz"))
        if not paths:
            raise CleanerError(
                f"{folder}: no sketches in it; expected a folder that `clean learn` wrote"
            )
        for path in paths:
            sketch = load_sketch(path)
            if sketch.site in sketches:
                sketches[sketch.site].merge(sketch)
            else:
                sketches[sketch.site] = sketch
    return [sketches[site] for site in sorted(sketches)], 0
