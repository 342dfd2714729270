"""Content that is neither text nor HTML, told by its first bytes."""

from __future__ import annotations

import codecs

from cleaner.types import CleanerError

_MAGICS = {
    b"%PDF-": "PDF",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x89PNG": "a PNG image",
    b"\x1f\x8b": "gzipped",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"\xfd7zXZ\x00": "packed by xz",
    b"BZh91AY&SY": "packed by bzip2",
    b"WARC/1.0\r\n": "a web archive, which is read from a file named .warc",
    b"WARC/1.1\r\n": "a web archive, which is read from a file named .warc",
}
# The mark of UTF-32 in little-endian order starts with that of UTF-16.
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_HEAD_BYTES = 4096
_NULS = 0.01  # the share from which on bytes are no text
# Control characters that hardly any text holds; of packed bytes one in fourteen is such. Others are
# of ISO-2022, of terminals and of old systems.
_CONTROLS = bytes((*range(8), *range(0x10, 0x1A)))
_MOST_CONTROLS = 0.03


def refuse_binary(content: bytes) -> bytes:
    """`content`, if it may be a page.

    Raises:
        CleanerError: It is in a known binary format, or full of NUL bytes that no byte order
            mark explains.
    """
    for magic, name in _MAGICS.items():
        if content.startswith(magic):
            raise CleanerError(f"not text or HTML: it is {name}")
    head = content[:_HEAD_BYTES]
    if not head.startswith(_WIDE) and head.count(0) > _NULS * len(head):
        raise CleanerError("not text or HTML: it is full of NUL bytes")
    if is_packed(head):
        raise CleanerError("not text or HTML: it is full of control characters, as packed data is")
    return content


def is_packed(head: bytes, *, least: int = 8) -> bool:
    """Whether bytes look packed: `least` control characters and 3 % of them at least."""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return not head.startswith(_WIDE) and controls >= max(least, _MOST_CONTROLS * len(head))
