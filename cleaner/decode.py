"""Bytes of a page to text, with the encoding the page declares or, failing that, a guess."""

from __future__ import annotations

from w3lib.encoding import (
    html_body_declared_encoding,
    html_to_unicode,
    read_bom,
    resolve_encoding,
)

_GUESS_BYTES = 20_000
_BAD = "\ufffd"


def decode(content: bytes, charset: str | None = None) -> str:
    """The text of `content`; undecodable bytes become U+FFFD, never an error.

    A byte order mark wins, then UTF-8 if the bytes are valid UTF-8 (scrapers often re-encode
    a page and leave its old declaration in place), then `charset`, which came with the page,
    then the encoding it declares itself, then a guess.

    >>> decode("<p>naïve".encode("utf-8"))
    '<p>naïve'
    >>> decode(b"<meta charset=windows-1251><p>" + "Привет".encode("cp1251"))
    '<meta charset=windows-1251><p>Привет'
    >>> decode("<p>Привет".encode("koi8-r"), "koi8-r")
    '<p>Привет'
    """
    bom_encoding, bom = read_bom(content)
    if bom_encoding is not None and bom is not None:
        return content[len(bom) :].decode(bom_encoding, "replace")
    if not _is_escaped_ascii(content):
        text = content.decode("utf-8", "replace")
        if _is_utf8(text):
            return text
    known = f"text/html; charset={charset}" if charset else None
    try:
        _, text = html_to_unicode(known, content, auto_detect_fun=_guess)
    except (LookupError, UnicodeError):  # Python's own codecs of bytes, as `hex` or `zip`
        text = content.decode(_guess(content), "replace")
    return text


def _is_utf8(text: str) -> bool:
    """Whether what was decoded as UTF-8 was UTF-8, but for the odd byte lost on the way."""
    bad = text.count(_BAD)
    if not bad:
        return True
    good = sum(char > "\x7f" for char in text) - bad
    return good > 5 * bad


def _is_escaped_ascii(content: bytes) -> bool:
    """Whether a 7-bit encoding such as ISO-2022-JP hides more characters than the bytes show."""
    return b"\x1b" in content and html_body_declared_encoding(content) is not None


def _guess(content: bytes) -> str:
    from charset_normalizer import from_bytes  # slow to import, rarely needed

    best = from_bytes(content[:_GUESS_BYTES]).best()
    return (best and resolve_encoding(best.encoding)) or "cp1252"
