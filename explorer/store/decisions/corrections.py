"""What people decide about labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.errors import CorrectionError
from explorer.store.decisions.correction_stream import CORRECTION, LABELS
from explorer.store.decisions.log import append, why
from explorer.store.decisions.snapshots import Snapshot
from explorer.store.decisions.validation import clean, clean_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.data.corrections import Correction
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.log import Log

_STREAM = f"{CORRECTION.name}:{LABELS}"


class Corrections:
    """The corrections in a log of decisions: labels that were changed, or found right."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def all(self) -> Mapping[str, Correction]:
        """What stands of each label that somebody decided on, by the id of its image or box."""
        standing: Mapping[str, Correction] = self.log.standing().of(CORRECTION.name).get(LABELS, Snapshot())
        return standing

    def history(self, limit: int = 200) -> list[Event]:
        """The newest events, newest first, each with `undone` set."""
        return self.log.events(None, limit, CORRECTION.name)

    def label(
        self,
        labels: Mapping[str, str],
        given: Mapping[str, str | None],
        *,
        author: str,
        source: str = "review",
        reason: str = "",
    ) -> Event:
        """Say what labels are, as one decision.

        Args:
            labels: the right label by the id of an image or a box; where it is the given one, that is confirmed.
            given: the labels in the data, by id; None where there is none.
            author: who decides.
            source: where the answers come from.
            reason: why.

        Raises:
            CorrectionError: a label is empty.
            SubsetError: there is none, or something cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        rows = [[each, given.get(each), clean(labels[each], "label")] for each in clean_ids(labels)]
        if not all(label for _, _, label in rows):
            raise CorrectionError("A correction needs the name of a class, an empty one was given.")
        payload = {"name": LABELS, "labels": rows, "source": clean(source, "source"), **why(reason, None)}
        with self.log.writing() as (connection, _):
            return append(connection, "labelled", author, _STREAM, payload)

    def undo(self, author: str) -> Event | None:
        """As `Log.undo`, of what the author decided about labels."""
        return self.log.undo(author, CORRECTION.name)

    def redo(self, author: str) -> Event | None:
        """As `Log.redo`, of what the author decided about labels."""
        return self.log.redo(author, CORRECTION.name)
