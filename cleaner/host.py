"""Hosts of URLs: what sites are told apart by."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit

_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


@lru_cache(maxsize=4096)
def host(address: str) -> str:
    """The host of a URL or of an address without a scheme; empty if it is neither.

    One in letters beyond ASCII is told as the domain name system has it.

    >>> host("https://www.Example.org:8080/a"), host("example.org/?u=http://a.b"), host("http://[")
    ('www.example.org', 'example.org', '')
    >>> host("http://bücher.example/")
    'xn--bcher-kva.example'
    """
    address = address.strip()
    try:
        if _SCHEME.match(address):
            name = urlsplit(address).hostname or ""
        else:
            parts = urlsplit(f"//{address}")
            # Asking for the port refuses `view-source:https://…`.
            name = parts.hostname or "" if parts.port is None or parts.port >= 0 else ""
    except ValueError:  # a mistaken URL names no site
        return ""
    name = name.strip(".")
    if name.isascii():
        return name
    import idna

    with suppress(idna.IDNAError):
        name = idna.encode(name, uts46=True).decode("ascii")
    return name


def site_of(address: str) -> str:
    """The host without `www.`: what a site is called in reports.

    >>> site_of("https://www.Example.org/a")
    'example.org'
    """
    return host(address).removeprefix("www.")
