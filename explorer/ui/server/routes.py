"""What the browser fetches beside Streamlit's own traffic: arrays, thumbnails, facts, scripts.

What is a user's own is addressed by a key, a row and a token, never by a path; whom the server answers at all says
`guard.py`. Scripts are the same on every machine: their addresses need no token, and stay in the browser's cache.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import streamlit as st
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from explorer.data.untrusted import MALFORMED
from explorer.errors import ExplorerError, ImageError
from explorer.maps.umap_import import shortcuts
from explorer.points.cache import Cache
from explorer.ui.server import first_page
from explorer.ui.server.blobs import Blobs
from explorer.ui.server.preload import warming
from explorer.ui.server.signed_in import sender

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from starlette.requests import Request

    from explorer.data.images import Crop

    Endpoint = Callable[[Request], Awaitable[Response]]
    Handle = Callable[[Mapping[str, Any]], Mapping[str, Any]]

LONGEST_SIDE = {"96": 96, "192": 192, "large": 2048}
"""Pixels of the longest side for each image size the browser may ask for."""

PLOTLY, AHEAD = "vendor/plotly-gl2d.min.js", "scatter/ahead.js"
"""Scripts that the first page loads beside Streamlit's own."""

MOST_COLLECTIONS = 64
"""Collections of pictures that are served at once, the latest: each holds the tables of a build."""

MOST_HANDLES = 512
"""Places of pages that are answered at once, the latest."""

MOST_AT_ONCE = 8
"""Questions of scripts that are answered at the same time."""

LONGEST_QUESTION = 65_536
"""Bytes of what a script asks."""

_IMMUTABLE = {"Cache-Control": "private, max-age=31536000, immutable"}
_NOT_KEPT = {"Cache-Control": "no-store"}
_PLACEHOLDER = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" fill="none" stroke="#8b9099" stroke-width="3">'
    '<rect x="14" y="20" width="68" height="56" rx="6"/><path d="M14 64l20-18 14 12M62 76L44 20M58 52l8-7 16 14"/>'
    "</svg>"
)


class _Row(IntegerConvertor):
    """A row as it stands in an address: no more digits than a row has, as Python refuses to read thousands."""

    regex = "[0-9]{1,18}"


register_url_convertor("row", _Row())


