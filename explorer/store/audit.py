"""The log of decisions as one file that anybody can check, without the workspace and without this program.

The first line says what the others are; each of those is an event with every column as the database has it. The
checksum of an event is SHA-256 over id, time, author, kind, stream, payload and previous, in UTF-8 with NUL between;
`previous` is the checksum of the event before. (What was written before there were streams has that of the same without
`previous`, and of the stream without `subset:`.)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from explorer.data.endings import refuse_other_ending
from explorer.data.untrusted import MALFORMED
from explorer.data.whole import whole_file
from explorer.errors import WorkspaceError
from explorer.store.decisions.chain import Damaged, verify
from explorer.store.decisions.newest import Newest, read_newest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import sqlalchemy as sa

    from explorer.store.workspace import Workspace

FORMAT = 1
_KIND = "edgecase audit"


class Line(NamedTuple):
    """An event as the database has it; columns in its order."""

    sequence: int
    id: str
    time: str
    author: str
    kind: str
    stream: str
    payload: str
    previous: str
    checksum: str


class Audited(NamedTuple):
    """What a file of events was found to be.

    Attributes:
        workspace: whose decisions they are.
        events: how many there are, damaged ones too.
        damaged: those that are not as they were written.
        broken_link: the first place where an event was changed, removed or moved; None where the log is whole.
        newest: the checksum of the last event, to be held against the workspace's; empty without events.
        authors: who decided, in the order of their first event.
    """

    workspace: str
    events: int
    damaged: list[Damaged]
    broken_link: Damaged | None
    newest: str
    authors: list[str]


def export_log(workspace: Workspace, file: Path) -> int:
    """Write every event, damaged ones too, as JSON Lines; gives their number.

    Raises:
        WorkspaceError: the decisions cannot be read.
        ExportError: the file's ending says something else than JSON Lines.
        OSError: the file cannot be written.
    """
    refuse_other_ending(file, "a log, which is JSON Lines,", ".jsonl", ".ndjson")
    kept = read_newest(workspace.newest_decision)  # before the events, so that it is not ahead of them
    rows = workspace.decisions.rows()
    newest = Newest(rows[-1]["sequence"], rows[-1]["checksum"]) if rows else None
    if kept and kept.checksum not in {row["checksum"] for row in rows}:
        newest = kept  # the end of the log is gone, which the file does not hide
    about = {
        "kind": _KIND,
        "format": FORMAT,
        "workspace": workspace.manifest.name,
        "events": len(rows),
        "newest": newest._asdict() if newest else None,
    }
    with whole_file(file) as draft, draft.open("w", encoding="utf-8", newline="\n") as lines:
        lines.writelines(f"{json.dumps(each, ensure_ascii=False)}\n" for each in (about, *rows))
    return len(rows)


def verify_log(file: Path) -> Audited:
    """Check a file of events: that each is as it was written, where it was, and that none is missing.

    Raises:
        WorkspaceError: the file is no such file, or cannot be read.
    """
    try:
        head, *rest = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line]
        if head["kind"] != _KIND or head["format"] != FORMAT:
            raise ValueError(f"its first line says {head['kind']!r}, format {head['format']!r}")
        lines = [_line(each) for each in rest]
        newest = Newest(**head["newest"]) if head["newest"] else None
        workspace, events = str(head["workspace"]), int(head["events"])
    except MALFORMED as error:
        told = " ".join(str(error).split())
        raise WorkspaceError(
            f"Expected in {file} what `edgecase audit export` writes, found something else ({told})."
        ) from error
    rows = cast("Sequence[sa.Row[Any]]", lines)
    last = newest if newest and newest.checksum not in {each.checksum for each in lines} else None
    found = verify(rows, last)
    lost = Damaged(0, f"expected {events:,} events, found {len(lines):,}") if len(lines) != events else None
    authors = list(dict.fromkeys(each.author for each in lines))
    checksum = lines[-1].checksum if lines else ""
    return Audited(workspace, len(lines), found.damaged, found.broken_link or lost, checksum, authors)


def _line(row: dict[str, Any]) -> Line:
    line = Line(**row)
    kinds = {name: type(value) for name, value in line._asdict().items()}
    if kinds != {name: int if name == "sequence" else str for name in Line._fields}:
        raise ValueError(f"event {row.get('sequence')} has a column of another type")
    return line
