"""Compiles what is in `cleaner/native` for the wheel, or says that it could not.

Without a C compiler the package is complete all the same, only slower.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = Path("cleaner", "native")


class Compile(BuildHookInterface):  # type: ignore[type-arg]
    """Builds an extension module from each Cython source, next to it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the modules to the wheel; `CLEANER_PURE=1` leaves them out."""
        if os.environ.get("CLEANER_PURE"):
            return
        try:
            modules = _compile(Path(self.root))
        except Exception as error:  # no compiler, no headers: whatever it is, we go on without
            print(f"cleaner is built without compiled modules: {error}", file=sys.stderr)
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["artifacts"] += [f"/{module.as_posix()}" for module in modules]


def _compile(root: Path) -> list[Path]:
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    here = Path.cwd()
    os.chdir(root)
    try:
        extensions = [
            Extension(
                ".".join(source.with_suffix("").parts),
                [str(source)],
                extra_compile_args=[] if sys.platform == "win32" else ["-O3", "-g0"],
            )
            for source in sorted(SOURCES.glob("*.pyx"))
        ]
        modules = cythonize(extensions, build_dir="build", language_level=3, force=True)
        command = build_ext(Distribution({"ext_modules": modules}))
        command.inplace = command.force = True
        command.ensure_finalized()
        command.run()
        # What they were made of: `cleaner.native` uses none that were made of anything else.
        paths = [*SOURCES.glob("*.pyx"), *SOURCES.glob("*.pxd")]
        sources = {path.name: zlib.crc32(path.read_bytes()) for path in paths}
        (SOURCES / "built.json").write_text(json.dumps(sources), "ascii")
        return [Path(command.get_ext_filename(extension.name)) for extension in extensions]
    finally:
        os.chdir(here)
