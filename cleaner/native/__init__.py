"""Compiled twins of the hottest loops, for those who have them.

Each module here does what Python, numpy or the parser does elsewhere, to the bit, only faster. They
are built with the package where there is a C compiler (`hatch_build.py`); without them, or with
`CLEANER_PURE=1` in the environment, the others do the work.
"""

from __future__ import annotations

import json
import os
import warnings
import zlib
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

_HERE = Path(__file__).parent


def load(name: str) -> ModuleType | None:
    """The compiled module `cleaner.native.<name>`, or None where it is not built or not wanted."""
    if os.environ.get("CLEANER_PURE"):
        return None
    try:
        return import_module(f"{__name__}.{name}") if _is_current(_HERE) else None
    except ImportError:
        return None


@cache
def _is_current(folder: Path) -> bool:
    """Whether the modules in `folder` were made of the sources there, in a checkout."""
    paths = [*folder.glob("*.pyx"), *folder.glob("*.pxd")]
    sources = {path.name: zlib.crc32(path.read_bytes()) for path in paths}
    if not sources:
        return True
    try:
        built = json.loads((folder / "built.json").read_bytes())
    except (OSError, ValueError):
        built = None
    if built == sources:
        return True
    if any(folder.glob("*.so")) or any(folder.glob("*.pyd")):
        warnings.warn(
            "the compiled modules are of another version of the program, and not used:"
            " install it again, as with pip install -e .",
            RuntimeWarning,
            stacklevel=3,
        )
    return False
