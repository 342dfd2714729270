"""Defaults from a file, and `clean config`, which shows what is in force and from where."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
import tomli
from click.core import ParameterSource

from cleaner.cli.options import usage_errors
from cleaner.types import CleanerError

OWN, SHARED = "cleaner.toml", "pyproject.toml"  # the latter with a table [tool.cleaner]
_TABLE = re.compile(r"\s*\[([^\[\]]+)\]")
_META = "cleaner.config"


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a file by the names of options, without dashes before them.

    `shared` are for all commands that have such an option, `own` for one command; what is for a
    command of a command, as `labels export`, stands in a table of its table.
    """

    path: Path
    source: str = field(repr=False)
    shared: Mapping[str, Any]
    own: Mapping[str, Any]

    def of(self, command: str) -> dict[str, tuple[Any, str]]:
        """What is set for a command (`labels.export`): values, and the tables they stand in."""
        table: Any = self.own
        for name in command.split("."):
            table = table.get(name) if isinstance(table, dict) else None
        own = table if isinstance(table, dict) else {}
        return {
            **{key: (value, "") for key, value in self.shared.items()},
            **{key: (value, command) for key, value in own.items()},
        }

    def place(self, key: str, table: str = "") -> str:
        """Where a setting stands, as `cleaner.toml:3`."""
        root = "tool.cleaner" if self.path.name == SHARED else ""
        wanted = ".".join(filter(None, (root, table)))
        current = ""
        spelled = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""")
        for number, line in enumerate(self.source.splitlines(), 1):
            if header := _TABLE.match(line):
                current = header[1].replace(" ", "")
            elif current == wanted and spelled.match(line):
                return f"{self.path}:{number}"
        return str(self.path)


def find(start: Path) -> Path | None:
    """The file that holds for a folder: the nearest, in it or above it.

    Of one folder `cleaner.toml` holds, else `pyproject.toml` if it has a table [tool.cleaner].
    """
    for folder in (start, *start.parents):
        if (folder / OWN).is_file():
            return folder / OWN
        shared = folder / SHARED
        if shared.is_file() and "tool.cleaner" in shared.read_text("utf-8", "replace"):
            return shared
    return None


def read(path: Path, commands: Collection[str]) -> Config:
    """The settings in a file.

    Raises:
        CleanerError: It is not UTF-8 or not TOML, or a table in it is of no command.
    """
    try:
        source = path.read_bytes().decode("utf-8-sig")
        whole = tomli.loads(source)
    except (UnicodeDecodeError, tomli.TOMLDecodeError, RecursionError) as error:
        raise CleanerError(f"{path}: not TOML in UTF-8: {error}") from None
    except OSError as error:
        raise CleanerError(f"{path}: {error.strerror}") from None
    settings = whole
    for name in ("tool", "cleaner") if path.name == SHARED else ():
        settings = settings.get(name, {})
        if not isinstance(settings, dict):
            raise CleanerError(f"{path}: {name}: expected a table")
    own = {key: value for key, value in settings.items() if isinstance(value, dict)}
    shared = {key: value for key, value in settings.items() if key not in own}
    config = Config(path, source, shared, own)
    for table in own:
        if table not in commands:
            raise CleanerError(f"{path}: [{table}] is no command{_meant(table, commands)}")
    return config


def apply(ctx: click.Context, config: Config, name: str, commands: click.Group) -> None:
    """Take a file's settings as the defaults of a command that is about to run.

    Raises:
        CleanerError: A setting is no option, or its value none that the option takes.
    """
    command = commands.get_command(ctx, name)
    assert command is not None
    defaults = _defaults(ctx, config, name, command, commands)
    ctx.default_map = {**(ctx.default_map or {}), name: defaults}
    ctx.meta[_META] = config


def _defaults(
    ctx: click.Context, config: Config, path: str, command: click.Command, commands: click.Group
) -> dict[str, Any]:
    """The defaults of a command by the names of its parameters, and of those below it by theirs."""
    below = _below(command)
    defaults: dict[str, Any] = {
        name: _defaults(ctx, config, f"{path}.{name}", each, commands)
        for name, each in below.items()
    }
    options = _options(command)
    for key, (value, table) in config.of(path).items():
        if below and isinstance(value, dict):
            if key not in below:
                meant = _meant(key, below)
                raise CleanerError(f"{config.path}: [{path}.{key}] is no command{meant}")
            continue
        option = options.get(key.replace("_", "-"))
        if option is None:
            _refuse_unknown(ctx, config, key, table, options, commands)
            continue
        assert option.name is not None
        defaults[option.name] = _checked(ctx, config, key, table, option, value)
    return defaults


def _below(command: click.Command) -> Mapping[str, click.Command]:
    return command.commands if isinstance(command, click.Group) else {}


def _options(command: click.Command) -> dict[str, click.Option]:
    """A command's options by their long names."""
    return {
        name.removeprefix("--"): param
        for param in command.params
        if isinstance(param, click.Option)
        for name in param.opts
        if name.startswith("--")
    }


