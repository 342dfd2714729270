"""`clean sites`: the templates of known sites and platforms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleaner.cli.options import usage_errors
from cleaner.cli.terminal import printable, say

if TYPE_CHECKING:
    from cleaner.rules.template import Recognition, Template


@click.command()
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
    """List the templates of known sites and platforms, or check them.

    Each is listed with its name, what it is recognised by, how many rules it has, and what it
    is about.
    """
    from cleaner.rules.template import load_templates, shipped_templates

    with usage_errors():
        templates = (*shipped_templates(), *(load_templates(sites) if sites else ()))
    if check:
        ctx.exit(_check(templates))
    for template in templates:
        rules = f"{len(template.rules)} rule{'s' if len(template.rules) != 1 else ''}"
        columns = (template.name, recognised_by(template.match), rules, template.about)
        click.echo("\t".join(map(printable, columns)))


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
