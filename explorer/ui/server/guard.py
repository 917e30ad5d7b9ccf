"""Who is answered, on every address of the app, Streamlit's own too, and what a browser may do with the answer.

A server on this machine can be asked by any page that its user visits: through a name that was pointed here (DNS
rebinding), or from the page's own origin. Neither is one of ours.
"""

from __future__ import annotations

import re
import socket
from base64 import b64encode
from fnmatch import fnmatchcase
from hashlib import sha256
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SCRIPT = re.compile(r"<script(?: type=\"module\")?>(.*?)</script>", re.DOTALL)

_REFUSAL = (
    "This server does not answer to that host name or to pages of another origin. Open it by the address that "
    "`edgecase open` printed, or start it with `--host NAME`.\n"
)


class Guard:
    """Middleware that refuses foreign hosts and origins, and says in every answer what a browser may do with it."""

    def __init__(self, app: ASGIApp, page: str) -> None:
        """Take the app, and its first page: only the scripts that stand in it are run from within a page."""
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy(page),
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or open one websocket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        if _is_ours(Headers(scope=scope)):
            await self._app(scope, receive, with_headers)
        elif scope["type"] == "http":
            await PlainTextResponse(_REFUSAL, status_code=403)(scope, receive, with_headers)
        else:
            await send({"type": "websocket.close"})  # before it is accepted: the server answers 403


def policy(page: str) -> str:
    """Return the Content-Security-Policy: nothing is loaded from, or sent to, any other server."""
    within = " ".join(f"'sha256-{b64encode(sha256(one.encode()).digest()).decode()}'" for one in _SCRIPT.findall(page))
    return "; ".join(
        (
            "default-src 'self'",
            # Streamlit runs the loader of a component as a blob; what draws points compiles the code that does so.
            f"script-src 'self' blob: 'unsafe-eval' {within}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _is_ours(headers: Headers) -> bool:
    host, origin = headers.get("host", "").lower(), headers.get("origin")
    return host_allowed(host) and (origin is None or origin.lower() in (f"http://{host}", f"https://{host}"))


def host_allowed(host: str) -> bool:
    """Whether a request's Host header names this machine, ``server.address`` or one of ``server.allowedHosts``.

    A server bound to every interface also answers to the machine's own name and to any address in digits: what others
    call it cannot be known, and only their names can be rebound by DNS.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    address = (st.get_option("server.address") or "0.0.0.0").lower()  # noqa: S104 - what Streamlit binds to
    known = {"localhost", "127.0.0.1", "::1", address}
    patterns = [pattern.lower() for pattern in st.get_option("server.allowedHosts") or ()]
    return (
        name in known
        or any(fnmatchcase(name, pattern) for pattern in patterns)
        or (_is_wildcard(address) and (_is_ip(name) or name == socket.gethostname().lower()))
    )


def _is_ip(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_wildcard(address: str) -> bool:
    return _is_ip(address) and ip_address(address).is_unspecified
