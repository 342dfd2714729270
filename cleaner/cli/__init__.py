"""The command line: parse, call, exit. Each command is a module, imported when it is called."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from cleaner.types import CleanerError

# What a command is for stands here too, so that `clean --help` imports none of them.
COMMANDS = {
    "run": "Clean pages: the default, so `clean IN OUT` will do.",
    "explain": "Show every line of a page with its verdict and the reason.",
    "report": "Show what a run did, as a table or a page with plots.",
    "drift": "Compare two runs: sites that changed, rules that fell silent.",
    "review": "Look at what was removed, correct it, and retrain, in the browser.",
    "labels": "Count, merge or export corrections.",
    "diff": "Compare two outputs, line by line.",
    "sites": "List or check the templates of known sites and platforms.",
    "learn": "Learn templates of sites from what repeats on their pages.",
    "train": "Train a model from pages with gold text.",
    "evaluate": "Measure a model on pages with gold text.",
    "config": "Show the options in force, and where each comes from.",
}
_DEFAULT = "run"
_GROUP_OPTIONS = ("-h", "--help", "--version")


class Commands(click.Group):
    """Commands by name, and `run` where no name is given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command in front of what is no command."""
        first = args[0] if args else ""
        own = args[: 2 if first == "--config" else int(first.startswith("--config="))]
        args = args[len(own) :]
        if args and args[0] not in COMMANDS and args[0] not in _GROUP_OPTIONS:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, [*own, *args])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"cleaner.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, and take the defaults that a file sets for it."""
        from cleaner.cli import config
        from cleaner.cli.options import usage_errors

        name, command, rest = super().resolve_command(ctx, args)
        path = ctx.params["config"] or config.find(Path.cwd())
        if name is not None and path is not None:
            with usage_errors():
                config.apply(ctx, config.read(path, COMMANDS), name, self)
        return name, command, rest

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what a user can mend ends in a message, not in a traceback.

        Exit codes: 0 all cleaned, 1 some inputs failed, 2 wrong usage, 130 interrupted.
        """
        from cleaner.cli.terminal import hush, logs_json, say

        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if not logs_json():
                raise
            say(f"Error: {error.format_message()}", level="error")
            ctx.exit(error.exit_code)
        except CleanerError as error:
            say(f"Error: {error}", level="error")
            ctx.exit(1)
        except BrokenPipeError:
            # Who reads the output has seen enough; that is no failure.
            hush()
            ctx.exit(0)
        except OSError as error:
            place = error.filename2 or error.filename
            reason = f"{place}: {error.strerror}" if place else str(error)
            say(f"Error: {reason}", level="error")
            ctx.exit(1)
        except KeyboardInterrupt:
            say("Interrupted; no file is half written.", level="error")
            ctx.exit(130)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pagecleaner", prog_name="clean")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Defaults for options [default: cleaner.toml, or [tool.cleaner] in pyproject.toml, in "
    "this folder or the nearest above it].",
)
def main(config: Path | None) -> None:
    """Take scraped pages, as HTML or text, and write the text a person came to read.

    \b
    clean in/ out/             a folder of pages, each to a text file
    clean page.html -          one page, to standard output
    clean in.jsonl out.jsonl   one page a line, other fields carried through

    See `clean run --help` for all that can be set.
    """  # noqa: D301 - click wants the character, not the escape
