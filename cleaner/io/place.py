"""Addresses: paths on this machine, and whatever else fsspec reaches.

A path stays a path: fsspec is asked, and imported, only for what holds `://`.
"""

from __future__ import annotations

import glob as globbing
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from pathlib import Path, PurePosixPath
from typing import IO, Any, ParamSpec, TypeVar
from urllib.parse import unquote

from cleaner.types import CleanerError

P = ParamSpec("P")
Value = TypeVar("Value")

_LOCAL = ("file://", "local://")
_WILD = "*?["
# Extras of ours that bring what fsspec needs for a protocol.
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "hdfs": "parquet"}
# Stores in which an upload shows only when it is complete.
_ATOMIC = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az"})
_CHANGES = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "created")


@dataclass(frozen=True, slots=True)
class Found:
    """A file, and what tells a changed one: `state` differs when the content does."""

    address: str
    size: int
    state: str

    def identity(self) -> bytes:
        """Bytes that change with the file; its content is not read to tell."""
        address = self.address if is_remote(self.address) else str(Path(self.address).absolute())
        return os.fsencode(address) + f"\0{self.size}\0{self.state}".encode()


def normal(address: str) -> str:
    """The address, a path where it is one in other clothes (`file:///a` is `/a`)."""
    for prefix in _LOCAL:
        if address.startswith(prefix):
            return unquote(address.removeprefix(prefix))
    return address


def is_remote(address: str) -> bool:
    """Whether the address is none of a local path."""
    return "://" in address


def join(root: str, relative: str) -> str:
    """The address of what is called `relative` below `root`."""
    if is_remote(root):
        return f"{root.rstrip('/')}/{relative}"
    return str(Path(root, relative))


def parent(address: str) -> str:
    """The address of the folder that holds `address`."""
    if is_remote(address):
        return address.rstrip("/").rpartition("/")[0]
    return str(Path(address).parent)


def name(address: str) -> str:
    """The last part of an address."""
    return PurePosixPath(address).name if is_remote(address) else Path(address).name


def _telling(function: Callable[P, Value]) -> Callable[P, Value]:
    """`function` whose last argument is an address, with a store's own errors as ours."""

    @wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> Value:
        try:
            return function(*args, **kwargs)
        except (OSError, CleanerError):
            raise
        except Exception as error:
            if not is_remote(str(args[-1])):
                raise
            raise CleanerError(f"{args[-1]}: {str(error) or type(error).__name__}") from error

    return told


def filesystem(address: str) -> tuple[Any, str]:
    """The fsspec file system of a remote address, and the path in it.

    Raises:
        CleanerError: fsspec, or what it needs for the protocol, is not installed.
    """
    try:
        import fsspec
    except ImportError:
        raise _missing(address, "fsspec") from None
    try:
        system, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        protocol = address.partition("://")[0]
        raise _missing(address, _EXTRAS.get(protocol, "fsspec"), str(error)) from None
    except ValueError as error:
        raise CleanerError(f"{address}: {error}") from None
    return system, path


@_telling
def find(address: str) -> Found | None:
    """The file at `address`, None where there is none.

    Raises:
        OSError: It cannot be asked for.
    """
    if not is_remote(address):
        try:
            status = Path(address).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Found(address, status.st_size, str(status.st_mtime_ns))
    system, path = filesystem(address)
    try:
        system.invalidate_cache(path.rpartition("/")[0])
        info = system.info(path)
    except FileNotFoundError:
        return None
    return _found(address, info) if info["type"] == "file" else None


@_telling
def is_folder(address: str) -> bool:
    """Whether there is a folder at `address`."""
    if not is_remote(address):
        return Path(address).is_dir()
    system, path = filesystem(address)
    return bool(system.isdir(path))


@_telling
def walk(root: str) -> list[tuple[str, Found]]:
    """All files below a remote folder, each with its path below it, sorted by that.

    Hidden files and folders are passed over.
    """
    system, path = filesystem(root)
    base = path.rstrip("/") + "/"
    found = []
    for info in system.find(path, detail=True).values():
        relative = info["name"].removeprefix(base).lstrip("/")
        if not any(part.startswith(".") for part in relative.split("/")):
            found.append((relative, _found(join(root, relative), info)))
    return sorted(found, key=lambda item: item[0])


@_telling
def expand(pattern: str) -> list[str]:
    """The addresses that a pattern with `*`, `?` or `[` stands for, sorted; else itself.

    What is there under the very name is no pattern.
    """
    if not any(sign in pattern for sign in _WILD):
        return [pattern]
    if not is_remote(pattern):
        if Path(pattern).exists():
            return [pattern]
        return sorted(globbing.glob(pattern, recursive=True))  # noqa: PTH207 - takes any path
    wild = min(pattern.index(sign) for sign in _WILD if sign in pattern)
    root = parent(pattern[:wild] + "*")
    system, path = filesystem(pattern)
    _, base = filesystem(root)
    below_root = (each.removeprefix(base.rstrip("/")).lstrip("/") for each in system.glob(path))
    return sorted(join(root, each) for each in below_root)


@_telling
def open_read(address: str) -> IO[bytes]:
    """The bytes of a file, to be read once from the start."""
    if not is_remote(address):
        return Path(address).open("rb")
    system, path = filesystem(address)
    # Some file systems' files read no line up to a length by themselves.
    return io.BufferedReader(system.open(path, "rb"), 1 << 20)


def read(address: str) -> bytes:
    """All bytes of a file."""
    with open_read(address) as file:
        return file.read()


@_telling
def put(local: Path, address: str) -> None:
    """Place a local file at a remote address, where it shows when it is complete."""
    system, path = filesystem(address)
    system.makedirs(path.rpartition("/")[0], exist_ok=True)
    if address.partition("://")[0] in _ATOMIC:
        system.put_file(str(local), path)
    else:
        part = f"{path.rpartition('/')[0]}/.{local.name}.part"
        system.put_file(str(local), part)
        system.mv(part, path)
    system.invalidate_cache()


@_telling
def remove(address: str) -> None:
    """Remove a file, which need not be there."""
    if not is_remote(address):
        Path(address).unlink(missing_ok=True)
        return
    system, path = filesystem(address)
    if system.exists(path):
        system.rm_file(path)


def _found(address: str, info: dict[str, Any]) -> Found:
    # Times are told as numbers or as dates, by one file system in several ways.
    times = {key: getattr(info.get(key), "timestamp", lambda: None)() for key in _CHANGES}
    marks = [f"{key}={times[key] or info[key]}" for key in _CHANGES if info.get(key) is not None]
    return Found(address, int(info.get("size") or 0), " ".join(marks))


def _missing(address: str, extra: str, why: str = "") -> CleanerError:
    reason = f" ({why})" if why else ""
    return CleanerError(
        f"{address}: for this kind of address, pip install 'pagecleaner[{extra}]'{reason}"
    )


def below(root: str, addresses: list[str]) -> Iterator[str]:
    """The path of each address below `root`, with `/`."""
    for address in addresses:
        if is_remote(address):
            yield address.removeprefix(root.rstrip("/")).lstrip("/") or "."
        else:
            yield Path(os.path.relpath(address, root)).as_posix()
