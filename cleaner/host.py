"""Hosts of URLs: what sites are told apart by."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_LONGEST = 253  # characters of a name, by RFC 1035
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_AROUND = re.compile(r"^[a-z][a-z-]*:(?=[a-z][a-z0-9+.-]*://)", re.IGNORECASE)  # view-source:


@lru_cache(maxsize=4096)
def host(address: str) -> str:
    """The host of a URL or of an address without a scheme; empty if it is neither.

    One in letters beyond ASCII is told as the domain name system has it.

    >>> host("https://www.Example.org:8080/a"), host("example.org/?u=http://a.b"), host("http://[")
    ('www.example.org', 'example.org', '')
    >>> host("http://bücher.example/")
    'xn--bcher-kva.example'
    """
    address = _AROUND.sub("", address.strip())
    try:
        name = urlsplit(address if _SCHEME.match(address) else f"//{address}").hostname or ""
        return _ascii(name.strip("."))
    except ValueError:  # a mistaken URL names no site
        return ""


def _ascii(name: str) -> str:
    if name.isascii():
        return name
    if len(name) > _LONGEST:  # it would take seconds to look over
        return ""
    import idna

    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:  # older rules know emoji and underscores
        return name.encode("idna").decode("ascii")


def site_of(address: str) -> str:
    """The host without `www.`: what a site is called in reports.

    >>> site_of("https://www.Example.org/a")
    'example.org'
    """
    return host(address).removeprefix("www.")


def is_domain(name: str) -> bool:
    """Whether a name can be a host's, in whatever letters.

    >>> is_domain("example.org"), is_domain("my site"), is_domain("https://example.org")
    (True, False, False)
    """
    return _DOMAIN.fullmatch(name) is not None
