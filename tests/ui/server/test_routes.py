"""Tests of what the browser may fetch, and of what it may not."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from explorer.errors import ReviewError
from explorer.ui.server import routes
from explorer.ui.server.blobs import Blobs
from explorer.ui.server.routes import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import Message


class Folder:
    """Two images and a text file that is none, by row."""

    def __init__(self, folder: Path) -> None:
        self.files = [folder / "a.png", folder / "b.png", folder / "notes.txt"]
        Image.new("RGB", (300, 200), "red").save(self.files[0])
        Image.new("L", (28, 28), 90).save(self.files[1])
        self.files[2].write_text("not an image")
        self.cache_folder = folder / "thumbnails"
        self.crops: dict[int, tuple[float, float, float, float]] = {}

    def filepath(self, row: int) -> Path:
        return self.files[row]

    def digest(self, row: int) -> str:
        return hashlib.blake2b(self.files[row].read_bytes(), digest_size=16).hexdigest()

    def crop(self, row: int) -> tuple[float, float, float, float] | None:
        return self.crops.get(row)

    def card(self, row: int, asked: Mapping[str, str]) -> list[tuple[str, str]]:
        return [("file", self.files[row].name), *asked.items()]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def server(folder: Folder) -> Server:
    made = Server()
    made.register_images("build-1", folder)
    return made


@pytest.fixture
def client(server: Server) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=server.routes()), base_url="http://localhost:8501") as opened:
        yield opened


def test_an_array_arrives_byte_for_byte(server: Server, client: TestClient) -> None:
    array = np.arange(6, dtype=np.float32).reshape(3, 2)
    answer = client.get(server.array_url(array))
    assert answer.content == array.tobytes()
    assert "immutable" in answer.headers["cache-control"]


def test_the_same_array_has_the_same_address(server: Server) -> None:
    """A rerun of the page must not make the browser fetch anything again."""
    assert server.array_url(np.ones(5)) == server.array_url(np.ones(5))
    assert server.array_url(np.ones(5)) != server.array_url(np.zeros(5))


def test_an_array_no_longer_held_is_said_to_be_gone(server: Server, client: TestClient) -> None:
    answer = client.get(f"{server.base}/blob/{'0' * 32}")
    assert answer.status_code == 404
    assert "no longer held" in answer.text


@pytest.mark.parametrize("path", ["blob/x", "later/x", "image/build-1/0", "facts/build-1/0"])
def test_every_address_of_what_is_the_users_needs_the_token(client: TestClient, path: str) -> None:
    assert client.get(f"/edgecase/guessed/{path}").status_code == 403
    assert client.get(f"/edgecase/%C3%A9/{path}").status_code == 403


@pytest.mark.parametrize(("size", "expected"), [("96", (96, 64)), ("192", (192, 128)), ("large", (300, 200))])
def test_images_come_in_three_sizes(server: Server, client: TestClient, size: str, expected: tuple[int, int]) -> None:
    """Thumbnails shrink, and nothing is ever enlarged."""
    answer = client.get(f"{server.image_url('build-1')}/0", params={"size": size})
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert _size(answer.content) == expected


def _size(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content)) as image:
        return image.size


def test_a_row_about_a_part_shows_it_small_and_the_whole_large(
    server: Server, client: TestClient, folder: Folder
) -> None:
    """Two boxes of one image share its digest: neither may be answered with what was kept for the other."""
    address = f"{server.image_url('build-1')}/0"
    whole = client.get(address, params={"size": "192"}).content
    for crop, size in (((0.0, 0.0, 30.0, 20.0), (30, 20)), ((0.5, 0.0, 50.0, 20.0), (50, 20))):
        folder.crops[0] = crop
        for asked in ("96", "192"):
            assert _size(client.get(address, params={"size": asked}).content) == size
        assert _size(client.get(address, params={"size": "large"}).content) == (300, 200)
    folder.crops.clear()
    assert client.get(address, params={"size": "192"}).content == whole


def test_a_thumbnail_is_decoded_once(server: Server, client: TestClient, tmp_path: Path) -> None:
    """The second request is answered from the cache folder, which needs nothing but the digest."""
    address = f"{server.image_url('build-1')}/1?size=96"
    first = client.get(address)
    (cached,) = (tmp_path / "thumbnails" / "96").rglob("*.webp")
    cached.write_bytes(b"from the cache")
    assert first.status_code == 200
    assert client.get(address).content == b"from the cache"


def test_a_cache_that_cannot_be_written_costs_only_the_cache(
    server: Server, client: TestClient, tmp_path: Path
) -> None:
    (tmp_path / "thumbnails").write_text("a file where the folder should be")
    assert client.get(f"{server.image_url('build-1')}/0").status_code == 200


@pytest.mark.parametrize("path", ["build-1/2", "build-1/3", "build-2/0", "build-1/0?size=4000"])
def test_an_image_that_cannot_be_shown_is_a_placeholder(server: Server, client: TestClient, path: str) -> None:
    """Not an image, no such row, no such collection, no such size; none may stay in the browser's cache."""
    answer = client.get(f"{server.base}/image/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["image/build-1/..%2fnotes.txt", "image/build-1/-1", "script/routes.py"])
@pytest.mark.parametrize("prefix", ["", "..%2f", "scatter/..%2f..%2f"])
def test_no_address_reaches_a_file_by_its_path(server: Server, client: TestClient, prefix: str, path: str) -> None:
    kind, _, rest = path.partition("/")
    base = server.script_url("").rstrip("/") if kind == "script" else f"{server.base}/{kind}"
    assert client.get(f"{base}/{prefix}{rest}").status_code == 404


def test_facts_are_pairs_of_text(server: Server, client: TestClient) -> None:
    assert client.get(f"{server.facts_url('build-1')}/0").json() == [["file", "a.png"]]
    assert client.get(f"{server.facts_url('build-1')}/99").json() == []


def test_a_card_is_of_what_was_asked_for(server: Server, client: TestClient) -> None:
    said = client.get(f"{server.facts_url('build-1')}/1?first=a%20column&model=v1").json()
    assert said == [["file", "b.png"], ["first", "a column"], ["model", "v1"]]


def test_what_takes_long_is_made_when_it_is_asked_for(server: Server, client: TestClient) -> None:
    asked: list[bytes] = []

    def make() -> bytes:
        asked.append(b"now")
        return b"regions"

    address = server.later_url("regions-1", make)
    assert asked == []
    answer = client.get(address)
    assert (answer.content, asked) == (b"regions", [b"now"])
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get(f"{server.base}/later/regions-2").status_code == 404


def test_scripts_come_from_the_package(server: Server, client: TestClient) -> None:
    """A module script is run only with the right type."""
    for name in ("scatter/scatter.js", "gallery/gallery.js", "viewer/viewer.js", "vendor/plotly-gl2d.min.js"):
        answer = client.get(server.script_url(name))
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]


