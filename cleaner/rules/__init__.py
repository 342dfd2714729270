"""What is known of sites and platforms: templates, and the rulings they give on lines."""

from __future__ import annotations

from cleaner.rules.examples import check_examples
from cleaner.rules.match import TemplateSet
from cleaner.rules.rulings import Ruling, Rulings
from cleaner.rules.template import (
    Example,
    Recognition,
    Rule,
    Template,
    load_template,
    load_templates,
    shipped_templates,
)

__all__ = [
    "Example",
    "Recognition",
    "Rule",
    "Ruling",
    "Rulings",
    "Template",
    "TemplateSet",
    "check_examples",
    "load_template",
    "load_templates",
    "shipped_templates",
]
