"""What a line is, learned from weak labels: class words of pages, and phrases of our own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from cleaner.training.phrases import fill
from cleaner.training.views import BODY, DEBRIS, View
from cleaner.types import KINDS

# Class and id words that name a kind, looked for on a line's element and those above it, the
# nearest first. The first pattern that fits an element wins.
_WORDS = [
    ("credit", r"credit|copyright-holder|photographer|img-source|image-?copyright"),
    ("newsletter", r"newsletter|subscri(?:be|ption)[-_ ]?(?:form|box|widget)|mailchimp|mc4wp"),
    ("comment_form", r"comment[-_]?form|respond\b|reply[-_]?form|commentform|form-comment"),
    ("captcha", r"captcha"),
    ("legal", r"cookie|consent|gdpr|onetrust|copyright|disclaimer|legal|terms"),
    ("alert", r"notice\b|alert\b|toast"),
    ("share", r"\bshare|sharing|social|addtoany|sharedaddy|follow[-_]?us"),
    (
        "related",
        r"related|recommend|read[-_]?(?:more|next)|also[-_]?like|more[-_]?(?:stories|news|from)"
        r"|trending|popular|taboola|outbrain|teaser|promo[-_]?list|most[-_]?read",
    ),
    ("advertisement", r"\bads?\b|advert|sponsor|\bdfp\b|gpt-ad|banner"),
    ("promotion", r"promo\b|paywall|\bcta\b|app[-_]?download|upsell|donat"),
    ("comment", r"comment(?:s|list|-list|-body|-content|-text)\b|disqus"),
    ("counter", r"\bcount(?:er)?\b|votes?\b|\bviews?[-_]count|rating"),
    (
        "navigation",
        r"\bnav|menu|breadcrumb|pagination|pager|tags?\b|footer|sitemap|skip-link|toc\b",
    ),
    (
        "byline",
        r"byline|\bauthor\b|dateline|posted[-_]on|entry-meta|post-meta|timestamp|\bdate\b"
        r"|publish(?:ed|[-_ ]?(?:date|time|on))",
    ),
    ("caption", r"caption"),
]
_PATTERN = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _WORDS), re.IGNORECASE)
_TAG_KINDS = {
    "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading",
    "figcaption": "caption", "nav": "navigation", "footer": "navigation", "time": "byline",
    "blockquote": "quote", "pre": "code", "table": "table",
}  # fmt: skip
_LOOK_UP = 4


def weak_kinds(view: View) -> NDArray[np.int64]:
    """An index into `KINDS` for each line of an HTML view, -1 where nothing tells its kind."""
    page, elements = view.page, view.page.elements
    found = np.full(len(page), -1, dtype=np.int64)
    if elements is None:
        return found
    tags, attributes, markers = elements.tags, elements.attributes, page.markers
    parents = elements.parents.tolist()
    for line, start in enumerate(page.element.tolist()):
        label, weight = view.labels[line], view.weights[line]
        if weight == 0:
            continue
        kind, at = None, start
        for _ in range(_LOOK_UP):
            if at < 0 or kind:
                break
            kind = _TAG_KINDS.get(tags[at])
            if not kind and (match := _PATTERN.search(attributes[at])):
                kind = match.lastgroup
            at = parents[at]
        if label >= BODY:
            # Gold says body: class words of debris around it do not make it debris.
            if kind is None or kind in ("byline", "credit") or kind not in KINDS[:9]:
                kind = "list_item" if markers[line] else "body"
        elif label > DEBRIS or kind is None or kind in KINDS[:6]:
            continue
        found[line] = KINDS.index(kind)
    return found


def phrase_lines(
    phrases: Mapping[str, Mapping[str, Sequence[str]]],
    rng: Generator,
    *,
    titles: Sequence[str],
    sentences: Sequence[str],
    copies: int = 4,
) -> tuple[list[str], NDArray[np.int64]]:
    """Every phrase filled `copies` times with other names, numbers and titles, and its kind."""
    texts: list[str] = []
    kinds: list[int] = []
    for language, by_kind in sorted(phrases.items()):
        for kind, wordings in sorted(by_kind.items()):
            for wording in wordings:
                for _ in range(copies if "{" in wording else 1):
                    texts.append(
                        fill(wording, rng, titles=titles, sentences=sentences, language=language)
                    )
                    kinds.append(KINDS.index(kind))
    return texts, np.array(kinds, dtype=np.int64)