def test_scripts_keep_their_address_from_one_start_to_the_next(server: Server, client: TestClient) -> None:
    """So the browser has them, and plotly.js compiled; but those of another version are not answered with ours."""
    address = server.script_url("vendor/plotly-gl2d.min.js")
    assert Server().script_url("vendor/plotly-gl2d.min.js") == address
    version = address.split("/")[3]
    assert client.get(address.replace(version, "0" * len(version))).status_code == 404


def test_the_drawing_library_is_that_of_the_plotly_package() -> None:
    """The part of plotly.js that draws the map lies here; it is renewed when the package moves on to another one."""
    ours = Path(routes.__file__).parents[1] / "components" / "vendor" / "plotly-gl2d.min.js"
    whole = files("plotly") / "package_data" / "plotly.min.js"
    versions = [re.findall(r"v(\d+)\.\d+\.\d+", file.read_text("utf-8")[:200])[0] for file in (ours, whole)]
    assert versions[0] == versions[1]


def test_addresses_start_with_the_base_path() -> None:
    """Behind a reverse proxy the app lives below a path, and so must these."""
    made = Server("/tools/map/")
    with TestClient(Starlette(routes=made.routes()), base_url="http://localhost") as client:
        assert made.base.startswith("/tools/map/edgecase/")
        assert client.get(made.array_url(np.ones(2))).status_code == 200


