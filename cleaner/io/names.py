"""Names for output files: safe, and never the same for two pages of a run.

Names are compared as file systems do that ignore case and Unicode normal form, so that a
result can be copied to any of them.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

AUDIT = ".verdicts.jsonl"  # what the verdicts on a page are called, beside its text
TEXTS = (".txt", ".md")  # what a page's text is called

_UNSAFE = re.compile(r"[^\w.-]+")
# Windows opens a device by these names, whatever the suffix.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_LONGEST = 60  # characters; 240 bytes at most in UTF-8, and file systems take 255
_MARK = 8  # of them tell apart what is cut
_SUFFIX_BYTES = 16  # what is longer is no suffix
_NAME_BYTES = 255 - 8  # and room for a number


def mirrored(paths: Sequence[str], suffix: str, *, longest: str = "") -> list[str]:
    """The output path of each input path, with `suffix` in the place of its own.

    Where several inputs would get the same, each of them keeps its full name, and is numbered
    if even that is taken. A name that is too long for a file system, with `suffix` or the
    `longest` ending that a file beside it has, is cut, and told apart by a digest.

    >>> mirrored(["a/b.html", "c.html", "c.txt"], ".txt")
    ['a/b.txt', 'c.html.txt', 'c.txt.txt']
    """
    room = _NAME_BYTES - max(len(suffix), len(longest))
    paths = [_cut(PurePosixPath(path), room) for path in paths]
    short = [str(PurePosixPath(path).with_suffix("")) for path in paths]
    wanted = Counter(_key(stem + suffix) for stem in short)
    wanted.update({_key(str(folder)) for path in paths for folder in PurePosixPath(path).parents})
    taken = dict.fromkeys(wanted, 1)
    return [
        stem + suffix if wanted[_key(stem + suffix)] == 1 else free(path, suffix, taken)
        for path, stem in zip(paths, short, strict=True)
    ]


def free(stem: str, suffix: str, taken: dict[str, int]) -> str:
    """`stem` + `suffix`, numbered if it is taken, and now taken.

    `taken` counts how often each name was asked for.
    """
    name = stem + suffix
    key = _key(name)
    while _key(name) in taken:
        taken[key] = taken.get(key, 0) + 1
        name = f"{stem}-{taken[key]}{suffix}"
    taken[_key(name)] = 1
    return name


def safe(text: str) -> str:
    """A file name without suffix made of any text: no folder, not hidden, not too long.

    What is cut ends in a digest of the whole text, so that long URLs that start alike differ.

    >>> safe("../../etc/passwd"), safe("https://a.org/b?c=1"), safe("..")
    ('etc_passwd', 'https_a.org_b_c_1', 'page')
    """
    name = _UNSAFE.sub("_", text).strip("._") or "page"
    if len(name) > _LONGEST:
        mark = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_MARK // 2)
        name = f"{name[: _LONGEST - _MARK - 1].rstrip('._')}-{mark.hexdigest()}"
    return f"_{name}" if _DEVICE.match(name) else name


def _cut(path: PurePosixPath, room: int) -> str:
    """`path` with a name of no more bytes than that."""
    name = path.name.encode("utf-8", "surrogateescape")
    if len(name) <= room:
        return str(path)
    mark = hashlib.blake2b(name, digest_size=_MARK // 2).hexdigest()
    suffix = path.suffix if path.suffix.isascii() and len(path.suffix) <= _SUFFIX_BYTES else ""
    head = name[: len(name) - len(suffix)][: room - _MARK - 1 - len(suffix)]
    return str(path.with_name(f"{head.decode('utf-8', 'ignore')}-{mark}{suffix}"))


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
