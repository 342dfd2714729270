"""Whether work grows as its input does: a ratio, which a slow or busy machine does not trip."""

import gc
import time
from collections.abc import Callable
from typing import Any

SHORT, LONG = 250, 1000
MOST = 9  # of four times as much: twice what is due, and half of what squares take
TURNS = 5
UNSEEN = 0.02  # seconds; what takes less is not told from noise


def assert_linear(work: Callable[[Any], object], of: Callable[[int], Any]) -> Any:
    """Do `work` on `of(250)` and on `of(1000)`, and return what came of the second.

    The processor time of the fastest of up to five turns counts; making the input does not.

    Raises:
        AssertionError: four times as much takes more than nine times as long.
    """
    short = long = float("inf")
    for _ in range(TURNS):
        taken, _ = _timed(work, of(SHORT))
        short = min(short, taken)
        taken, result = _timed(work, of(LONG))
        long = min(long, taken)
        if long < MOST * max(short, UNSEEN):
            return result
    raise AssertionError(f"{long:.3f} s for four times as much, of which one takes {short:.3f} s")


def _timed(work: Callable[[Any], object], source: Any) -> tuple[float, Any]:
    gc.disable()  # what it takes depends on what other tests left
    try:
        begun = time.process_time()
        result = work(source)
        return time.process_time() - begun, result
    finally:
        gc.enable()