class ImageSource(Protocol):
    """The images of one immutable build, addressed by row; each method raises IndexError for a foreign row."""

    @property
    def cache_folder(self) -> Path:
        """Where thumbnails are kept; need not exist or be writable."""

    def filepath(self, row: int) -> Path:
        """Return the image file of a row."""

    def digest(self, row: int) -> str:
        """Return the hex digest of the row's content."""

    def crop(self, row: int) -> Crop | None:
        """Return the part of the image that the row is about, or None for the whole; `large` shows the whole."""

    def card(self, row: int, asked: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        """Return what the card beside the cursor says, as pairs of name and value, of what was asked for."""


class Server:
    """What one process serves to its own pages.

    Attributes:
        token: part of every address; unguessable and new in each process.
        base: what stands before every path of ours, ending in the token.
    """

    def __init__(self, base_url_path: str = "", blobs: Blobs | None = None) -> None:
        self.token = secrets.token_urlsafe(24)
        self._secret = secrets.token_bytes(32)
        self._below = "".join(f"/{part}" for part in base_url_path.split("/") if part)
        self.prefix = f"{self._below}/edgecase"
        self._blobs = blobs or Blobs()
        self._sources: Cache[ImageSource] = Cache(MOST_COLLECTIONS)
        self._queues: Cache[ImageSource] = Cache(MOST_HANDLES)
        self._blind: dict[Path, Callable[[str], bool]] = {}
        self._later: Cache[Callable[[], bytes]] = Cache(MOST_COLLECTIONS)
        self._handles: Cache[Handle] = Cache(MOST_HANDLES)
        # Answers do not wait for images; most of their time they wait for the disk.
        self._answering = ThreadPoolExecutor(max_workers=MOST_AT_ONCE, thread_name_prefix="answer")
        # Decoding is bound by the cores; more threads would only hold more decoded images in memory.
        self._decoders = ThreadPoolExecutor(max_workers=os.cpu_count() or 2, thread_name_prefix="thumbnail")

    @property
    def base(self) -> str:
        """The path before every address handed to the browser."""
        return f"{self.prefix}/{self.token}"

    def array_url(self, array: NDArray[np.generic]) -> str:
        """Return the address of the array's bytes (C order); the same content has the same address."""
        return f"{self.base}/blob/{self._blobs.put(array.tobytes())}"

    def later_url(self, key: str, make: Callable[[], bytes]) -> str:
        """Return the address of bytes that are made when a browser asks for them, and that ``key`` names."""
        self._later.put(key, make)
        return f"{self.base}/later/{key}"

    def private_key(self, *about: str) -> str:
        """Return a key that is the same in this process for the same texts, and that nobody can guess."""
        return hmac.new(self._secret, "\0".join(about).encode(), "sha256").hexdigest()[:32]

    def answering_url(self, key: str, handle: Handle) -> str:
        """Return the address that answers what a script asks by POST, as JSON both, without running the page.

        Args:
            key: names the place; a `private_key` where only one person may ask there.
            handle: called on another thread, so it imports nothing (see `Warming`); what it refuses with an
                `ExplorerError` is said as ``refusal``.
        """
        self._handles.put(key, handle)
        return f"{self.base}/answer/{key}"

    def script_url(self, name: str) -> str:
        """Return the address of a script of this package, such as ``scatter/scatter.js``."""
        return f"{self.prefix}/script/{_scripts_version()}/{name}"

    def image_url(self, collection: str) -> str:
        """Return the address before ``/{row}?size=`` of a collection's images."""
        return f"{self.base}/image/{collection}"

    def queue_url(self, queue: str) -> str:
        """Return the address before ``/{row}`` of the large images of a queue, which a reviewer may fetch."""
        return f"{self.base}/queue/{queue}"

    def facts_url(self, collection: str) -> str:
        """Return the address before ``/{row}`` of a collection's facts."""
        return f"{self.base}/facts/{collection}"

    def register_images(self, key: str, source: ImageSource) -> None:
        """Serve ``source`` as the collection ``key``: letters, digits, ``-`` and ``_``, new for each build."""
        self._sources.put(key, source)

    def register_queue(self, key: str, source: ImageSource) -> None:
        """Serve the images of a queue, by their place in it; the key is a `private_key`."""
        self._queues.put(key, source)

    def keep_from(self, workspace: Path, is_blind: Callable[[str], bool]) -> None:
        """Answer people who sign in only what they may see in a workspace.

        Args:
            workspace: its folder.
            is_blind: whether something is hidden from a person, by the name that they signed in with; who has not
                signed in has an empty one. Such a person is given the images of their queue, and nothing else.
        """
        self._blind[workspace] = is_blind

    def hiding_from(self, name: str) -> list[Path]:
        """Return the workspaces that `keep_from` was told of in which something is hidden from a person."""
        return [workspace for workspace, is_blind in list(self._blind.items()) if is_blind(name)]

    def routes(self) -> list[Route]:
        """Return the routes for ``st.App(routes=...)``."""
        endpoints: dict[str, Endpoint] = {
            "blob/{key}": self._blob,
            "later/{key}": self._made,
            "image/{collection}/{row:row}": self._image,
            "facts/{collection}/{row:row}": self._facts,
        }
        own = [
            Route(f"{self.prefix}/{{token}}/{path}", self._with_token(self._unless_blind(endpoint)))
            for path, endpoint in endpoints.items()
        ]
        own.append(Route(f"{self.prefix}/{{token}}/queue/{{collection}}/{{row:row}}", self._with_token(self._queued)))
        own.append(Route(f"{self.prefix}/{{token}}/answer/{{key}}", self._with_token(self._answered), methods=["POST"]))
        scripts = Route(f"{self.prefix}/script/{{version}}/{{name:path}}", _script)
        first = [Route(f"{self._below}/", self._index)] if shortcuts() else []
        return [*first, scripts, *own]

    def page(self) -> str:
        """Return the page that a browser loads first, as HTML."""
        names = [name for name in _scripts() if name.startswith(("scatter/", "shared/"))]
        return first_page.page(map(self._relative_url, names), *map(self._relative_url, (PLOTLY, AHEAD)))

    async def _index(self, _: Request) -> Response:
        return HTMLResponse(self.page(), headers={"Cache-Control": "no-cache"})

    def _relative_url(self, script: str) -> str:
        """Return the address of a script as Streamlit's page would write it."""
        return f".{self.script_url(script).removeprefix(self._below)}"

    def _with_token(self, endpoint: Endpoint) -> Endpoint:
        async def guard(request: Request) -> Response:
            token = request.path_params["token"]
            if not secrets.compare_digest(token.encode(), self.token.encode()):
                return _text(403, "This address belongs to an earlier run of the app: reload the page.")
            return await endpoint(request)

        return guard

    def _unless_blind(self, endpoint: Endpoint) -> Endpoint:
        async def guard(request: Request) -> Response:
            name = sender(request.cookies) if self._blind else ""
            if self.hiding_from(name):
                return _text(403, "This is hidden from you while you judge in a round of review.")
            return await endpoint(request)

        return guard

    async def _blob(self, request: Request) -> Response:
        data = self._blobs.get(request.path_params["key"])
        if data is None:
            return _text(404, "These data are no longer held: rerun the page.")
        # Naming an encoding keeps the gzip middleware off: floats do not shrink, and it would take seconds.
        return _immutable(data, "application/octet-stream", {"Content-Encoding": "identity"})

    async def _made(self, request: Request) -> Response:
        make = self._later.held(request.path_params["key"])
        if make is None:
            return _text(404, "These data are no longer held: rerun the page.")
        data = await asyncio.get_running_loop().run_in_executor(self._decoders, warming().make, make)
        return _immutable(data, "application/octet-stream")

    async def _answered(self, request: Request) -> Response:
        handle = self._handles.held(request.path_params["key"])
        if handle is None:
            return _text(404, "This page is no longer held: load it again.")
        body = await _read(request, LONGEST_QUESTION)
        if body is None:
            return _text(413, f"Expected at most {LONGEST_QUESTION:,} bytes, found more.")
        asked = _asked(body)
        if asked is None:
            return _text(400, "None of our scripts asks that.")
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(self._answering, handle, asked)
        except ExplorerError as error:
            answer = {"refusal": str(error)}
        return JSONResponse(answer, headers=_NOT_KEPT)

    async def _image(self, request: Request) -> Response:
        longest_side = LONGEST_SIDE.get(request.query_params.get("size", "192"))
        return await self._picture(request, self._sources, longest_side)

    async def _queued(self, request: Request) -> Response:
        return await self._picture(request, self._queues, LONGEST_SIDE["large"])

    async def _picture(self, request: Request, among: Cache[ImageSource], longest_side: int | None) -> Response:
        source = among.held(request.path_params["collection"])
        if source is None or longest_side is None:
            return _missing_image()
        loop = asyncio.get_running_loop()
        try:
            data = await loop.run_in_executor(
                self._decoders, _thumbnail, source, request.path_params["row"], longest_side
            )
        except (ImageError, OSError, IndexError):
            return _missing_image()
        return _immutable(data, "image/webp")

    async def _facts(self, request: Request) -> Response:
        source = self._sources.held(request.path_params["collection"])
        try:
            facts = [] if source is None else _pairs(source, request)
        except IndexError:
            facts = []
        return JSONResponse(facts, headers=_NOT_KEPT)


@cache
def server() -> Server:
    """Return the process's one server; the app factory gives its routes to Streamlit, pages ask it for addresses."""
    return Server(st.get_option("server.baseUrlPath") or "")


def _pairs(source: ImageSource, request: Request) -> list[list[str]]:
    return [list(fact) for fact in source.card(request.path_params["row"], request.query_params)]


async def _script(request: Request) -> Response:
    script = _scripts().get(request.path_params["name"])
    if script is None or request.path_params["version"] != _scripts_version():
        return _text(404, "There is no such script: reload the page.")
    return _immutable(script.read_bytes(), "text/javascript; charset=utf-8")


async def _read(request: Request, most: int) -> bytes | None:
    """What a request sends; None where that is more, of which no more is held."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            return None
    return bytes(body)


def _asked(body: bytes) -> dict[str, Any] | None:
    """What a script asks; None where none of ours asks it."""
    try:
        asked = json.loads(body)
    except MALFORMED:
        return None
    return asked if isinstance(asked, dict) else None


def _thumbnail(source: ImageSource, row: int, longest_side: int) -> bytes:
    """Return a row's image, or its part of one, as WebP, from the cache folder when it is there."""
    from explorer.data.images import thumbnail

    digest = source.digest(row)
    crop = None if longest_side == LONGEST_SIDE["large"] else source.crop(row)
    name = "_".join([digest, *(f"{side}" for side in crop or ())])
    cached = source.cache_folder / str(longest_side) / digest[:2] / f"{name}.webp"
    if cached.is_file():
        return cached.read_bytes()
    data = thumbnail(source.filepath(row), longest_side, crop)
    _keep(cached, data)
    return data


def _keep(path: Path, data: bytes) -> None:
    """Write under a temporary name, then rename, so that no reader sees half a thumbnail."""
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        draft.replace(path)
    except OSError:  # a full or read-only disk costs the cache, not the image
        with suppress(OSError):
            draft.unlink(missing_ok=True)


@cache
def _scripts() -> dict[str, Path]:
    """Return every script that may be served, by the name in its address."""
    package = Path(__file__).parents[1] / "components"
    return {path.relative_to(package).as_posix(): path for path in package.rglob("*.js")}


@cache
def _scripts_version() -> str:
    """Names exactly these scripts, so that a browser keeps them from one start to the next, and no longer."""
    return hashlib.sha256(b"".join(script.read_bytes() for _, script in sorted(_scripts().items()))).hexdigest()[:16]


def _immutable(data: bytes, media_type: str, extra: dict[str, str] | None = None) -> Response:
    return Response(data, media_type=media_type, headers=_IMMUTABLE | (extra or {}))


def _missing_image() -> Response:
    # Browsers draw the body of a 404 in an <img>, and nothing that failed may be cached for a year.
    return Response(_PLACEHOLDER, status_code=404, media_type="image/svg+xml", headers=_NOT_KEPT)


def _text(status: int, message: str) -> Response:
    return PlainTextResponse(message, status_code=status, headers=_NOT_KEPT)
