"""What people decided: the verbs, each one event, durable when the call returns."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from explorer.data.subsets import Member, Membership, Rejection, Subset
from explorer.errors import SubsetError
from explorer.store.decisions.chain import Damaged
from explorer.store.decisions.events import Event
from explorer.store.decisions.log import Log, append, why
from explorer.store.decisions.state import State, refuse_taken
from explorer.store.decisions.streams import apart
from explorer.store.decisions.subset_stream import SUBSET
from explorer.store.decisions.validation import clean_candidates, clean_facts, clean_ids, clean_members, refuse_both

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import sqlalchemy as sa

    from explorer.store.decisions.database import Database
    from explorer.store.decisions.replay import Standing
    from explorer.store.decisions.subset_stream import Kind

__all__ = ["Damaged", "Decisions", "Event", "Member", "Membership", "Rejection", "State", "Subset"]


class Decisions(Log):
    """The decisions store; what people decide about subsets.

    A subset is given by its key or by its name, in any case. Every verb appends one event and returns it.
    """

    kind = SUBSET.name

    def __init__(self, database: Database, newest: Path | None = None) -> None:
        super().__init__(database, newest)
        self._seen = (self._standing, _state_of(self._standing))

    def state(self) -> State:
        """The subsets as they stand now, by everybody; the same object until there is a new event."""
        return self._state(self.standing())

    def history(self, subset: str | None = None, limit: int = 200) -> list[Event]:
        """The newest events, of all or of one subset (deleted or not), newest first, each with `undone` set.

        Raises:
            SubsetError: the subset is unknown.
        """
        key = None if subset is None else self.state().find(subset, deleted=None).key
        return self.events(key, limit)

    def create_subset(
        self,
        name: str,
        *,
        author: str,
        note: str = "",
        category: str = "",
        colour: str = "",
        target: int | None = None,
        rule: Mapping[str, Any] | None = None,
        remove: bool | None = None,
        actions: Sequence[str] | None = None,
        members: Sequence[Member] = (),
        reason: str = "",
        context: Mapping[str, Any] | None = None,
    ) -> Event:
        """A new subset.

        Args:
            name: new among the living subsets.
            author: who decides.
            note: what it is about.
            category: edge-case category.
            colour: CSS colour.
            target: number of members aimed at.
            rule: a saved filter, JSON.
            remove: whether its members are to leave the data set.
            actions: what is recommended to do, each one of `DOING`, a colon and a sentence.
            members: the first ones.
            reason: why.
            context: from which selection, model and layout, JSON.

        Raises:
            SubsetError: the name is empty or taken, or a value cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        facts, further = apart(
            clean_facts(
                name=name,
                note=note,
                category=category,
                colour=colour,
                target=target,
                rule=rule,
                remove=remove,
                actions=actions or None,
            )
        )
        facts = {"target": None, "rule": None, **facts, **further, "members": clean_members(members)}
        with self._deciding() as (connection, state):
            refuse_taken(state.subsets, facts["name"])
            payload = {**facts, **why(reason, context)}
            return append(connection, "created", author, _stream(uuid.uuid4().hex), payload)

    def edit_subset(
        self,
        subset: str,
        *,
        author: str,
        name: str | None = None,
        note: str | None = None,
        category: str | None = None,
        colour: str | None = None,
        target: int | None = None,
        rule: Mapping[str, Any] | None = None,
        remove: bool | None = None,
        actions: Sequence[str] | None = None,
        reason: str = "",
        context: Mapping[str, Any] | None = None,
    ) -> Event:
        """Change what is given and differs; None leaves as it is; 0, ``{}`` and ``[]`` take target, rule, actions away.

        Raises:
            SubsetError: the subset is unknown, nothing differs, the new name is empty or taken, or a value
                cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        facts = clean_facts(
            name=name,
            note=note,
            category=category,
            colour=colour,
            target=target,
            rule=rule,
            remove=remove,
            actions=actions,
        )
        with self._deciding() as (connection, state):
            old = state.find(subset)
            changes = {field: value for field, value in facts.items() if value != getattr(old, field)}
            if not changes:
                raise SubsetError(f"Nothing to change in “{old.name}”: every value given is the one it has.")
            refuse_taken(state.subsets, changes.get("name", old.name), old.key)
            known, further = apart(changes)
            payload = {"name": old.name, "changes": known, **further, **why(reason, context)}
            return append(connection, "edited", author, _stream(old.key), payload)

    def add_members(
        self,
        subset: str,
        members: Sequence[Member],
        *,
        author: str,
        reason: str = "",
        context: Mapping[str, Any] | None = None,
    ) -> Event:
        """Put members into a subset; those already in it keep their origin, score, author and time.

        Raises:
            SubsetError: the subset is unknown, there is no member, or one cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        clean_ids(member.id for member in members)
        return self._about(subset, "added", author, {"members": clean_members(members), **why(reason, context)})

    def remove_members(
        self,
        subset: str,
        ids: Iterable[str],
        *,
        author: str,
        reason: str = "",
        context: Mapping[str, Any] | None = None,
    ) -> Event:
        """Take members out of a subset; ids that are not in it change nothing.

        Raises:
            SubsetError: the subset is unknown, there is no id, or one cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        return self._about(subset, "removed", author, {"ids": clean_ids(ids), **why(reason, context)})

    def reject_candidates(
        self,
        subset: str,
        ids: Iterable[str],
        *,
        author: str,
        scores: Mapping[str, float] | None = None,
        reason: str = "",
        context: Mapping[str, Any] | None = None,
    ) -> Event:
        """Say what does not belong to a subset; members among them leave it, adding one takes this back.

        Args:
            subset: key or name.
            ids: the candidates.
            author: who decides.
            scores: by id, the score with which it was proposed.
            reason: why.
            context: from which selection, model and layout, JSON.

        Raises:
            SubsetError: the subset is unknown, there is no id, or one cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        payload = {"candidates": clean_candidates(ids, scores), **why(reason, context)}
        return self._about(subset, "rejected", author, payload)

    def judge_candidates(
        self,
        subset: str,
        accepted: Sequence[Member],
        rejected: Iterable[str],
        *,
        author: str,
        scores: Mapping[str, float] | None = None,
        reason: str = "",
        context: Mapping[str, Any] | None = None,
    ) -> Event:
        """Accept some candidates and reject the others, as one decision that one undo takes back.

        Args:
            subset: key or name.
            accepted: those that belong to it.
            rejected: those that do not; members among them leave it.
            author: who decides.
            scores: by id, the score with which a rejected one was proposed.
            reason: why.
            context: from which selection, model and layout, JSON.

        Raises:
            SubsetError: the subset is unknown, none is accepted or none rejected, one is both, or cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        members, candidates = clean_members(accepted), clean_candidates(rejected, scores)
        clean_ids(member.id for member in accepted)
        refuse_both(members, candidates)
        payload = {"members": members, "candidates": candidates, **why(reason, context)}
        return self._about(subset, "judged", author, payload)

    def delete_subset(
        self, subset: str, *, author: str, reason: str = "", context: Mapping[str, Any] | None = None
    ) -> Event:
        """Put a subset into the bin, from where `restore_subset` brings it back.

        Raises:
            SubsetError: the subset is unknown.
            WorkspaceError: the database cannot be written.
        """
        return self._about(subset, "deleted", author, why(reason, context))

    def restore_subset(
        self, subset: str, *, author: str, reason: str = "", context: Mapping[str, Any] | None = None
    ) -> Event:
        """Bring a deleted subset back; of several with this name the newest.

        Raises:
            SubsetError: no such subset is deleted, or its name is taken by now.
            WorkspaceError: the database cannot be written.
        """
        with self._deciding() as (connection, state):
            binned = state.find(subset, deleted=True)
            refuse_taken(state.subsets, binned.name)
            payload = {"name": binned.name, **why(reason, context)}
            return append(connection, "restored", author, _stream(binned.key), payload)

    def _about(self, subset: str, kind: Kind, author: str, payload: Mapping[str, Any]) -> Event:
        with self._deciding() as (connection, state):
            found = state.find(subset)
            return append(connection, kind, author, _stream(found.key), {"name": found.name, **payload})

    @contextmanager
    def _deciding(self) -> Iterator[tuple[sa.Connection, State]]:
        """A transaction, and the subsets, which no other writer changes before it ends."""
        with self.writing() as (connection, standing):
            yield connection, self._state(standing)

    def _state(self, standing: Standing) -> State:
        seen = self._seen
        if seen[0] is not standing:
            seen = self._seen = (standing, _state_of(standing))
        return seen[1]


def _state_of(standing: Standing) -> State:
    subsets: Sequence[Subset] = tuple(standing.of(SUBSET.name).values())
    living = tuple(subset for subset in subsets if not subset.deleted)
    binned = tuple(subset for subset in subsets if subset.deleted)
    return State(standing.sequence, living, binned, standing.damaged)


def _stream(key: str) -> str:
    return f"{SUBSET.name}:{key}"
