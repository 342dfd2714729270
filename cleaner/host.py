"""Hosts of URLs: what sites are told apart by."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit


@lru_cache(maxsize=4096)
def host(address: str) -> str:
    """The host of a URL or of an address without a scheme; empty if it is neither.

    >>> host("https://www.Example.org:8080/a"), host("example.org"), host("http://[")
    ('www.example.org', 'example.org', '')
    """
    try:
        name = urlsplit(address if "//" in address else f"//{address}").hostname
    except ValueError:  # a mistaken URL names no site
        return ""
    return (name or "").strip(".")


def site_of(address: str) -> str:
    """The host without `www.`: what a site is called in reports.

    >>> site_of("https://www.Example.org/a")
    'example.org'
    """
    return host(address).removeprefix("www.")
