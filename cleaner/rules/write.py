"""Templates as TOML that a person can read and edit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from cleaner.rules.template import Rule, Template

_LONG = 90  # characters; a longer list is written with one entry a line


def to_toml(
    template: Template, *, comments: Sequence[str] = (), rule_comments: Sequence[Sequence[str]] = ()
) -> str:
    """The file that `load_template` reads as `template`, but for its examples.

    `comments` stand at the top, `rule_comments` above each rule, in their order.
    """
    match = template.match
    parts = [
        *_comments(comments),
        f"name = {_string(template.name)}",
        f"about = {_string(template.about)}",
        *([f"priority = {template.priority}"] if template.priority else []),
        "",
        "[match]",
        *(["always = true"] if match.always else []),
        *_lists(
            ("domains", match.domains), ("generator", match.generator),
            ("markers", match.markers), ("fingerprint", match.fingerprint),
        ),
        *([f"fingerprint_min = {match.fingerprint_min}"] if match.fingerprint_min != 1 else []),
    ]  # fmt: skip
    for number, rule in enumerate(template.rules):
        parts += ["", *_comments(rule_comments[number] if number < len(rule_comments) else ())]
        parts.append(rule_to_toml(rule))
    return "\n".join(parts) + "\n"


def rule_to_toml(rule: Rule) -> str:
    """The table of one rule, without the end of its last line."""
    return "\n".join(_rule(rule))


def _rule(rule: Rule) -> Iterator[str]:
    yield "[[rules]]"
    yield f"name = {_string(rule.name)}"
    if rule.action != "drop":
        yield f"action = {_string(rule.action)}"
    if rule.kind is not None:
        yield f"kind = {_string(rule.kind)}"
    yield from _lists(
        ("exact", rule.exact), ("prefix", rule.prefix), ("regex", rule.regex),
        ("class", rule.classes), ("css", rule.css), ("xpath", rule.xpath),
        ("without", rule.without), ("except", rule.excepted), ("path", rule.path),
    )  # fmt: skip
    if rule.outside:
        yield "outside = true"
    if rule.min_words:
        yield f"min_words = {rule.min_words}"
    if rule.max_words is not None:
        yield f"max_words = {rule.max_words}"
    if rule.position != "any":
        yield f"position = {_string(rule.position)}"
    if rule.scope != "line":
        yield f"scope = {_string(rule.scope)}"
    yield from _lists(("until", rule.until))
    if rule.plain:
        yield "plain = true"
    if rule.fingerprint:
        yield "fingerprint = true"


def _lists(*lists: tuple[str, tuple[str, ...]]) -> Iterator[str]:
    for key, values in lists:
        if values:
            written = [_string(value) for value in values]
            line = f"{key} = [{', '.join(written)}]"
            if len(line) > _LONG and len(written) > 1:
                line = f"{key} = [\n" + "".join(f"  {value},\n" for value in written) + "]"
            yield line


def _comments(lines: Iterable[str]) -> Iterator[str]:
    """Each on one line, whatever is in it."""
    yield from (f"# {_string(line)[1:-1]}" for line in lines)


def _string(text: str) -> str:
    r"""A TOML basic string, which is a JSON string without a bare DEL or lone surrogates.

    >>> print(_string('a "b"\t\x7f'))
    "a \"b\"\t\u007f"
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
