"""Where the app serves a workspace, so that whoever wants to see it finds one that runs."""

from __future__ import annotations

import json
import os
import urllib.request
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from explorer.data.keys import artefact_key
from explorer.store.derived.artefacts import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.store.paths import WorkspacePaths

_SECONDS = 2.0


@contextmanager
def noted(paths: WorkspacePaths, address: str, decisions: str) -> Iterator[None]:
    """Note, while this process serves a workspace, where; one that cannot be written is served unnoted.

    Args:
        paths: of the workspace.
        address: of the app.
        decisions: where its decisions are, unless in the workspace.
    """
    about = {"address": address, "process": os.getpid(), "decisions": artefact_key(location=decisions)}
    with suppress(OSError):
        write_json(paths.served, about)
    try:
        yield
    finally:
        with suppress(OSError, ValueError, LookupError, TypeError):
            if json.loads(paths.served.read_text("utf-8"))["process"] == os.getpid():
                paths.served.unlink()


def served_at(paths: WorkspacePaths, decisions: str) -> str:
    """The address at which the app serves a workspace with these decisions; empty where none answers."""
    try:
        about = json.loads(paths.served.read_text("utf-8"))
        os.kill(about["process"], 0)
        if about["decisions"] != artefact_key(location=decisions):
            return ""
        address = str(about["address"])
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=_SECONDS) as answer:  # noqa: S310 - our own
            return address if answer.status == 200 else ""  # noqa: PLR2004 - OK
    except (OSError, ValueError, LookupError, TypeError):
        return ""
