"""What rules say of a page's lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a rule says of a line; `reason` is `template:<template>/<rule>`.

    Without a `kind` the line is what the model takes it for.
    """

    keep: bool
    kind: str | None
    reason: str


class Rulings(Sequence["Ruling | None"]):
    """A ruling for each line of a page, or None where no rule has a say.

    `numbers[i]` is the place in `table` of line `i`'s ruling, and -1 where there is none.
    """

    __slots__ = ("numbers", "table")

    def __init__(self, numbers: NDArray[np.int32], table: Sequence[Ruling]) -> None:
        self.numbers = numbers
        self.table = table

    @classmethod
    def of(cls, rulings: Sequence[Ruling | None]) -> Rulings:
        """The same from one value a line."""
        table = list(dict.fromkeys(ruling for ruling in rulings if ruling is not None))
        numbers = [-1 if ruling is None else table.index(ruling) for ruling in rulings]
        return cls(np.array(numbers, dtype=np.int32), table)

    def keeps(self) -> NDArray[np.int8]:
        """Per line 1 where a rule keeps it, 0 where one drops it, and -1 where none speaks."""
        kept = np.full(len(self), -1, dtype=np.int8)
        ruled = np.flatnonzero(self.numbers >= 0)
        kept[ruled] = [self.table[number].keep for number in self.numbers[ruled].tolist()]
        return kept

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Ruling | None: ...
    @overload
    def __getitem__(self, index: slice) -> list[Ruling | None]: ...
    def __getitem__(self, index: int | slice) -> Ruling | list[Ruling | None] | None:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        number = int(self.numbers[index])
        return None if number < 0 else self.table[number]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]
