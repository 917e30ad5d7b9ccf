"""What people decide about findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.errors import FindingError
from explorer.store.decisions.finding_stream import FINDING
from explorer.store.decisions.log import append, why
from explorer.store.decisions.streams import ACTIONS, FURTHER
from explorer.store.decisions.validation import clean, clean_actions, clean_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.data.findings import DecidedFinding, Finding
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.log import Log


class DecidedFindings:
    """The findings in a log of decisions: those that were dismissed once, or of which was said what to do.

    Every verb appends one event and returns it.
    """

    def __init__(self, log: Log) -> None:
        self.log = log

    def all(self) -> list[DecidedFinding]:
        """Those that anybody decided on, in the order of the first decision."""
        found: Mapping[str, DecidedFinding] = self.log.standing().of(FINDING.name)
        return list(found.values())

    def dismissed(self) -> list[DecidedFinding]:
        """Those that are dismissed now."""
        return [one for one in self.all() if one.dismissed]

    def history(self, limit: int = 200) -> list[Event]:
        """The newest events, newest first, each with `undone` set."""
        return self.log.events(None, limit, FINDING.name)

    def dismiss(
        self,
        finding: Finding,
        key: str,
        reason: str,
        *,
        author: str,
        model: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> Event:
        """Have a finding listed no more, now and after every build that finds it again.

        Args:
            finding: what is claimed.
            key: what it is recognised by.
            reason: why it is no matter.
            author: who decides.
            model: whose errors it is about; None where it is about no model's.
            context: from which selection, model and layout, JSON.

        Raises:
            FindingError: there is no reason.
            SubsetError: something cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        if not clean(reason, "reason"):
            raise FindingError(f"Expected a reason to dismiss “{finding.title}”, found none. Say why it is no matter.")
        payload = {"name": finding.title, **_recognised_by(finding, model), **why(reason, context)}
        with self.log.writing() as (connection, _):
            return append(connection, "dismissed", author, _stream(key), payload)

    def recommend(
        self, finding: Finding, key: str, actions: Sequence[str], *, author: str, model: str | None = None
    ) -> Event:
        """Say what is to be done about a finding, now and after every build that finds it again; it is listed.

        Args:
            finding: what is claimed.
            key: what it is recognised by.
            actions: each one of `DOING`, a colon and a sentence; none where nothing is to be said.
            author: who decides.
            model: whose errors it is about; None where it is about no model's.

        Raises:
            FindingError: that is what was said already.
            SubsetError: something cannot be stored.
            CategoryError: an action is none.
            WorkspaceError: the database cannot be written.
        """
        said = clean_actions(actions)
        with self.log.writing() as (connection, standing):
            found: DecidedFinding | None = standing.of(FINDING.name).get(key)
            if said == (found.actions if found else ()):
                raise FindingError(f"Nothing to change in “{finding.title}”: the actions given are those it has.")
            further = {**_recognised_by(finding, model), ACTIONS: said}
            payload = {"name": finding.title, FURTHER: further, **why("", None)}
            return append(connection, "kept", author, _stream(key), payload)

    def keep(self, key: str, *, author: str) -> Event:
        """Have a dismissed finding listed again.

        Raises:
            FindingError: none with this key is dismissed.
            WorkspaceError: the database cannot be written.
        """
        with self.log.writing() as (connection, standing):
            found: DecidedFinding | None = standing.of(FINDING.name).get(key)
            if found is None or not found.dismissed:
                raise FindingError(f"No finding with the key {key} is dismissed. List those that are.")
            return append(connection, "kept", author, _stream(key), {"name": found.title, **why("", None)})

    def undo(self, author: str) -> Event | None:
        """As `Log.undo`, of what the author decided about findings."""
        return self.log.undo(author, FINDING.name)

    def redo(self, author: str) -> Event | None:
        """As `Log.redo`, of what the author decided about findings."""
        return self.log.redo(author, FINDING.name)


def _recognised_by(finding: Finding, model: str | None) -> dict[str, Any]:
    definition = finding.definition
    ids = [] if definition else clean_ids(finding.ids)
    return {"kind": finding.kind, "model": model, "definition": definition, "ids": ids}


def _stream(key: str) -> str:
    return f"{FINDING.name}:{key}"
