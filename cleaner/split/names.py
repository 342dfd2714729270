"""Names of tags as numbers, for a whole batch of markup at once."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from cleaner.split.tags import (
    BLOCK_GAPS,
    BOXES,
    FORMATTING,
    HEADINGS,
    PREFORMATTED,
    RAW_TEXT,
    UNREAD,
    VOID,
)
from cleaner.types import Gap

UInt64 = NDArray[np.uint64]

# What a tag is, as bits.
IS_UNREAD, IS_VOID, IS_BOX, IS_HEADING, IS_PRE, IS_RAW = (1 << bit for bit in range(6))
# Of a tag, not of a name: of an element that stands apart from the words around it, and of one
# whose words were taken out from between them.
IS_APART, IS_BLANKED = 1 << 6, 1 << 7

NO_STEP = 255  # the step of what stands within a line

_SLOT_BITS = 12
_ONES = np.uint64(0x0101010101010101)
_HIGHS = np.uint64(0x8080808080808080)


class Names:
    """The tags the splitter knows, sought by the first eight bytes of their names, then the rest.

    Entry 0 of each table stands for every other tag. `flags` holds what a tag is, `steps` the
    gap around it, or `NO_STEP`.
    """

    def __init__(self) -> None:
        common = (
            "a b i em strong span small time label code abbr cite svg path font center u annotation"
        ).split()
        known = {*BLOCK_GAPS, *UNREAD, *VOID, *BOXES, *FORMATTING, *common}
        self.names = ["", *sorted(known)]
        self.number = {name: number for number, name in enumerate(self.names)}
        self.flags = np.zeros(len(self.names), dtype=np.uint8)
        self.steps = np.full(len(self.names), NO_STEP, dtype=np.uint8)
        for bit, tags in (
            (IS_UNREAD, UNREAD), (IS_VOID, VOID), (IS_BOX, BOXES), (IS_HEADING, HEADINGS),
            (IS_PRE, PREFORMATTED), (IS_RAW, RAW_TEXT),
        ):  # fmt: skip
            self.flags[[self.number[tag] for tag in tags]] |= bit
        for tag, gap in BLOCK_GAPS.items():
            self.steps[self.number[tag]] = gap
        self._codes = np.array([_code(name) for name in self.names], dtype=np.uint64)
        self._rests = np.array([_code(name[8:]) for name in self.names], dtype=np.uint64)
        self._lengths = np.array([len(name) for name in self.names], dtype=np.uint8)
        self._factor, self._slots = self._hash()

    def _hash(self) -> tuple[np.uint64, NDArray[np.uint8]]:
        """A factor that gives each known name a slot of its own, and the slots."""
        shift = np.uint64(64 - _SLOT_BITS)
        for seed in range(1, 10_000):
            factor = np.uint64((0x9E3779B97F4A7C15 * (2 * seed + 1)) % (1 << 64))
            slots = self._codes * factor >> shift
            if len(np.unique(slots)) == len(slots):
                table = np.zeros(1 << _SLOT_BITS, dtype=np.uint8)
                table[slots.astype(np.intp)] = np.arange(len(slots), dtype=np.uint8)
                return factor, table
        raise AssertionError("no factor parts the names of the tags")

    @property
    def tables(
        self,
    ) -> tuple[UInt64, UInt64, NDArray[np.uint8], NDArray[np.uint8], int, int, NDArray[np.uint8]]:
        """What else finds names.

        The code of each, that of its letters behind the eighth, and its length; slots, factor and
        shift of its hash; flags.
        """
        shift = 64 - _SLOT_BITS
        return (
            self._codes, self._rests, self._lengths, self._slots, int(self._factor), shift,
            self.flags,
        )  # fmt: skip

    def find(self, windows: UInt64, starts: NDArray[np.int64]) -> tuple[NDArray[np.uint8], UInt64]:
        """The numbers of the tags whose names start there, and the names' first eight bytes.

        `windows` has the eight bytes of markup at each place, as `windows_of` gives them.
        """
        words = windows[starts]
        ends = _zeros(words ^ _repeat(" ")) | _zeros(words ^ _repeat(">"))
        lowest = ends & (~ends + np.uint64(1))
        codes = words & ((lowest >> np.uint64(7)) - np.uint64(1))
        slots = codes * self._factor >> np.uint64(64 - _SLOT_BITS)
        numbers = self._slots[slots.astype(np.intp)]
        numbers[self._codes[numbers] != codes] = 0
        # Behind eight letters must come the rest of the name, and its end.
        full = np.flatnonzero((numbers > 0) & has_more(codes))
        lengths = self._lengths[numbers[full]].astype(np.int64)
        behind = windows[starts[full] + lengths] & np.uint64(0xFF)
        masks = (np.uint64(1) << (8 * (lengths - 8)).astype(np.uint64)) - np.uint64(1)
        is_other = (windows[starts[full] + 8] & masks) != self._rests[numbers[full]]
        is_other |= ~np.isin(behind, (ord(" "), ord(">")))
        numbers[full[is_other]] = 0
        return numbers, codes


def has_hyphen(codes: UInt64) -> NDArray[np.bool_]:
    """Whether a hyphen is in names, as `find` cuts them."""
    return np.asarray(_zeros(codes ^ _repeat("-")) != 0)


def has_more(codes: UInt64) -> NDArray[np.bool_]:
    """Whether names, as `find` cuts them, may be longer than what is seen of them."""
    return np.asarray(codes >> np.uint64(56) != 0)


def windows_of(data: bytes) -> UInt64:
    """The eight bytes at each place of `data`, the first one lowest."""
    windows: UInt64 = np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
    return windows


@cache
def names() -> Names:
    """The one table of names."""
    return Names()


def _code(name: str) -> int:
    return int.from_bytes(name.encode()[:8].ljust(8, b"\0"), "little")


def _repeat(char: str) -> np.uint64:
    repeated: np.uint64 = np.uint64(ord(char)) * _ONES
    return repeated


def _zeros(words: UInt64) -> UInt64:
    """The high bit of the lowest byte of each word that is 0, and maybe of some above it."""
    return np.asarray((words - _ONES) & ~words & _HIGHS)


assert max(Gap) < NO_STEP
