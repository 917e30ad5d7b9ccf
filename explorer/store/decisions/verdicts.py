"""What reviewers say of items: given, taken back, read again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from explorer.data.verdicts import Verdict, checked_verdict
from explorer.errors import ReviewError
from explorer.store.decisions.log import append, why
from explorer.store.decisions.rounds import found_round, open_round, standing_rounds
from explorer.store.decisions.snapshots import Snapshot
from explorer.store.decisions.state import same_name
from explorer.store.decisions.validation import clean
from explorer.store.decisions.verdict_stream import VERDICT, is_of, stream_key, to_row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from explorer.data.verdicts import Round
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.log import Log


class Verdicts:
    """The verdicts in a log of decisions."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def of(self, round_key: str) -> list[Verdict]:
        """All that stand in a round, by whomever and on every occasion."""
        streams = self.log.standing().of(VERDICT.name).items()
        return [each for key, said in streams if is_of(key, round_key) for each in said.values()]

    def by(self, round_key: str, reviewer: str) -> Mapping[str, Verdict]:
        """Those of one reviewer in a round, by `slot`."""
        said: Mapping[str, Verdict] = (
            self.log.standing().of(VERDICT.name).get(stream_key(round_key, reviewer), Snapshot())
        )
        return said

    def history(self, round_key: str, reviewer: str, limit: int = 200) -> list[Event]:
        """The newest events of one reviewer in a round, newest first, each with `undone` set."""
        return self.log.events(stream_key(round_key, reviewer), limit, VERDICT.name)

    def give(self, name: str, verdicts: Sequence[Verdict], *, author: str, reason: str = "") -> list[Event]:
        """Keep verdicts, all or none; one event for each reviewer, each of them durable when this returns.

        Args:
            name: the round, by key or name.
            verdicts: what is said; of each the round and the time are those of the event.
            author: who says it, or hands it in for the reviewers.
            reason: why, or where it comes from.

        Raises:
            ReviewError: the round is unknown or closed, a reviewer or an item is not of its protocol, or a verdict is
                none; nothing was kept.
            WorkspaceError: the database cannot be written.
        """
        checked = [checked_verdict(each) for each in verdicts]
        if not checked:
            raise ReviewError("Expected at least one verdict, found none.")
        with self.log.writing() as (connection, standing):
            one = open_round(found_round(name, standing_rounds(standing)))
            by_reviewer: dict[str, list[Verdict]] = {}
            for each in checked:
                given = _accepted(one, each)
                by_reviewer.setdefault(given.reviewer, []).append(given)
            return [
                append(
                    connection,
                    "given",
                    author,
                    f"{VERDICT.name}:{stream_key(one.key, reviewer)}",
                    _payload(one, reviewer, said, author, reason),
                )
                for reviewer, said in by_reviewer.items()
            ]

    def undo(self, name: str, author: str) -> Event | None:
        """Take back the author's newest verdict, where it is of this round; None where they gave none.

        Raises:
            ReviewError: the round is unknown or closed, or the newest verdict is of another round.
            WorkspaceError: the database cannot be written.
        """
        return self._reverted(name, author, self.log.next_undo, self.log.undo)

    def redo(self, name: str, author: str) -> Event | None:
        """Bring back what the author undid last, where it is of this round; None where there is nothing.

        Raises:
            ReviewError: as `undo`.
            WorkspaceError: the database cannot be written.
        """
        return self._reverted(name, author, self.log.next_redo, self.log.redo)

    def _reverted(
        self,
        name: str,
        author: str,
        coming: Callable[[str, str], Event | None],
        revert: Callable[[str, str], Event | None],
    ) -> Event | None:
        rounds = standing_rounds(self.log.standing())
        one = open_round(found_round(name, rounds))
        target = coming(author, VERDICT.name)
        if target is not None and not is_of(target.key, one.key):
            other = target.payload["name"]
            raise ReviewError(f"The newest verdict of {author} is in the round “{other}”, not in “{one.name}”.")
        return revert(author, VERDICT.name) if target else None


def _accepted(one: Round, given: Verdict) -> Verdict:
    """A verdict that the protocol knows the reviewer and the item of.

    Raises:
        ReviewError: it does not.
    """
    for text in (given.reviewer, given.reason, given.comment, *given.categories):
        clean(text, "verdict")
    if given.id not in one.protocol.known_ids:
        raise ReviewError(f"Expected an item of the round “{one.name}”, found {given.id!r}.")
    if given.is_adjudication:
        return given
    known = {same_name(each): each for each in one.protocol.reviewers}
    reviewer = known.get(same_name(given.reviewer))
    if reviewer is None:
        among = ", ".join(one.protocol.reviewers)
        raise ReviewError(
            f"Expected a reviewer of the round “{one.name}” ({among}), found {given.reviewer!r}. To add one is a "
            "deviation from the protocol: review deviate --reviewer."
        )
    return replace(given, reviewer=reviewer)


def _payload(one: Round, reviewer: str, said: Sequence[Verdict], author: str, reason: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "reviewer": reviewer,
        "on_behalf": same_name(author) != same_name(reviewer),
        "verdicts": [to_row(each) for each in said],
        **why(reason, None),
    }
