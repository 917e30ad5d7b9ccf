"""Which files of a folder that is watched were taken, so that a restart takes none twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from explorer.data.keys import artefact_key
from explorer.data.untrusted import MALFORMED
from explorer.data.whole import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from explorer.store.paths import WorkspacePaths

FORMAT = 1


class State(NamedTuple):
    """What a file was when it was looked at: its size in bytes, and when it was changed last, nanoseconds."""

    size: int
    changed: int


def load_taken(paths: WorkspacePaths, folder: Path) -> dict[str, State]:
    """Files of a folder that were taken or left out for good, by their path below it; none where none is known."""
    try:
        kept = json.loads(_file(paths, folder).read_text("utf-8"))
        return {path: State(*state) for path, state in kept["files"].items()}
    except MALFORMED:
        return {}


def save_taken(paths: WorkspacePaths, folder: Path, taken: Mapping[str, State]) -> None:
    """Keep them, whole or not at all."""
    file = _file(paths, folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = {"format": FORMAT, "folder": str(folder.resolve()), "files": taken}
    with whole_file(file) as draft:
        draft.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")


def _file(paths: WorkspacePaths, folder: Path) -> Path:
    return paths.watched / f"{artefact_key(folder=str(folder.resolve()))}.json"
