"""Which of thousands of known lines a line is, at the cost of a few look-ups a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

SHORTEST_PREFIX = 8  # characters; what a line begins with is looked up before the rest of it
_HEAD = 12  # characters that hold as many of a line whose white space is not collapsed yet
_MARKERS = frozenset("-*•·–")


class LiteralIndex:
    """Exact lines and prefixes, each with a number, sought by how a line begins."""

    def __init__(self, exact: Iterable[tuple[str, int]], prefixes: Iterable[tuple[str, int]]):
        self._exact: dict[str, list[int]] = {}
        self._prefixes: dict[str, list[tuple[str, int]]] = {}
        for text, number in exact:
            self._exact.setdefault(fold(text), []).append(number)
        for text, number in prefixes:
            prefix = fold_prefix(text)
            self._prefixes.setdefault(prefix[:SHORTEST_PREFIX], []).append((prefix, number))
        self._heads = {line[:SHORTEST_PREFIX].strip() for line in self._exact}
        self._heads |= {head.strip() for head in self._prefixes}

    def find(self, texts: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Each line's place in `texts` with the number of each literal that it is or begins with.

        A line with a list marker (`- `, `* `, `• `) is also compared without it.
        """
        heads, markers = self._heads, _MARKERS
        for place, head in enumerate(fold_all([text[:_HEAD] for text in texts])):
            if head[:8].rstrip() in heads:  # SHORTEST_PREFIX, written out: a line costs less
                yield from ((place, number) for number in self._look_up(fold(texts[place])))
            if head[:1] in markers and head[1:2] == " ":
                yield from ((place, number) for number in self._look_up(fold(texts[place])[2:]))

    def _look_up(self, line: str) -> Iterator[int]:
        yield from self._exact.get(line, ())
        for prefix, number in self._prefixes.get(line[:SHORTEST_PREFIX], ()):
            if line.startswith(prefix):
                yield number


def fold(text: str) -> str:
    r"""A line as it is compared: case and the amount of white space do not matter.

    >>> fold("Add  New\xa0comment ")
    'add new comment'
    """
    return " ".join(text.split()).casefold()


def fold_prefix(text: str) -> str:
    """A prefix as it is compared; a space at its end says that a word ends there."""
    return fold(text) + (" " if text[-1:].isspace() else "")


def fold_all(texts: Sequence[str]) -> list[str]:
    """Every text folded, at a fraction of what `fold` costs a line."""
    page = "\n".join(texts).casefold()
    for space in "\t\xa0\u2009\u202f\u3000":  # what pages use besides the space
        page = page.replace(space, " ")
    while "  " in page:
        page = page.replace("  ", " ")
    lines = page.split("\n")
    if len(lines) != len(texts):  # a text that itself holds a line end
        return [fold(text) for text in texts]
    return [line.strip() for line in lines]
