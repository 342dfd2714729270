"""Templates: what a site or a platform puts on its pages, written down as TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NoReturn

import regex
import tomli
from cssselect import GenericTranslator, SelectorError

from cleaner.host import host, is_domain
from cleaner.rules.literals import fold_prefix, is_long_enough
from cleaner.rules.patterns import compile_pattern, required_literal
from cleaner.rules.xpaths import xpath_fault
from cleaner.types import KINDS, CleanerError

Action = Literal["drop", "keep"]
Position = Literal["any", "start", "end"]
Scope = Literal["line", "to_end", "list"]

MOST_STEPS = 3  # of a path that a rule names, from the innermost one out

_ACTIONS = ("drop", "keep")
_POSITIONS = ("any", "start", "end")
_SCOPES = ("line", "to_end", "list")

# A reason is `template:<template>/<rule>`, so neither name may hold a slash or a space.
_NAME = regex.compile(r"[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to the lines that its matchers hit.

    A line is hit if any of `exact`, `prefix` and `regex` fits its text and, where `classes`,
    `css`, `xpath` or `path` are given, if it also stands in an element that any of those name and
    that holds no tag of `without`, for `path` in no element further in; with `outside`, if it
    stands in none of them, on pages that have one. Of the words of `classes` those joined by dots
    must stand on one element. No line is hit that stands in an element with a word of `excepted`.
    Without a `kind` a line is what the model takes it for, `body` if it is kept.
    With `fingerprint` its exact lines and prefixes are fingerprints of the template too. A scope
    of `to_end` ends before the first line that begins with one of `until`. With `plain` it hits
    lines of plain text only.
    """

    name: str
    action: Action = "drop"
    kind: str | None = None
    exact: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    regex: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    css: tuple[str, ...] = ()
    xpath: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    outside: bool = False
    min_words: int = 0
    max_words: int | None = None
    position: Position = "any"
    scope: Scope = "line"
    until: tuple[str, ...] = ()
    plain: bool = False
    fingerprint: bool = False

    @property
    def has_text(self) -> bool:
        """Whether the rule looks at the text of a line."""
        return bool(self.exact or self.prefix or self.regex)

    @property
    def has_place(self) -> bool:
        """Whether the rule looks at where on an HTML page a line stands."""
        return bool(self.classes or self.css or self.xpath or self.path)


@dataclass(frozen=True, slots=True)
class Recognition:
    """How a page is known to be one of a template's: any one of these is enough."""

    always: bool = False
    domains: tuple[str, ...] = ()
    generator: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    fingerprint: tuple[str, ...] = ()
    fingerprint_min: int = 1


@dataclass(frozen=True, slots=True)
class Example:
    """A page, and for each of its lines whether it is dropped.

    Without `html` the page is the text made of `lines`, where an empty line is a blank line.
    """

    lines: tuple[tuple[str, bool], ...]
    html: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A known page layout of one site or one platform, theme or widget."""

    name: str
    about: str
    priority: int
    match: Recognition
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...] = ()


@cache
def shipped_templates() -> tuple[Template, ...]:
    """The templates that come with the program, by name."""
    # Tests compile their regexes. To do it at each start costs more than all else of loading.
    return load_templates(Path(__file__).with_name("templates"), compiles=False)


def load_templates(folder: Path, *, compiles: bool = True) -> tuple[Template, ...]:
    """The templates in a folder's `*.toml` files, in the order of the file names.

    With `compiles` their regexes are compiled, to see whether they are such.

    Raises:
        CleanerError: the folder does not exist, a file is no template, or two have one name.
    """
    if not folder.is_dir():
        raise CleanerError(f"{folder}: no such folder; expected one with templates (*.toml)")
    seen: dict[str, Path] = {}
    templates = []
    for path in sorted(folder.glob("*.toml")):
        template = load_template(path, compiles=compiles)
        if template.name in seen:
            other = seen[template.name].name
            raise CleanerError(f"{path}: the name {template.name!r} is taken by {other}")
        seen[template.name] = path
        templates.append(template)
    return tuple(templates)


def load_template(path: Path, *, compiles: bool = True) -> Template:
    """The template in one TOML file.

    Raises:
        CleanerError: the file cannot be read, is no TOML, or is no template; the message
            names the file, the table in it and what was expected there.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CleanerError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        table = tomli.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomli.TOMLDecodeError, RecursionError) as error:
        raise CleanerError(f"{path}: not TOML in UTF-8: {error}") from error
    return parse_template(table, where=str(path), compiles=compiles)