def _refuse_unknown(
    ctx: click.Context,
    config: Config,
    key: str,
    table: str,
    options: Collection[str],
    commands: click.Group,
) -> None:
    """Raise an error if a setting is of no command, or stands in the table of another's."""
    known = set(options)
    if not table:
        for name in commands.list_commands(ctx):
            other = commands.get_command(ctx, name)
            assert other is not None
            known.update(_options(other), *map(_options, _below(other).values()))
    if key.replace("_", "-") not in known:
        named = table.replace(".", " ")
        whose = f"`clean {named}` has no option" if table else "no command has an option"
        raise CleanerError(f"{config.place(key, table)}: {whose} {key!r}{_meant(key, known)}")


def _meant(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name.replace("_", "-"), sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _checked(
    ctx: click.Context, config: Config, key: str, table: str, option: click.Option, value: Any
) -> Any:
    """A value as the option takes it; paths are relative to the file's folder."""
    place = f"{config.place(key, table)}: {key} = {json.dumps(value, default=str)}"
    if option.is_flag and not isinstance(value, bool):
        raise CleanerError(f"{place}: expected true or false")
    if option.multiple and not isinstance(value, list):
        raise CleanerError(f'{place}: expected a list, as ["…"]')
    each = value if isinstance(value, list) and option.multiple else [value]
    if not all(isinstance(one, str | bool | int | float) for one in each):
        raise CleanerError(f"{place}: expected a string, a number, true or false")
    is_path = isinstance(option.type, click.Path) or key == "model"
    if is_path and isinstance(value, str):
        there = config.path.parent / value
        if isinstance(option.type, click.Path) or there.is_dir():
            value = str(there)
    try:
        option.type_cast_value(ctx, value)
    except click.BadParameter as error:
        raise CleanerError(f"{place}: {error.message}") from None
    except (TypeError, ValueError):
        raise CleanerError(f"{place}: no value that --{key} takes") from None
    return value


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def config(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Show the options in force, as TOML, and where each comes from.

    ARGUMENTS are a command and its options, as they would be given to `clean`; `run` if left
    out. What is printed may be saved as cleaner.toml.

    Defaults are read from cleaner.toml, or the table [tool.cleaner] of pyproject.toml, in this
    folder or the nearest above it; `clean --config FILE …` names another. Settings are called
    like options: `threshold = 0.4`, `keep = ["byline"]`; a table [run] or [labels.export] is for
    one command. The command line overrides them.
    """
    group = ctx.parent
    assert group is not None
    commands = group.command
    assert isinstance(commands, click.Group)
    names = commands.list_commands(group)
    name, *rest = arguments if arguments and arguments[0] in names else ("run", *arguments)
    found: Config | None = ctx.meta.get(_META)
    if found is not None:
        with usage_errors():
            apply(group, found, name, commands)
    command, outer, path = commands.get_command(group, name), group, name
    assert command is not None
    while rest and rest[0] in _below(command):
        outer = click.Context(command, parent=outer, info_name=name)
        name, *rest = rest
        command, path = _below(command)[name], f"{path}.{name}"
    with command.make_context(name, rest, parent=outer, resilient_parsing=True) as inner:
        click.echo("\n".join(_lines(command, inner, found, path)))


def _lines(
    command: click.Command, ctx: click.Context, found: Config | None, path: str
) -> Iterator[str]:
    where = found.path if found else "no cleaner.toml or [tool.cleaner] found"
    yield f"# clean {path.replace('.', ' ')}: {where}"
    settings = {} if found is None else found.of(path)
    places = {key.replace("_", "-"): (key, table) for key, (_, table) in settings.items()}
    rows = []
    names: dict[str, list[str]] = {}
    for key, option in _options(command).items():
        names.setdefault(option.name or "", []).append(key)
    for param, keys in names.items():
        key, value = keys[0], ctx.params.get(param)
        if key == "help":
            continue
        setting = next((places[each] for each in keys if each in places), None)
        is_set = value is not None and value != ()
        row = f"{key} = {_toml(value)}" if is_set else f"# {key} ="
        rows.append((row, _where(ctx, param, found, setting)))
    width = max((len(left) for left, _ in rows), default=0)
    for left, right in rows:
        yield f"{left:<{width}}  # {right}"


def _where(
    ctx: click.Context, name: str, found: Config | None, setting: tuple[str, str] | None
) -> str:
    source = ctx.get_parameter_source(name)
    if source is ParameterSource.COMMANDLINE:
        return "command line"
    if source is ParameterSource.DEFAULT_MAP and found is not None and setting is not None:
        return found.place(*setting)
    return "default"


def _toml(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, list | tuple | set | frozenset):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(str(value), ensure_ascii=False)
