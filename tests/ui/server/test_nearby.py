"""What a browser on this machine is sent, and one elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from explorer.ui.server.nearby import Nearby

if TYPE_CHECKING:
    from starlette.requests import Request

TEXT = "the same words " * 1000


async def _text(_: Request) -> PlainTextResponse:
    return PlainTextResponse(TEXT)


APP = Starlette(routes=[Route("/", _text)], middleware=[Middleware(Nearby), Middleware(GZipMiddleware)])


@pytest.mark.parametrize(
    ("client", "is_compressed"),
    [(("127.0.0.1", 1), False), (("::1", 1), False), (("10.0.0.5", 1), True), (("unix", 1), True), (None, True)],
)
def test_only_what_goes_to_another_machine_is_compressed(
    client: tuple[str, int] | None, *, is_compressed: bool
) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"accept-encoding", b"gzip"), (b"host", b"localhost")],
        "client": client,
    }
    asyncio.run(APP(scope, receive, send))
    headers = dict(sent[0]["headers"])
    assert (headers.get(b"content-encoding") == b"gzip") is is_compressed
    assert (len(b"".join(message.get("body", b"") for message in sent)) < len(TEXT)) is is_compressed
