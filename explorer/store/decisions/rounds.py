"""What people decide about rounds of review: their start, departures from the protocol, their end."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from explorer.data.verdicts import DEVIATING, checked_protocol, read_protocol
from explorer.errors import ReviewError
from explorer.store.decisions.log import append, why
from explorer.store.decisions.round_stream import ROUND, refuse_taken
from explorer.store.decisions.state import same_name
from explorer.store.decisions.validation import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from explorer.data.verdicts import Protocol, Round
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.log import Log
    from explorer.store.decisions.replay import Standing


class Rounds:
    """The rounds of review in a log of decisions; one is given by its key or by its name, in any case."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def all(self) -> list[Round]:
        """The rounds as they stand now, in the order of their start."""
        return standing_rounds(self.log.standing())

    def find(self, name: str) -> Round:
        """The round with this key or name.

        Raises:
            ReviewError: there is none.
        """
        return found_round(name, self.all())

    def history(self, name: str | None = None, limit: int = 200) -> list[Event]:
        """The newest events, of all rounds or of one, newest first, each with `undone` set.

        Raises:
            ReviewError: the round is unknown.
        """
        return self.log.events(None if name is None else self.find(name).key, limit, ROUND.name)

    def start(
        self,
        protocol: Protocol,
        *,
        author: str,
        repeats: str = "",
        reason: str = "",
        context: Mapping[str, Any] | None = None,
    ) -> Event:
        """Freeze a protocol; its round is open from now on.

        Args:
            protocol: how the round is done.
            author: who starts it.
            repeats: the key of the round that it repeats.
            reason: why.
            context: of which build and model, JSON.

        Raises:
            ReviewError: the name is taken, or the protocol cannot be followed.
            WorkspaceError: the database cannot be written.
        """
        checked = checked_protocol(protocol)
        payload = {"name": checked.name, "protocol": checked.facts(), "digest": checked.digest, "repeats": repeats}
        with self.log.writing() as (connection, standing):
            refuse_taken(standing_rounds(standing), checked.name)
            stream = f"{ROUND.name}:{uuid.uuid4().hex}"
            return append(connection, "started", author, stream, {**payload, **why(reason, context)})

    def deviate(self, name: str, *, author: str, reason: str, **changes: Any) -> Event:  # noqa: ANN401 - by field
        """Write down a departure from the protocol: what is done otherwise from now on, or what happened.

        Args:
            name: the round.
            author: who says so.
            reason: why, or what happened.
            changes: new values of `DEVIATING` fields, those that differ; none where no rule changes.

        Raises:
            ReviewError: the round is unknown or closed, a field is fixed, or no reason is given.
            WorkspaceError: the database cannot be written.
        """
        if not reason.strip():
            raise ReviewError("Expected the reason of a deviation, found none. Say what is done otherwise, and why.")
        if not changes.keys() <= set(DEVIATING):
            raise ReviewError(f"Expected to deviate in {', '.join(DEVIATING)}, found {', '.join(changes)}.")
        with self.log.writing() as (connection, standing):
            one = open_round(found_round(name, standing_rounds(standing)))
            before = one.protocol.facts()
            wanted = checked_protocol(read_protocol({**before, **changes})).facts()
            differing = {field: value for field, value in wanted.items() if value != before[field]}
            if changes and not differing:
                raise ReviewError(f"Nothing to change in “{one.name}”: every value given is the one it has.")
            payload = {"name": one.name, "changes": differing, **why(reason, None)}
            return append(connection, "deviated", author, f"{ROUND.name}:{one.key}", payload)

    def close(self, name: str, *, author: str, reason: str = "finished") -> Event:
        """End a round: nothing is judged any more, and nothing is blinded.

        Raises:
            ReviewError: the round is unknown or closed.
            WorkspaceError: the database cannot be written.
        """
        with self.log.writing() as (connection, standing):
            one = open_round(found_round(name, standing_rounds(standing)))
            payload = {"name": one.name, **why(clean(reason, "reason") or "finished", None)}
            return append(connection, "closed", author, f"{ROUND.name}:{one.key}", payload)

    def reopen(self, name: str, *, author: str, reason: str = "") -> Event:
        """Go on with a closed round.

        Raises:
            ReviewError: the round is unknown or open.
            WorkspaceError: the database cannot be written.
        """
        with self.log.writing() as (connection, standing):
            one = found_round(name, standing_rounds(standing))
            if not one.closed:
                raise ReviewError(f"The round “{one.name}” is open: there is nothing to open again.")
            payload = {"name": one.name, **why(reason, None)}
            return append(connection, "reopened", author, f"{ROUND.name}:{one.key}", payload)

    def undo(self, author: str) -> Event | None:
        """As `Log.undo`, of what the author decided about rounds."""
        return self.log.undo(author, ROUND.name)

    def redo(self, author: str) -> Event | None:
        """As `Log.redo`, of what the author decided about rounds."""
        return self.log.redo(author, ROUND.name)


def standing_rounds(standing: Standing) -> list[Round]:
    """The rounds that stand, in the order of their start."""
    return [each for each in standing.of(ROUND.name).values() if not each.undone]


def found_round(name: str, among: Iterable[Round]) -> Round:
    """The round with this key or name.

    Raises:
        ReviewError: there is none.
    """
    rounds = list(among)
    by_key = (each for each in rounds if each.key == name)
    by_name = (each for each in rounds if same_name(each.name) == same_name(name))
    found = next(by_key, None) or next(by_name, None)
    if found is None:
        raise ReviewError(f"No round is called “{name}”. There are: {', '.join(e.name for e in rounds) or 'none yet'}.")
    return found


def open_round(one: Round) -> Round:
    """The round, where it is open.

    Raises:
        ReviewError: it is closed.
    """
    if one.closed:
        raise ReviewError(f"The round “{one.name}” is closed ({one.closed}). Open it again to go on: review reopen.")
    return one
