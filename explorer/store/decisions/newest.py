"""The newest event of a database as its workspace keeps it: a chain alone does not show that its end is gone."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import NamedTuple

from explorer.store.decisions.connections import identity, parse
from explorer.store.decisions.events import checksum
from explorer.store.paths import WorkspacePaths


class Newest(NamedTuple):
    """An event that was the newest once: its sequence number and checksum."""

    sequence: int
    checksum: str


def newest_file(workspace: Path, location: Path | str) -> Path:
    """The file of a workspace that keeps the newest event of one database.

    A database in the workspace goes by its name there, so that both can be moved; any other by its path or URL.
    """
    where, home = Path(identity(parse(location))), workspace.absolute()
    name = where.relative_to(home) if where.is_relative_to(home) else where
    return WorkspacePaths(workspace).newest_decision(checksum(name.as_posix())[:12])


def read_newest(file: Path) -> Newest | None:
    """What is kept; None where there is nothing yet, or nothing that can be read."""
    try:
        return Newest(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_newest(file: Path, newest: Newest) -> None:
    """Keep it; one that a power failure tears is written anew by the next decision.

    Raises:
        OSError: the workspace cannot be written.
    """
    draft = file.with_name(f"{file.name}.{uuid.uuid4().hex[:8]}.partial")
    try:
        draft.write_text(json.dumps(newest._asdict()), "utf-8")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
