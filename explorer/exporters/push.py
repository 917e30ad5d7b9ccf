"""Handing a written Label Studio folder to a server: a new project with its tasks, or nothing."""

from __future__ import annotations

import base64
import json
import mimetypes
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from explorer.errors import ExportError
from explorer.exporters.label_studio import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

KEY = "LABEL_STUDIO_API_KEY"
"""Environment variable with the token of an account there; it is never an argument, which others could see."""

_MOST_TASKS, _MOST_BYTES = 500, 50 * 2**20
"""Of one request; a server takes 250,000 tasks and 200 MB."""


class Pushed(NamedTuple):
    """The project that is on the server now.

    Attributes:
        project: its number.
        address: its address.
        tasks: how many it has.
        warning: why it could not be noted among the decisions; empty where it was.
    """

    project: int
    address: str
    tasks: int
    warning: str = ""


def push_label_studio(folder: Path, url: str, key: str, title: str) -> Pushed:
    """Make a project of a written folder. Image files that lie in it go along in the tasks, others stay where they lie.

    Where it fails, the project that was begun is deleted again.

    Args:
        folder: as the format label-studio is written.
        url: of the server.
        key: of an account there.
        title: of the project.

    Raises:
        ExportError: label-studio-sdk is missing, or the server cannot be reached or refuses.
    """
    try:
        import httpx
        from label_studio_sdk import LabelStudio
        from label_studio_sdk.core.api_error import ApiError
    except ImportError as error:
        raise ExportError(
            'Expected label-studio-sdk to push, found none. Install it: pip install "edgecase-explorer[push]".'
        ) from error
    base = url.rstrip("/")
    if urlsplit(base).scheme not in ("http", "https") or not key:
        found = f"the address {url!r}" if key else f"no key in the environment variable {KEY}"
        raise ExportError(f"Expected the address of a server (https://…) and a key in {KEY}, found {found}.")
    tasks = json.loads((folder / "tasks.json").read_text("utf-8"))
    client = LabelStudio(base_url=base, api_key=key)
    begun: int | None = None
    try:
        made = client.projects.create(title=title, label_config=(folder / "labeling_config.xml").read_text("utf-8"))
        begun = int(made.id)
        for some in _requests(tasks, folder):
            client.projects.import_tasks(id=begun, request=some)
    except (ApiError, httpx.HTTPError) as error:
        if begun is not None:
            _take_back(client, begun, (ApiError, httpx.HTTPError))
        raise ExportError(_told(error, base)) from error
    return Pushed(begun, f"{base}/projects/{begun}/data", len(tasks))


def _take_back(client: Any, project: int, errors: tuple[type[Exception], ...]) -> None:  # noqa: ANN401 - the SDK's
    from contextlib import suppress

    with suppress(*errors):
        client.projects.delete(id=project)


def _requests(tasks: Sequence[dict[str, Any]], folder: Path) -> Iterator[list[dict[str, Any]]]:
    """The tasks in as many requests as it takes."""
    some: list[dict[str, Any]] = []
    size = 0
    for task in tasks:
        whole = {**task, "data": {**task["data"], "image": _image(task["data"]["image"], folder)}}
        size += len(json.dumps(whole))
        if some and (len(some) == _MOST_TASKS or size > _MOST_BYTES):
            yield some
            some, size = [], len(json.dumps(whole))
        some.append(whole)
    if some:
        yield some


def _image(said: str, folder: Path) -> str:
    """The image itself as a `data:` address where its file lies in the folder; else where the server finds it."""
    file = folder / unquote(said.removeprefix(LOCAL))
    if not file.is_file():
        return said
    kind = mimetypes.guess_type(file.name)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"


def _told(error: Exception, base: str) -> str:
    status = getattr(error, "status_code", None)
    if status in (401, 403):
        return f"{base} refuses the key in {KEY}. Take one from the account page there (Access Token)."
    if status is not None:
        said = str(getattr(error, "body", ""))[:200]
        return f"{base} refuses the project or its tasks ({status}: {said}). Nothing was left there."
    return f"{base} cannot be reached ({error}). Check the address and that the server runs."