def parse_template(table: Mapping[str, Any], *, where: str, compiles: bool = True) -> Template:
    """A template from a TOML document; `where` opens the message of an error."""
    top = _Table(table, where, compiles)
    name = top.take("name", str)
    if not _NAME.fullmatch(name):
        top.fail("name", f"lower-case letters, digits and . _ -, not {name!r}")
    rules = top.tables("rules")
    match = _recognition(
        top.inner(top.take("match", dict), "[match]"),
        signs=any(rule.get("fingerprint") is True for rule in rules),
    )
    template = Template(
        name=name,
        about=top.take("about", str),
        priority=top.take("priority", int, 0),
        match=match,
        rules=tuple(
            _rule(top.inner(rule, f"[[rules]] {number}"), always=match.always)
            for number, rule in enumerate(rules, 1)
        ),
        examples=tuple(
            _example(top.inner(example, f"[[examples]] {number}"))
            for number, example in enumerate(top.tables("examples", []), 1)
        ),
    )
    top.close()
    if not template.rules:
        top.fail("rules", "at least one [[rules]] table")
    return template


def _recognition(table: _Table, *, signs: bool) -> Recognition:
    """What [match] says; `signs` says that rules have fingerprint lines too."""
    match = Recognition(
        always=table.take("always", bool, False),
        domains=tuple(host(domain) or domain for domain in table.strings("domains")),
        generator=table.strings("generator"),
        markers=table.strings("markers"),
        fingerprint=table.strings("fingerprint"),
        fingerprint_min=table.take("fingerprint_min", int, 1),
    )
    table.close()
    how = match.domains or match.generator or match.markers or match.fingerprint or signs
    if match.always == bool(how):
        keys = "domains, generator, markers, fingerprint (also in rules)"
        table.fail("match", f"either always = true or some of {keys}")
    for domain in table.strings("domains"):
        table.check_domain(domain)
    for marker in match.markers:
        table.check_word("markers", marker)
    for line in match.fingerprint:
        if is_regex_line(line):
            table.check_regex("fingerprint", line[1:-1], guarded=True)
    if match.fingerprint_min < 1 or (
        not signs and match.fingerprint and match.fingerprint_min > len(match.fingerprint)
    ):
        table.fail("fingerprint_min", "at least 1 and at most the number of fingerprint lines")
    return match


def _rule(table: _Table, *, always: bool) -> Rule:  # noqa: PLR0912 - one check after the other
    name = table.take("name", str)
    if not _NAME.fullmatch(name):
        table.fail("name", f"lower-case letters, digits and . _ -, not {name!r}")
    table.where += f" ({name})"
    action: Action = table.choice("action", _ACTIONS, "drop")
    rule = Rule(
        name=name,
        action=action,
        kind=table.choice("kind", KINDS, None if action == "drop" else "body"),
        exact=table.strings("exact"),
        prefix=table.strings("prefix"),
        regex=table.strings("regex"),
        classes=table.strings("class"),
        css=table.strings("css"),
        xpath=table.strings("xpath"),
        without=table.strings("without"),
        excepted=table.strings("except"),
        path=table.strings("path"),
        outside=table.take("outside", bool, False),
        min_words=table.take("min_words", int, 0),
        max_words=table.take("max_words", int, None),
        position=table.choice("position", _POSITIONS, "any"),
        scope=table.choice("scope", _SCOPES, "line"),
        until=table.strings("until"),
        plain=table.take("plain", bool, False),
        fingerprint=table.take("fingerprint", bool, False),
    )
    table.close()
    if not (rule.has_text or rule.has_place):
        table.fail("matcher", "one of exact, prefix, regex, class, css, xpath, path")
    places = (("outside", rule.outside), ("without", rule.without), ("except", rule.excepted))
    for key, value in places:
        if value and not rule.has_place:
            table.fail(key, "class, css, xpath or path beside it")
    if rule.min_words < 0 or (rule.max_words is not None and rule.max_words < rule.min_words):
        table.fail("max_words", "at least min_words, and neither below 0")
    if rule.path and rule.outside:
        table.fail("outside", "class, css or xpath beside it, and no path")
    if rule.plain and rule.has_place:
        table.fail("plain", "no class, css, xpath or path beside it, which plain text has none of")
    if rule.until and rule.scope != "to_end":
        table.fail("until", 'scope = "to_end" beside it')
    if rule.fingerprint and not (rule.exact or rule.prefix):
        table.fail("fingerprint", "exact lines or prefixes beside it")
    for prefix in rule.prefix:
        if not is_long_enough(fold_prefix(prefix)):
            expected = "8 characters or more, or 4 of a script that says as much in them"
            table.fail("prefix", f"{expected}, not {prefix!r}")
    for pattern in rule.regex:
        table.check_regex("regex", pattern, guarded=always)
    for key, words in (("class", rule.classes), ("except", rule.excepted)):
        for word in words:
            table.check_word(key, word)
    for selector in rule.css:
        table.check_css(selector)
    for path in rule.xpath:
        table.check_xpath(path)
    for path in rule.path:
        if path.count("/") >= MOST_STEPS or path.strip("/ ") != path:
            table.fail("path", f"one to {MOST_STEPS} steps such as div.story/p, not {path!r}")
    return rule


