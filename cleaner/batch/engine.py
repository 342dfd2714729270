"""Where work is done: here, in workers on this machine, or on a cluster, all through joblib."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, islice
from typing import Any, Literal, TypeVar

from cleaner.types import CleanerError

Backend = Literal["loky", "dask", "ray", "spark"]
Item = TypeVar("Item")
Value = TypeVar("Value")

# Handed out to each worker before the first result is waited for. It bounds what is in memory.
_AHEAD = 8
# How often work is begun again with new workers though nothing has come of it.
_RETRIES = 3
_PACKAGES = {"dask": "distributed", "ray": "ray", "spark": "joblibspark"}


@dataclass(frozen=True, slots=True)
class Engine:
    """Who works. `jobs` is how many at once; on a cluster None is all there are.

    `address` is a dask scheduler's or a ray cluster's; left out, one is started here.
    """

    jobs: int | None = 1
    backend: Backend = "loky"
    address: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether this very process does the work."""
        return self.backend == "loky" and self.jobs == 1


def each(
    do: Callable[[Item], Value], items: Iterable[Item], engine: Engine, *, bounded: bool = False
) -> Generator[Value, None, None]:
    """`do` of each item, in their order.

    Items are taken as they are needed. Results are small, unless `bounded` says that no more
    of them shall be in memory than workers can make while one is looked at.

    When workers are lost, what they had not finished is done again by new ones.

    Raises:
        CleanerError: The backend is not installed.
        ChildProcessError: Workers are lost again and again over the same items.
    """
    if engine.is_here:
        yield from map(do, items)
        return
    first = list(islice(it := iter(items), 2))
    if len(first) < 2 and engine.backend == "loky":
        yield from map(do, first)
        return
    rest = chain(first, it)
    open_: deque[Item] = deque()  # handed out, and no result yet
    lost = 0
    while True:
        try:
            with _connected(engine) as jobs:
                for made in _results(do, rest, open_, jobs, engine, bounded=bounded):
                    open_.popleft()
                    lost = 0
                    if isinstance(made, _Raised):
                        raise made
                    yield made
            return
        except _Raised as raised:
            raise raised.error from None
        except CleanerError:
            raise
        except Exception as error:  # each backend has errors of its own for a lost worker
            reason = error
        lost += 1
        if lost >= _RETRIES:
            raise ChildProcessError(
                f"workers are lost again and again ({type(reason).__name__}: {reason}): "
                "out of memory? Try again with fewer jobs"
            ) from reason
        rest = chain(list(open_), rest)
        open_.clear()


def _results(
    do: Callable[[Item], Value],
    items: Iterator[Item],
    open_: deque[Item],
    jobs: int,
    engine: Engine,
    *,
    bounded: bool,
) -> Iterator[Value | _Raised]:
    from joblib import Parallel, delayed

    # Whoever stops early knows that not all was used.
    warnings.filterwarnings("ignore", r"\d+ tasks (have|which)", UserWarning)
    ours = os.getpid() if engine.backend == "loky" else None
    call = partial(delayed(_in_worker), do, parent=ours)

    def handed_out() -> Iterator[Any]:
        for item in items:
            open_.append(item)
            yield call(item)

    streams = engine.backend in ("loky", "dask")  # the others give results all at once
    with Parallel(jobs, return_as="generator" if streams else "list") as parallel:
        if streams and not bounded:
            yield from parallel(handed_out())
            return
        # A window at a time: joblib itself takes input as fast as workers finish, however
        # slow the reader of its results is.
        while window := list(islice(items, jobs * _AHEAD)):
            open_.extend(window)
            yield from parallel(map(call, window))


class _Raised(Exception):  # noqa: N818 - it stands for another
    """An error of the work itself, as a value: all others are those of a backend."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def _in_worker(do: Callable[[Item], Value], item: Item, *, parent: int | None) -> Value | _Raised:
    if parent is not None:
        _follow(parent)
    try:
        return do(item)
    except Exception as error:
        return _Raised(error)


@cache
def _follow(parent: int) -> None:
    """Once in a worker: leave Ctrl-C to the parent, which ends its workers, and end with it.

    Workers of a parent that was killed would otherwise finish what is queued, and then wait. It
    may be dead before its worker comes to ask, so it says itself who it is.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.05)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch, daemon=True).start()


def _connected(engine: Engine) -> AbstractContextManager[int]:
    """The backend in force, and how many work at once."""
    connect = {"loky": _loky, "dask": _dask, "ray": _ray, "spark": _spark}[engine.backend]
    stack = ExitStack()
    try:
        jobs = connect(engine, stack)
    except ImportError as error:
        stack.close()
        extra, package = engine.backend, _PACKAGES.get(engine.backend, "joblib")
        raise CleanerError(
            f"--backend {extra} needs {package}: pip install 'pagecleaner[{extra}]' ({error})"
        ) from None
    except BaseException:
        stack.close()
        raise
    return _Connected(stack, jobs)


class _Connected(nullcontext[int]):
    """A connection that ends with the block."""

    def __init__(self, stack: ExitStack, jobs: int) -> None:
        super().__init__(jobs)
        self._stack = stack

    def __exit__(self, *error: object) -> None:
        self._stack.close()


def _loky(engine: Engine, stack: ExitStack) -> int:
    from joblib import cpu_count, parallel_config

    stack.enter_context(parallel_config("loky"))
    return engine.jobs or cpu_count()


def _dask(engine: Engine, stack: ExitStack) -> int:
    from distributed import Client, LocalCluster
    from joblib import parallel_config

    if engine.address is None:
        cluster = stack.enter_context(
            LocalCluster(n_workers=engine.jobs, threads_per_worker=1, dashboard_address=None)
        )
        client = stack.enter_context(Client(cluster))
    else:
        client = stack.enter_context(Client(engine.address))
    stack.enter_context(parallel_config("dask", client=client))
    return engine.jobs or max(1, sum(client.nthreads().values()))


def _ray(engine: Engine, stack: ExitStack) -> int:
    import ray
    from joblib import parallel_config
    from ray.util.joblib import register_ray

    if not ray.is_initialized():
        options: dict[str, Any] = {"include_dashboard": False} if engine.address is None else {}
        cpus = engine.jobs if engine.address is None else None
        ray.init(engine.address, num_cpus=cpus, log_to_driver=False, **options)
        stack.callback(ray.shutdown)
    register_ray()
    jobs = engine.jobs or max(1, int(ray.cluster_resources().get("CPU", 1)))
    stack.enter_context(parallel_config("ray", n_jobs=jobs))
    return jobs


def _spark(engine: Engine, stack: ExitStack) -> int:
    from joblib import parallel_config
    from joblibspark import register_spark
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is None:
        builder = SparkSession.builder.appName("clean").config("spark.ui.enabled", "false")
        if engine.address is None:
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
            # Tasks of a lost process are done again, up to three times.
            builder = builder.master(f"local[{engine.jobs or '*'},4]")
        else:
            builder = builder.master(engine.address)
        session = builder.getOrCreate()
        stack.callback(session.stop)
    register_spark()
    jobs = engine.jobs or session.sparkContext.defaultParallelism
    stack.enter_context(parallel_config("spark", n_jobs=jobs))
    return int(jobs)
