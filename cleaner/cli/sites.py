"""`clean sites`: the templates of known sites and platforms."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleaner.cli.options import usage_errors
from cleaner.cli.terminal import printable, say

if TYPE_CHECKING:
    from cleaner.rules.template import Recognition, Template


@click.group(invoke_without_command=True)
@click.option(
    "--check", is_flag=True, help="Run the examples of each template; exit 1 if any fail."
)
@click.option(
    "--sites",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The templates in this folder too.",
)
@click.pass_context
def sites(ctx: click.Context, check: bool, sites: Path | None) -> None:
    """List the templates of known sites and platforms, check them, or import some.

    Each is listed with its name, what it is recognised by, how many rules it has, and what it
    is about.
    """
    if ctx.invoked_subcommand is not None:
        return
    from cleaner.rules.template import load_templates, shipped_templates

    with usage_errors():
        templates = (*shipped_templates(), *(load_templates(sites) if sites else ()))
    if check:
        ctx.exit(_check(templates))
    for template in templates:
        rules = f"{len(template.rules)} rule{'s' if len(template.rules) != 1 else ''}"
        columns = (template.name, recognised_by(template.match), rules, template.about)
        click.echo("\t".join(map(printable, columns)))


@sites.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that templates are written to; those of the same names are replaced.",
)
@click.option("-v", "--verbose", is_flag=True, help="Name every line that was not translated.")
@click.pass_context
def import_(ctx: click.Context, folder: Path, out: Path, verbose: bool) -> None:
    """Turn FiveFilters' site configurations into templates.

    FOLDER holds files such as example.com.txt, each of which becomes OUT/ftr.example.com.toml.
    What has no counterpart is counted, and named with --verbose; docs/templates.md says what
    becomes of which directive. Exit code 1 if a file could not be read.
    """
    from cleaner.rules.site_config import read_site_config, site_config_files
    from cleaner.rules.write import to_toml
    from cleaner.types import CleanerError

    files = site_config_files(folder)
    if not files:
        raise click.UsageError(f"{folder}: no site configurations in it, such as example.com.txt")
    failed = 0
    written: dict[str, Path] = {}
    left_out: Counter[str] = Counter()
    for path in files:
        try:
            imported = read_site_config(path)
        except CleanerError as error:
            failed += 1
            say(str(error))
            continue
        for line in imported.untranslated:
            left_out[line.directive] += 1
            if verbose:
                say(f"{line.where}: {line.directive}: {line.reason}")
        if imported.template is not None:
            name = imported.template.name
            if name in written:
                say(f"{path}: of the same site as {written[name]}, whose template it replaces")
            text = to_toml(imported.template, comments=imported.comments)
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{name}.toml").write_text(text, encoding="utf-8")
            written[name] = path
    say(f"{len(files)} files, {len(written)} templates written to {out}, {failed} files not read")
    if left_out:
        named = ", ".join(f"{key} {count}" for key, count in left_out.most_common())
        say(f"Not translated: {named}{'' if verbose else ' (--verbose names each)'}")
    ctx.exit(int(failed > 0))


def recognised_by(match: Recognition) -> str:
    """What makes a page one of a template's, in short."""
    return (
        "every page"
        if match.always
        else ", ".join((*match.domains, *match.generator, *match.markers, *match.fingerprint))
    )


def _check(templates: tuple[Template, ...]) -> int:
    """Run the examples, name what fails, and give the exit code."""
    from cleaner.rules.examples import check_examples

    problems = [problem for template in templates for problem in check_examples(template)]
    for problem in problems:
        click.echo(printable(problem))
    examples = sum(len(template.examples) for template in templates)
    say(f"{len(templates)} templates, {examples} examples, {len(problems)} problems")
    return int(bool(problems))
