"""A template rule made of one line, with every line that it hits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import tomli

from cleaner.host import site_of
from cleaner.io import atomic
from cleaner.review.survey import Survey, masks
from cleaner.rules import Recognition, Rule, Template, TemplateSet, load_template
from cleaner.rules.literals import fold
from cleaner.rules.template import parse_name, parse_template
from cleaner.rules.write import rule_to_toml, to_toml
from cleaner.split import split
from cleaner.types import CleanerError

_DIGITS = re.compile(r"\d+")
_NAME_WORDS = 4


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that a rule hits: its page, its index there and its text."""

    page: int
    line: int
    text: str


def rule_of(text: str, *, keep: bool, kind: str) -> Rule:
    """A rule that hits lines which are `text` but for case, white space and numbers."""
    words = re.findall(r"[a-z0-9]+", fold(text))[:_NAME_WORDS]
    name = parse_name("-".join(words)) if words else "line"
    plain = " ".join(text.split())  # in its own letters: a regex knows ß and no other case of it
    if not _DIGITS.search(plain):
        return Rule(name, "keep" if keep else "drop", kind, exact=(plain,))
    parts = [re.escape(part).replace(r"\ ", " ") for part in _DIGITS.split(plain)]
    pattern = "^" + r"\d+".join(parts) + "$"
    return Rule(name, "keep" if keep else "drop", kind, regex=(pattern,))


def template_path(folder: Path, site: str) -> Path:
    """The file for the rules that were made for `site`.

    Raises:
        CleanerError: `site` is no domain.
    """
    name = site_of(site)
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name) or ".." in name or len(name) > 200:
        raise CleanerError(f"{site!r} is no site; expected a domain, as example.org")
    return folder / f"{name}.review.toml"


def hits(survey: Survey, number: int, line: int, rule: Rule, site: str) -> list[Hit]:
    """Every line of the site's pages that the rule hits, told by the rules themselves."""
    text = survey.view(number).texts[line]
    template = _template(site, [rule])
    rules = TemplateSet([template])
    found = []
    wanted = masks([text])[0]
    pages = {page for page, _ in survey.twins(number, hash(wanted))} | {number}
    for page in sorted(pages):
        try:
            split_page = split(survey.document(page))
        except (CleanerError, OSError):
            continue
        if not len(split_page):
            continue
        rulings = rules.rulings(split_page, url=None, site=site)
        texts = split_page.texts
        found += [Hit(page, at, texts[at]) for at, ruling in enumerate(rulings) if ruling]
    return found


def with_rule(folder: Path, site: str, rule: Rule) -> str:
    """The TOML of the site's template in `folder` with `rule` added behind all that is there.

    Raises:
        CleanerError: the file that is there is no template, or none that this rule can be added
            to at its end, or `site` is no domain.
    """
    path = template_path(folder, site)
    toml = _with_rule(path, site, rule)
    try:
        table = tomli.loads(toml)
    except tomli.TOMLDecodeError:  # `rules` is not written as [[rules]] tables
        raise CleanerError(f"{path}: no [[rules]] table can be added at its end") from None
    parse_template(table, where=str(path))
    return toml


def _with_rule(path: Path, site: str, rule: Rule) -> str:
    if not path.exists():
        return to_toml(_template(site, [rule]))
    before = load_template(path).rules
    source = path.read_bytes().decode("utf-8-sig")
    if any(replace(known, name="") == replace(rule, name="") for known in before):
        return source
    names = {known.name for known in before}
    name, number = rule.name, 2
    while name in names:
        name, number = f"{rule.name}-{number}", number + 1
    return f"{source.rstrip()}\n\n{rule_to_toml(replace(rule, name=name))}\n"


def save(folder: Path, site: str, toml: str) -> Path:
    """Write the site's template, in one step."""
    path = template_path(folder, site)
    atomic.put(str(path), toml.encode())
    return path


def _template(site: str, rules: Sequence[Rule]) -> Template:
    name = site_of(site)
    return Template(
        name=parse_name(f"{name}-review"),
        about=f"Lines of {name} that were seen and judged by a person.",
        priority=0,
        match=Recognition(domains=(name,)),
        rules=tuple(rules),
    )
