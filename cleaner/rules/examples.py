"""A template's own examples, tried on it."""

from __future__ import annotations

from cleaner.rules.match import TemplateSet
from cleaner.rules.template import Example, Template
from cleaner.split import split
from cleaner.types import Document


def check_examples(template: Template) -> list[str]:
    """What is wrong with the examples of `template`, one sentence each; none if all hold."""
    rules = TemplateSet([template])
    return [
        f"{template.name}: example {number}: {problem}"
        for number, example in enumerate(template.examples, 1)
        for problem in _problems(rules, example)
    ]


def _problems(rules: TemplateSet, example: Example) -> list[str]:
    page = split(_document(example))
    expected = [(text, dropped) for text, dropped in example.lines if text]
    texts = [text for text, _ in expected]
    if page.texts != texts:
        return [f"the page reads {page.texts}, its lines are given as {texts}"]
    problems = []
    for (text, dropped), ruling in zip(expected, rules.rulings(page, url=example.url), strict=True):
        drops = ruling is not None and not ruling.keep
        if drops != dropped:
            by = f" by {ruling.reason}" if ruling else ""
            problems.append(f"{text!r} is {'dropped' if drops else 'not dropped'}{by}")
    return problems


def _document(example: Example) -> Document:
    if example.html is not None:
        return Document(example.html, url=example.url, format="html")
    text = "\n".join(line for line, _ in example.lines)
    return Document(text, url=example.url, format="text")
