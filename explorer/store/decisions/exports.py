"""What was handed on: each export is noted, so that one sees what is out and waits to come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.store.decisions.export_stream import EXPORT
from explorer.store.decisions.log import append, why
from explorer.store.decisions.validation import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.exports import ExportRecord
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.log import Log


class Exports:
    """The exports in a log of decisions."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def all(self) -> list[ExportRecord]:
        """Those that were noted, the first first."""
        return [one for one in self.log.standing().of(EXPORT.name).values() if not one.taken_back]

    def history(self, limit: int = 200) -> list[Event]:
        """The newest events, newest first, each with `undone` set."""
        return self.log.events(None, limit, EXPORT.name)

    def note(
        self,
        digest: str,
        place: str,
        *,
        form: str,
        labels: str,
        subsets: Sequence[str],
        everything: bool,
        without: Sequence[str],
        images: int,
        author: str,
    ) -> None:
        """Note an export, unless it is noted already; see `ExportRecord`.

        Raises:
            SubsetError: something cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        payload = {
            "name": clean(place, "place"),
            "form": form,
            "labels": clean(labels, "labels"),
            "subsets": list(subsets),
            "everything": everything,
            "without": list(without),
            "images": images,
            **why("", None),
        }
        with self.log.writing() as (connection, standing):
            known: ExportRecord | None = standing.of(EXPORT.name).get(digest)
            if known is None or known.taken_back:
                append(connection, "exported", author, f"{EXPORT.name}:{digest}", payload)

    def undo(self, author: str) -> Event | None:
        """As `Log.undo`, of what the author exported."""
        return self.log.undo(author, EXPORT.name)
