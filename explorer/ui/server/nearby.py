"""Nothing is compressed for a browser on this machine: it would wait longer for that than for the rest of the bytes."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_ACCEPTED = b"accept-encoding"


class Nearby:
    """Middleware that hides from the others that a browser on this machine can unpack what is compressed."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and _is_here(scope):
            scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != _ACCEPTED]}
        await self._app(scope, receive, send)


def _is_here(scope: Scope) -> bool:
    try:
        return ip_address((scope.get("client") or ("",))[0]).is_loopback
    except ValueError:  # a socket without an address
        return False
