"""Compiled twins of the hottest loops, for those who have them.

Each module here does what a function in numpy elsewhere does, to the bit, only faster. They are
built with the package where there is a C compiler (`hatch_build.py`); without them, or with
`CLEANER_PURE=1` in the environment, numpy does the work.
"""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType


def load(name: str) -> ModuleType | None:
    """The compiled module `cleaner.native.<name>`, or None where it is not built or not wanted."""
    if os.environ.get("CLEANER_PURE"):
        return None
    try:
        return import_module(f"{__name__}.{name}")
    except ImportError:
        return None
