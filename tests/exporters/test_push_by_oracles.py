"""Pushing to Label Studio: its own SDK speaks to a small local server, which holds what it gets against its types.

Needs the dependency group `oracles`, in an environment of its own: see .ci/run. Elsewhere these tests are skipped.
"""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from explorer.errors import ExportError
from explorer.exporters import exporter
from explorer.exporters.push import push_label_studio
from tests.exporters.conftest import classified, detected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

sdk = pytest.importorskip("label_studio_sdk", reason="needs the dependency group `oracles`: see .ci/run")

TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - of the server below


class Server(ThreadingHTTPServer):
    """What a Label Studio server does with a new project and its tasks, as far as its API's schema says it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.projects: dict[int, dict[str, Any]] = {}
        self.tasks: dict[int, list[dict[str, Any]]] = {}
        self.requests = 0
        self.full = 10**9

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Token {TOKEN}":
            self._answer(401, {"detail": "Invalid token."})
        elif self.path == "/api/projects/":
            number = len(self.server.projects) + 1
            self.server.projects[number] = content
            self._answer(201, {**_project(content, number)})
        else:
            self._import(int(self.path.split("/")[3]), content)

    def do_DELETE(self) -> None:
        del self.server.projects[int(self.path.strip("/").split("/")[2])]
        self._answer(204, None)

    def _import(self, number: int, content: list[dict[str, Any]]) -> None:
        """Each task is held against the API's own type, and against the project's labelling configuration."""
        from label_studio_sdk.label_interface import LabelInterface
        from label_studio_sdk.types import ImportApiRequest

        self.server.requests += 1
        labeling = LabelInterface(self.server.projects[number]["label_config"])
        for task in content:
            predictions = [
                {"task": 0, **one} for one in task["predictions"]
            ]  # the type is also of those that stand alone
            ImportApiRequest(**{**task, "predictions": predictions})
            said = [*task["annotations"], *task["predictions"]]
            if not all(labeling.validate_prediction({"model_version": "x", **one}) for one in said):
                self._answer(400, {"detail": "a region is of no label"})
                return
        if sum(map(len, self.server.tasks.values())) + len(content) > self.server.full:
            self._answer(400, {"detail": "too many tasks"})
            return
        self.server.tasks.setdefault(number, []).extend(content)
        counts = {"task_count": len(content), "annotation_count": 0, "prediction_count": 0, "duration": 0.1}
        lists: dict[str, list[object]] = {"file_upload_ids": [], "found_formats": [], "data_columns": []}
        self._answer(201, {**counts, **lists, "could_be_tasks_list": False})

    def _answer(self, status: int, content: object) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _project(content: dict[str, Any], number: int) -> dict[str, Any]:
    return {"id": number, "title": content["title"], "label_config": content["label_config"]}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as here:
        thread = threading.Thread(target=here.serve_forever, daemon=True)
        thread.start()
        yield here
        here.shutdown()


@pytest.mark.parametrize("make", [classified, detected])
def test_a_project_with_all_tasks_labels_and_predictions_is_there(make: Any, server: Server, tmp_path: Path) -> None:
    package = make(tmp_path, 8)
    exporter("label-studio", "copy")(package, tmp_path / "out")
    done = push_label_studio(tmp_path / "out", f"{server.address}/", TOKEN, "größe")
    assert (done.project, done.address, done.tasks) == (1, f"{server.address}/projects/1/data", 8)
    assert server.projects[1]["title"] == "größe"
    assert server.projects[1]["label_config"] == (tmp_path / "out" / "labeling_config.xml").read_text("utf-8")
    written = json.loads((tmp_path / "out" / "tasks.json").read_text("utf-8"))
    for task, sent in zip(written, server.tasks[1], strict=True):
        assert (sent["annotations"], sent["predictions"]) == (task["annotations"], task["predictions"])
        assert {**sent["data"], "image": ""} == {**task["data"], "image": ""}
        content = base64.b64decode(sent["data"]["image"].removeprefix("data:image/png;base64,"))
        assert content.startswith(b"\x89PNG")


def test_images_that_stay_are_named_where_they_lie_and_many_tasks_take_several_requests(
    server: Server, tmp_path: Path
) -> None:
    exporter("label-studio")(classified(tmp_path, 1200), tmp_path / "out")
    assert push_label_studio(tmp_path / "out", server.address, TOKEN, "many").tasks == 1200
    assert (len(server.tasks[1]), server.requests) == (1200, 3)
    assert server.tasks[1][0]["data"]["image"].startswith("/data/local-files/?d=")


def test_what_a_server_refuses_leaves_no_half_project(server: Server, tmp_path: Path) -> None:
    exporter("label-studio")(classified(tmp_path, 1200), tmp_path / "out")
    server.full = 600
    with pytest.raises(ExportError, match=r"refuses the project or its tasks \(400: .*too many tasks"):
        push_label_studio(tmp_path / "out", server.address, TOKEN, "many")
    assert server.projects == {}


def test_a_wrong_key_a_wrong_address_and_none_are_told(server: Server, tmp_path: Path) -> None:
    exporter("label-studio")(classified(tmp_path, 2), tmp_path / "out")
    with pytest.raises(ExportError, match="refuses the key in LABEL_STUDIO_API_KEY"):
        push_label_studio(tmp_path / "out", server.address, "f" * 40, "x")
    with pytest.raises(ExportError, match="found no key in the environment variable LABEL_STUDIO_API_KEY"):
        push_label_studio(tmp_path / "out", server.address, "", "x")
    with pytest.raises(ExportError, match="found the address 'ftp://here'"):
        push_label_studio(tmp_path / "out", "ftp://here", TOKEN, "x")
    gone = server.address
    server.shutdown()
    server.server_close()
    with pytest.raises(ExportError, match="cannot be reached"):
        push_label_studio(tmp_path / "out", gone, TOKEN, "x")
