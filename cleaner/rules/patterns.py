"""Regexes of templates: compiled once, searched within a time bound, guarded by a literal."""

from __future__ import annotations

from functools import lru_cache

import regex

_TIME_LIMIT = 0.05  # seconds a search may take before it counts as no match
_TEXT_LIMIT = 2_000  # characters of a line that a regex sees
_SHORTEST_GUARD = 2  # characters; a shorter literal is found on nearly every line

# A piece of a regex, as far as it takes to know which characters a match must hold. What it
# does not know (alternatives, back references, character codes) matches none of it.
_TOKEN = regex.compile(
    r"""
    \\(?P<escaped> [^\w\s] ) | (?P<literal> [^\t\r\n\\()\[\]{}|*?+.^$] )
    | (?P<optional> [*?] | \{[^{}]*\} ) [?+]?       # the character before it may be missing
    | \+ [?+]?
    | (?P<class> \[ \^? \]? (?: \\. | [^\]\\] )* \] )
    | (?P<group> \( (?: \\. | (?&class) | [^()\\\[] | (?&group) )* \) )
    | \\[AbBdDsSwWZ\s] | [.^$\t\r\n]
    """,
    regex.VERBOSE | regex.DOTALL,
)
_VERBOSE = regex.compile(r"\(\?[a-zA-Z01-]*x")  # white space and # would mean something else


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> regex.Pattern[str]:
    """`pattern` as templates mean it: case does not matter."""
    return regex.compile(pattern, regex.IGNORECASE)


def matches(pattern: regex.Pattern[str], text: str) -> bool:
    """Whether `pattern` is found in `text`, of which it sees the first 2,000 characters.

    Raises:
        TimeoutError: the search took longer than 50 ms.
    """
    return pattern.search(text[:_TEXT_LIMIT], timeout=_TIME_LIMIT) is not None


@lru_cache(maxsize=4096)
def required_literal(pattern: str) -> str:
    r"""The longest string that every match of `pattern` is sure to contain, but for its case.

    Empty if there is none of two characters outside of groups and classes. It lets a page
    be passed over by one substring search.

    >>> required_literal(r"^\d+ users? have voted\.$")
    ' have voted.'
    >>> required_literal(r"^(?:Read|See) also")
    ' also'
    >>> required_literal(r"yes|no")
    ''
    """
    runs, at = [""], 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None or _VERBOSE.match(token[0]):
            return ""
        if char := token["literal"] or token["escaped"]:
            runs[-1] += char
        else:
            if token["optional"]:
                runs[-1] = runs[-1][:-1]
            runs.append("")
        at = token.end()
    longest = max(runs, key=len)
    return longest if len(longest) >= _SHORTEST_GUARD else ""
