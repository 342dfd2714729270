"""What one tool takes in a process of its own: milliseconds to import and load, memory in use.

    python benchmarks/footprint.py TOOL < PAGES.jsonl

`PAGES.jsonl` has a JSON string a line. Memory is read after the last page, when each has been
given up.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
import time
from pathlib import Path

from peers import HTML_TOOLS


def memory() -> dict[str, float]:
    """MB that are resident now (`VmRSS`), and at most so far (`VmHWM`)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {name: int(fields[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM")}


def main(tool: str) -> None:
    """Run `tool` over the pages on standard input."""
    logging.disable(logging.CRITICAL)
    bare = memory()["VmRSS"]
    figures: dict[str, object] = {}
    begun = time.process_time()
    if tool == "cleaner":
        from cleaner.model.store import load_model
        from cleaner.pipeline import Cleaner  # noqa: F401

        figures["import_ms"] = 1e3 * (time.process_time() - begun)
        begun = time.process_time()
        load_model("base")
        figures["model_ms"] = 1e3 * (time.process_time() - begun)
        begun = time.process_time()
    extract = HTML_TOOLS[tool]()
    figures["ready_ms"] = 1e3 * (time.process_time() - begun)
    loaded = memory()["VmRSS"]
    for line in sys.stdin:
        extract(json.loads(line))
    gc.collect()
    after = memory()
    figures |= {
        "bare_mb": bare,
        "loaded_mb": loaded,
        "steady_mb": after["VmRSS"],
        "peak_mb": after["VmHWM"],
        "imports": sorted({"sklearn", "scipy", "trafilatura", "lxml"} & set(sys.modules)),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1])