def test_blobs_forget_the_least_recently_used_first() -> None:
    blobs = Blobs(capacity=10)
    first, second = blobs.put(b"aaaa"), blobs.put(b"bbbb")
    blobs.get(first)
    third = blobs.put(b"cccc")
    assert blobs.get(first) == b"aaaa"
    assert blobs.get(second) is None
    assert blobs.get(third) == b"cccc"


def test_blobs_keep_the_newest_even_when_it_alone_is_too_large() -> None:
    """The page that put it is about to ask for it."""
    blobs = Blobs(capacity=3)
    blobs.put(b"aa")
    assert blobs.get(blobs.put(b"too large")) == b"too large"


def test_blobs_count_the_same_bytes_once() -> None:
    blobs = Blobs(capacity=8)
    kept = blobs.put(b"aaaa")
    for _ in range(3):
        blobs.put(b"bbbb")
    assert blobs.get(kept) == b"aaaa"


def test_a_script_asks_and_is_answered(server: Server, client: TestClient) -> None:
    asked = []

    def handle(said: Mapping[str, object]) -> Mapping[str, object]:
        asked.append(dict(said))
        return {"twice": 2 * len(asked)}

    url = server.answering_url(server.private_key("review", "ben"), handle)
    assert client.post(url, json={"ask": "it"}).json() == {"twice": 2}
    assert client.post(url, json={"ask": "it"}).json() == {"twice": 4}
    assert asked == [{"ask": "it"}] * 2
    assert client.get(url).status_code == 405


def test_what_is_refused_is_a_sentence(server: Server, client: TestClient) -> None:
    def handle(_: Mapping[str, object]) -> Mapping[str, object]:
        raise ReviewError("The round is closed.")

    answer = client.post(server.answering_url("key", handle), json={})
    assert (answer.status_code, answer.json()) == (200, {"refusal": "The round is closed."})


@pytest.mark.parametrize(
    ("body", "status"),
    [("{", 400), ("[1]", 400), ("[" * 60_000, 400), (b"\xff", 400), ('"' + "x" * routes.LONGEST_QUESTION + '"', 413)],
)
def test_what_none_of_our_scripts_asks_is_not_answered(
    body: str | bytes, status: int, server: Server, client: TestClient
) -> None:
    url = server.answering_url("key", lambda said: said)
    assert client.post(url, content=body).status_code == status


def test_no_more_of_a_question_is_read_than_may_be_asked(server: Server) -> None:
    """However long it goes on: here it never ends."""
    sent = 0

    async def receive() -> Message:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": b"x" * 10_000, "more_body": True}

    server.answering_url("key", lambda said: said)
    scope = {"type": "http", "method": "POST", "path_params": {"key": "key"}, "headers": []}
    answer = asyncio.run(server._answered(Request(scope, receive)))
    assert (answer.status_code, sent) == (413, routes.LONGEST_QUESTION // 10_000 + 1)


@pytest.mark.parametrize("kind", ["image", "facts", "queue"])
def test_a_row_of_more_digits_than_can_be_read_is_no_address(server: Server, client: TestClient, kind: str) -> None:
    assert client.get(f"{server.base}/{kind}/build-1/{'9' * 18}").status_code in (200, 404)
    assert client.get(f"{server.base}/{kind}/build-1/{'9' * 5000}").text == "Not Found"


def test_an_unknown_place_and_another_run_are_not_answered(server: Server, client: TestClient) -> None:
    url = server.answering_url("key", lambda said: said)
    assert client.post(url.replace("/answer/key", "/answer/other"), json={}).status_code == 404
    assert client.post(url.replace(server.token, "another"), json={}).status_code == 403


def test_a_private_key_is_of_one_process_and_one_purpose(server: Server) -> None:
    assert server.private_key("review", "ben") == server.private_key("review", "ben")
    assert server.private_key("review", "ben") != server.private_key("review", "cy")
    assert server.private_key("review", "ben") != Server().private_key("review", "ben")
