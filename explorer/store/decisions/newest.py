"""The newest event of a database as its workspace keeps it: a chain alone does not show that its end is gone."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from explorer.store.decisions.connections import describe, parse
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
    where, home = Path(describe(parse(location))), workspace.absolute()
    name = where.relative_to(home) if where.is_relative_to(home) else where
    return WorkspacePaths(workspace).newest_decision(checksum(name.as_posix())[:12])


def read_newest(file: Path) -> Newest | None:
    """What is kept; None where there is nothing yet, or nothing that can be read."""
    try:
        return Newest(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_newest(file: Path, newest: Newest) -> None:
    """Keep it, where the workspace can be written: the event itself is safe in the database already."""
    from explorer.store.derived.artefacts import write_json

    with suppress(OSError):
        write_json(file, newest._asdict())
