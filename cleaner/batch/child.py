"""The process in which pages are cleaned, which may be lost to a page and nothing else is.

It is started by `cleaner.batch.isolate`, takes what to do on standard input and answers on
standard output, both pickled: they are two ends of one program.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import re
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cleaner.batch.report import Answer, Outcome
from cleaner.batch.work import MEMORY, Work, failed
from cleaner.host import host
from cleaner.io import render
from cleaner.io.entry import Entry, Limits
from cleaner.report import Tally
from cleaner.types import EMPTIED, Cleaned, CleanerError, Document

if TYPE_CHECKING:
    from cleaner.pipeline import Cleaner

Value = TypeVar("Value")

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
# Elements that end by themselves do not nest.
_FLAT = frozenset(
    "area base br col embed hr img input link meta param source track wbr "
    "p li dt dd tr td th thead tbody tfoot option optgroup colgroup rp rt".split()
)


def main() -> None:
    """Answer until standard input ends."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us ends us

    def answer(value: object) -> None:
        pickle.dump(value, answers, protocol=5)
        answers.flush()

    work: Work = pickle.load(requests)  # noqa: S301 - from our parent
    try:
        cleaner = work.options.cleaner(usual=dict(work.usual))
    except CleanerError as error:
        answer(str(error))
        return
    _limit_memory()
    answer(None)
    while True:
        try:
            here, entries = pickle.load(requests)  # noqa: S301
        except EOFError:
            return
        os.chdir(here)
        try:
            answer(clean_group(entries, work, cleaner, timed=True))
        except BrokenPipeError:
            os._exit(1)  # who asked is gone: nobody to answer, or to complain to


def clean_group(
    entries: Sequence[Entry], work: Work, cleaner: Cleaner, *, timed: bool = False
) -> Answer:
    """Clean pages at once; if that fails, one by one, to find the culprit.

    If it is `timed` and takes too long, the process is killed.
    """
    if timed:
        _kill_after(work.timeout)  # what is read may not end, or be slow to look over
    loaded = [_tried(partial(_loaded, entry, work.limits)) for entry in entries]
    documents = [document for document in loaded if not isinstance(document, Exception)]
    if timed:
        _kill_after(work.timeout)
    together = _tried(lambda: list(cleaner.clean_many(documents)))
    if isinstance(together, Exception):
        apart: list[Cleaned | Exception] = []
        for page in documents:
            if timed:
                _kill_after(work.timeout)
            apart.append(_tried(partial(cleaner.clean, page)))
    else:
        apart = list(together)
    outcomes: list[Outcome] = []
    tally = Tally(site=work.options.site)
    pages = iter(apart)
    for entry, document in zip(entries, loaded, strict=True):
        if isinstance(document, Exception):
            outcomes.append(failed(entry, document, "read"))
            continue
        cleaned = next(pages)
        made = (
            cleaned if isinstance(cleaned, Exception) else _tried(partial(_outcome, cleaned, work))
        )
        if isinstance(made, Exception):
            made = failed(entry, made, "clean", document)
        elif not isinstance(cleaned, Exception):
            tally.add(cleaned, made.status, size=entry.size)
        outcomes.append(made)
    tally.count("failed", sum(outcome.failure is not None for outcome in outcomes))
    if timed:
        _kill_after(0)
    return Answer(outcomes, tally)


def _tried(do: Callable[[], Value]) -> Value | Exception:
    """The result, or the error as a value: the one place where a page's errors are caught."""
    try:
        return do()
    except Exception as error:
        return error


def _loaded(entry: Entry, limits: Limits) -> Document:
    """The page.

    Raises:
        CleanerError: It is beyond a limit.
    """
    if entry.size > max(limits.page, limits.line):
        raise _too_large(entry.size, limits)
    document = entry.load()
    content = document.content
    if len(content) > limits.page:
        raise _too_large(len(content), limits)
    if document.format != "html" and len(content) > limits.line:
        longest = max(map(len, content.splitlines()), default=0)
        if longest > limits.line:
            limit = f"the limit of {limits.line} (--max-line)"
            raise CleanerError(f"a line of {longest} bytes is longer than {limit}")
    if document.format != "text" and _depth(content, limits.depth) > limits.depth:
        limit = f"the limit of {limits.depth} (--max-depth)"
        raise CleanerError(f"elements are nested deeper than {limit}")
    return document


def _too_large(size: int, limits: Limits) -> CleanerError:
    limit = f"the limit of {limits.page} (--max-page)"
    return CleanerError(f"a page of {size} bytes or more is larger than {limit}")


def _depth(content: str | bytes, limit: int) -> int:
    """How deep elements nest, told by their tags; 0 where they clearly do no more than `limit`."""
    if isinstance(content, bytes):
        starts, ends = content.count(b"<"), content.count(b"</")
    else:
        starts, ends = content.count("<"), content.count("</")
    if starts - ends <= limit:
        return 0
    text = content.decode("latin-1") if isinstance(content, bytes) else content
    depth = deepest = end = 0
    # Each tag's end is sought once: a page of tags that never end costs no more than it is long.
    while (tag := _TAG.search(text, end)) and (end := text.find(">", tag.end())) >= 0:
        if text[end - 1] == "/" or tag[2].lower() in _FLAT:
            continue
        depth = max(0, depth - 1) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _outcome(cleaned: Cleaned, work: Work) -> Outcome:
    layout = work.layout
    data: Any = None
    beside = b""
    if layout is not None:
        if layout.format == "parquet":
            data = render.record(cleaned, layout)
        else:
            data = render.page(cleaned, layout)
        beside = render.audit(cleaned) if layout.beside else b""
    place = host(cleaned.document.url or "")
    if EMPTIED in cleaned.flags:
        return Outcome("emptied", data, beside, place)
    kept_all = all(verdict.keep for verdict in cleaned.verdicts)
    return Outcome("unchanged" if kept_all else "cleaned", data, beside, place)


def _kill_after(seconds: float) -> None:
    """End this process when the time is over, whatever code holds it then; 0 calls it off.

    The system does it: no Python code runs while C code does not let go of the interpreter.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
    elif seconds:
        faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__ or sys.stderr)
    else:
        faulthandler.cancel_dump_traceback_later()


def _limit_memory() -> None:
    """A page that needs far too much fails, rather than that the system kills what is largest."""
    try:
        import resource

        used = int(Path("/proc/self/statm").read_text("ascii").split()[5]) * os.sysconf(
            "SC_PAGE_SIZE"
        )
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (used + MEMORY, hard))
        Path("/proc/self/oom_score_adj").write_text("500", "ascii")  # if it comes to that: us first
    except (ImportError, OSError, ValueError, AttributeError):
        return  # a system without such limits


if __name__ == "__main__":
    main()