def _example(table: _Table) -> Example:
    lines = table.strings("lines")
    example = Example(
        lines=tuple((line[2:], line.startswith("-")) for line in lines),
        html=table.take("html", str, None),
        url=table.take("url", str, None),
    )
    table.close()
    for line in lines:
        if line and line[:2] not in ("- ", "+ "):
            table.fail("lines", f'"- " (dropped) or "+ " (not dropped) before {line!r}')
    if not any(lines):
        table.fail("lines", "the lines of the page, each marked with - or +")
    return example


def parse_name(text: str) -> str:
    """A name for a template or rule, made of `text`.

    >>> parse_name("Example.org"), parse_name("bücher.example")
    ('example.org', 'b-cher.example')
    """
    plain = regex.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")
    return plain if _NAME.fullmatch(plain) else "site"


def is_regex_line(line: str) -> bool:
    """Whether a fingerprint line is written as a regex, between slashes."""
    return len(line) > 2 and line[0] == line[-1] == "/"


@cache
def css_to_xpath(selector: str) -> str:
    """The XPath of a CSS selector.

    Raises:
        SelectorError: it is none.
    """
    return GenericTranslator().css_to_xpath(selector)


_REQUIRED: Any = object()
_TYPE_NAMES = {str: "a string", int: "a whole number", bool: "true or false", dict: "a table"}


class _Table:
    """A TOML table that is read key by key, and complains of what it holds otherwise."""

    def __init__(self, values: Mapping[str, Any], where: str, compiles: bool):
        self.where = where
        self._values = values
        self._compiles = compiles
        self._taken: list[str] = []

    def inner(self, values: Mapping[str, Any], name: str) -> _Table:
        """A table in this one."""
        return _Table(values, f"{self.where}: {name}", self._compiles)

    def fail(self, key: str, expected: str) -> NoReturn:
        raise CleanerError(f"{self.where}: {key}: expected {expected}")

    def take(self, key: str, kind: type, default: Any = _REQUIRED) -> Any:
        """The value at `key`, which must be of type `kind` if it is there."""
        self._taken.append(key)
        value = self._values.get(key, default)
        if type(value) is not kind and (key in self._values or default is _REQUIRED):
            self.fail(key, f"{_TYPE_NAMES[kind]}, {_found(value)}")
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        """The string or the list of strings at `key`."""
        self._taken.append(key)
        value = self._values.get(key, [])
        strings = [value] if isinstance(value, str) else value
        if not isinstance(strings, list) or not all(isinstance(s, str) for s in strings):
            self.fail(key, f"a string or a list of strings, {_found(value)}")
        if key != "lines" and not all(s.strip() for s in strings):
            self.fail(key, "strings that are not empty")
        return tuple(strings)

    def tables(self, key: str, default: Any = _REQUIRED) -> list[dict[str, Any]]:
        self._taken.append(key)
        value = self._values.get(key, default)
        if not isinstance(value, list) or not all(isinstance(t, dict) for t in value):
            self.fail(key, f"[[{key}]] tables, {_found(value)}")
        return value

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None) -> Any:
        value = self.take(key, str, default)
        if value is not default and value not in allowed:
            self.fail(key, f"one of {', '.join(allowed)}, not {value!r}")
        return value

    def check_regex(self, key: str, pattern: str, *, guarded: bool) -> None:
        if not self._compiles:
            return
        try:
            compile_pattern(pattern)
        except regex.error as error:
            self.fail(key, f"a regular expression, not {pattern!r} ({error})")
        if guarded and not required_literal(pattern):
            # It would be searched on every page of every site.
            self.fail(key, f"3 letters in a row outside of groups and classes in {pattern!r}")

    def check_word(self, key: str, word: str) -> None:
        if len(word.split()) != 1:
            self.fail(key, f"single words of class or id attributes, not {word!r}")

    def check_css(self, selector: str) -> None:
        try:
            fault = xpath_fault(css_to_xpath(selector))
        except SelectorError as error:
            fault = str(error)
        if fault:
            self.fail("css", f"a CSS selector, not {selector!r} ({fault})")

    def check_xpath(self, path: str) -> None:
        if fault := xpath_fault(path):
            self.fail("xpath", f"an XPath of elements, not {path!r} ({fault})")

    def check_domain(self, domain: str) -> None:
        if not is_domain(domain.strip(".")):
            self.fail("domains", f"domains such as example.org, not {domain!r}")

    def close(self) -> None:
        """Complain of keys that nobody asked for."""
        for key in self._values:
            if key not in self._taken:
                self.fail(key, f"none of this name, but some of {', '.join(self._taken)}")


def _found(value: Any) -> str:
    return "which is missing" if value is _REQUIRED else f"not {value!r}"
