"""Who may talk to the review page, and what a browser may do with it.

The page shows text that strangers wrote, and writes files. So it is reached through this
machine's own address unless told otherwise, only with a token that is made anew at each start,
only under the name it was opened by (a stranger's domain that resolves to this machine is
another name), and written to only from its own pages.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Request
    from werkzeug.wrappers import Response

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address or name.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """The secrets of one start of the server, and the names it goes by."""

    def __init__(self, host: str) -> None:
        self.csrf = secrets.token_urlsafe(24)
        self.headers = _HEADERS
        self._token = secrets.token_urlsafe(24)
        self._host = host
        self._port = 0
        self._names: frozenset[str] = frozenset()

    def listen(self, port: int) -> None:
        """Take the port that the server was given."""
        self._port = port
        names = {self._host}
        if is_loopback(self._host):
            names |= {"127.0.0.1", "localhost", "[::1]"}
        self._names = frozenset(f"{name}:{port}" for name in names)

    @property
    def address(self) -> str:
        """What to open: the address with the token."""
        name = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{name}:{self._port}/?token={self._token}"

    def refuses(self, request: Request) -> str:
        """Why a request is refused; empty if it is not."""
        host = request.headers.get("Host", "")
        if not self._is_ours(host):
            return "this page is not served under that name"
        given = request.args.get("token") or request.cookies.get(self._cookie, "")
        if not _same(given, self._token):
            return "the token is missing or wrong: open the address that `clean review` printed"
        if request.method in ("GET", "HEAD"):
            return ""
        if request.headers.get("Origin") != f"http://{host}":
            return "the request comes from elsewhere"
        if not _same(request.headers.get("X-CSRF-Token", ""), self.csrf):
            return "the request does not come from this page: load it again"
        return ""

    def remember(self, response: Response) -> None:
        """Give the browser the token to keep."""
        response.set_cookie(self._cookie, self._token, httponly=True, samesite="Strict", path="/")

    @property
    def _cookie(self) -> str:
        return f"clean-review-{self._port}"  # cookies do not tell ports apart

    def _is_ours(self, host: str) -> bool:
        if host in self._names:
            return True
        # Told to listen on all addresses: reached by any of them, but by no domain name.
        if self._host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            return False
        name, _, port = host.rpartition(":")
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return port == str(self._port)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("ascii"))
