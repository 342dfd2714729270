"""One thread for what is too small for more, whatever the caller's libraries are set to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


class _Limit:
    """How many are inside, and what is to be put back when the last one leaves."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = 0
        self.limiter: Any = None


_limit = _Limit()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS to one thread while the context lasts.

    The setting is the process's: the first one in takes it down and the last one out puts it back,
    so that calls of several threads at a time leave it as it was.
    """
    with _limit.lock:
        if not _limit.inside:
            _limit.limiter = _libraries().limit(limits=1, user_api="blas")
        _limit.inside += 1
    try:
        yield
    finally:
        with _limit.lock:
            _limit.inside -= 1
            if not _limit.inside:
                _limit.limiter.restore_original_limits()


@cache  # to look for the libraries costs a millisecond
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()
