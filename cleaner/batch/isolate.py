"""Cleaning in a process of its own, so that a page that hangs or kills it takes no other along."""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path

import cleaner
from cleaner.batch.report import Answer, Outcome, Stage
from cleaner.batch.work import Work, failed
from cleaner.io.entry import Entry
from cleaner.types import CleanerError

_held = threading.local()  # one child a thread, which outlives a shard and a run


def child(work: Work) -> Child:
    """This thread's child for such work, started if there is none yet.

    It is being started while the caller goes on; see `Child.wait`.
    """
    held: Child | None = getattr(_held, "child", None)
    if held is None or held.work != work or held.key != _key(work):
        if held is not None:
            held.close()
        held = _held.child = Child(work)
    return held


class Child:
    """A process that cleans groups of pages, and another when that one is lost."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.key = _key(work)
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._start()

    def wait(self) -> None:
        """Wait until the process can clean.

        Raises:
            CleanerError: An option names what is not there.
            ChildProcessError: It does not start.
        """
        if self._ready:
            return
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            error = pickle.load(self._process.stdout)  # noqa: S301 - from our child
        except (EOFError, pickle.UnpicklingError):
            self.close()
            raise ChildProcessError("the process that cleans pages does not start") from None
        if error is not None:
            self.close()
            raise CleanerError(error)
        self._ready = True

    def clean(self, entries: Sequence[Entry]) -> Answer:
        """What becomes of pages.

        Where the process is lost over them they are cleaned again one by one, and one over
        which it is lost again, alone, has failed.
        """
        answer = self._ask(entries)
        if isinstance(answer, Answer):
            return answer
        alone: Answer | None = None
        for entry in entries:
            made = self._ask([entry])
            if not isinstance(made, Answer):
                document = None
                with contextlib.suppress(CleanerError, OSError):
                    document = entry.load()
                made = _lost(failed(entry, made[1], made[0], document))
            if alone is None:
                alone = made
            else:
                alone.outcomes.extend(made.outcomes)
                alone.tally.merge(made.tally)
        assert alone is not None
        return alone

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def _start(self) -> None:
        # Where this package is found, the child finds it too.
        paths = [str(Path(cleaner.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        # Work is in parallel by processes; threads of a library on top of it only get in the way.
        for library in ("OMP", "OPENBLAS", "MKL"):
            environment.setdefault(f"{library}_NUM_THREADS", "1")
        self._ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cleaner.batch.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C is for us; that we are gone shows in its input
        )
        _children.add(self)
        self._send(self.work)

    def _ask(self, entries: Sequence[Entry]) -> Answer | tuple[Stage, str]:
        """What becomes of pages, or over what the process was lost."""
        if self._process is None:
            self._start()
        self.wait()
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            if self._send((os.getcwd(), list(entries))):  # noqa: PTH109 - as it is
                answer: Answer = pickle.load(self._process.stdout)  # noqa: S301
                return answer
        except (EOFError, pickle.UnpicklingError):
            pass
        return self._loss()

    def _send(self, value: object) -> bool:
        """Send a request; False if nobody takes it."""
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            pickle.dump(value, self._process.stdin, protocol=5)
            self._process.stdin.flush()
        except BrokenPipeError:
            return False
        return True

    def _loss(self) -> tuple[Stage, str]:
        code = self._reap()
        if hasattr(signal, "SIGALRM"):
            if code == -signal.SIGALRM:
                return "timeout", f"took longer than {self.work.timeout:g} s (--timeout)"
            if code < 0:
                name = signal.Signals(-code).name
                hint = ": out of memory?" if name == "SIGKILL" else ""
                return "crash", f"killed the process that cleaned it ({name}){hint}"
        return "crash", f"ended the process that cleaned it, or took longer than its time ({code})"

    def _reap(self) -> int:
        process, self._process = self._process, None
        assert process is not None
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                continue
        _children.discard(self)
        return process.wait()


def _lost(outcome: Outcome) -> Answer:
    from cleaner.report import Tally

    tally = Tally()
    tally.count("failed")
    return Answer([outcome], tally)


_children: weakref.WeakSet[Child] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for each in list(_children):
        each.close()


def _key(work: Work) -> object:
    """What the child has read from disk: models and templates trained or edited since count."""
    sites = work.options.sites
    places = [] if sites is None else sorted(sites.rglob("*.toml"))
    model = Path(work.options.model)
    places += sorted(model.iterdir()) if model.is_dir() else []
    return [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in places]
