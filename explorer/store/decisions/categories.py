"""What people decide about categories."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from explorer.data.categories import FIRST, Category, checked_facts, refuse_unexplained
from explorer.errors import CategoryError
from explorer.store.decisions.category_stream import CATEGORY, RETIRED_EXAMPLES, refuse_taken, with_name
from explorer.store.decisions.log import append, why
from explorer.store.decisions.state import same_name
from explorer.store.decisions.streams import FURTHER, apart
from explorer.store.decisions.subset_stream import SUBSET
from explorer.store.decisions.validation import clean, clean_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import sqlalchemy as sa

    from explorer.data.subsets import Subset
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.log import Log
    from explorer.store.decisions.replay import Standing


class Categories:
    """The categories in a log of decisions.

    A category is given by its key or by its name, in any case, or a name that it had. What a subset has as its
    category, and nobody has described, is a category without a criterion; it is written down when somebody says more.
    """

    def __init__(self, log: Log) -> None:
        self.log = log

    def all(self) -> list[Category]:
        """The categories as they stand now, by everybody: in the order of adding, then those that only subsets name."""
        return _standing(self.log.standing())

    def in_use(self) -> list[Category]:
        """Those that are not retired."""
        return [each for each in self.all() if not each.retired]

    def find(self, category: str) -> Category:
        """The category with this key or name, retired or not.

        Raises:
            CategoryError: there is none.
        """
        return _found(category, self.all())

    def history(self, category: str | None = None, limit: int = 200) -> list[Event]:
        """The newest events, of all categories or of one, newest first, each with `undone` set.

        Raises:
            CategoryError: the category is unknown.
        """
        return self.log.events(None if category is None else self.find(category).key, limit, CATEGORY.name)

    def add(self, name: str, *, author: str, reason: str = "", **facts: Any) -> Event:  # noqa: ANN401 - by field
        """A new category, or the first words about one that subsets name.

        Args:
            name: new among the categories, retired ones and former names included.
            author: who decides.
            reason: why.
            facts: see `Category`.

        Raises:
            CategoryError: the name is taken, or a fact cannot be.
            WorkspaceError: the database cannot be written.
        """
        new = _checked({"name": name, **facts})
        with self.log.writing() as (connection, standing):
            refuse_taken(_written(standing), new["name"])
            return _append_new(connection, author, new, reason)

    def edit(self, category: str, *, author: str, reason: str = "", **facts: Any) -> Event:  # noqa: ANN401
        """Change what is given and differs.

        Raises:
            CategoryError: the category is unknown, nothing differs, the new name is taken, or a fact cannot be.
            WorkspaceError: the database cannot be written.
        """
        given = _checked(facts)
        with self.log.writing() as (connection, standing):
            old = _found(category, _standing(standing))
            changes = _changes(old, given)
            if not changes:
                raise CategoryError(f"Nothing to change in “{old.name}”: every value given is the one it has.")
            refuse_taken(_written(standing), changes.get("name", old.name), old.key)
            _write_down(connection, old, author)
            return _append_changes(connection, author, old, changes, reason)

    def retire(self, category: str, *, author: str, reason: str) -> Event:
        """Use a category no longer; it stays, with its examples and the reason, and can be restored.

        Raises:
            CategoryError: the category is unknown or retired, or no reason is given.
            WorkspaceError: the database cannot be written.
        """
        with self.log.writing() as (connection, standing):
            return _retire(connection, _found(category, _standing(standing)), author, reason)

    def restore(self, category: str, *, author: str, reason: str = "") -> Event:
        """Use a retired category again.

        Raises:
            CategoryError: the category is unknown, or not retired.
            WorkspaceError: the database cannot be written.
        """
        with self.log.writing() as (connection, standing):
            found = _found(category, _standing(standing))
            if not found.retired:
                raise CategoryError(f"The category “{found.name}” is not retired: there is nothing to restore.")
            return append(connection, "restored", author, _stream(found.key), {"name": found.name, **why(reason, None)})

    def retire_examples(self, category: str, ids: Iterable[str], *, author: str, reason: str) -> Event:
        """Have what reviewers put into a category count in it no more; their verdicts stay, and undo brings it back.

        Raises:
            CategoryError: the category is unknown, or no reason is given.
            SubsetError: there is no id, or one cannot be stored.
            WorkspaceError: the database cannot be written.
        """
        if not clean(reason, "reason"):
            raise CategoryError("Expected a reason for retiring an example, found none. Say why it no longer counts.")
        gone = clean_ids(ids)
        with self.log.writing() as (connection, standing):
            found = _found(category, _standing(standing))
            _write_down(connection, found, author)
            said = {"name": found.name, "changes": {}, FURTHER: {RETIRED_EXAMPLES: gone}, **why(reason, None)}
            return append(connection, "edited", author, _stream(found.key), said)

    def take_in(
        self, entries: Sequence[Mapping[str, Any]], *, author: str, reason: str = "", only_new: bool = False
    ) -> list[Event]:
        """Add or change many at once, all or none.

        Args:
            entries: facts by field, with a name each, and `retired` with its reason where one is retired. A category
                that is there keeps what its entry does not name.
            author: who decides.
            reason: why.
            only_new: leave those alone that somebody has described already, as a template does.

        Raises:
            CategoryError: a fact cannot be, or two entries are of one category; nothing was taken in.
            WorkspaceError: the database cannot be written.
        """
        checked = [(_checked({k: v for k, v in one.items() if k != "retired"}), one.get("retired")) for one in entries]
        events: list[Event] = []
        with self.log.writing() as (connection, standing):
            there = _standing(standing)
            seen: set[str] = set()
            for facts, retired in checked:
                found = with_name(facts["name"], there)
                key = found.key if found else _key_of(facts["name"])
                if key in seen:
                    raise CategoryError(f"Expected each category once, found “{facts['name']}” twice. Leave one.")
                seen.add(key)
                if not (only_new and found and found.written):
                    events += _taken_in(connection, found, facts, retired, author, reason)
        return events

    def undo(self, author: str) -> Event | None:
        """As `Log.undo`, of what the author decided about categories."""
        return self.log.undo(author, CATEGORY.name)

    def redo(self, author: str) -> Event | None:
        """As `Log.redo`, of what the author decided about categories."""
        return self.log.redo(author, CATEGORY.name)


def _written(standing: Standing) -> list[Category]:
    return [each for each in standing.of(CATEGORY.name).values() if not each.undone]


def _standing(standing: Standing) -> list[Category]:
    """Those that were written down, then those that only subsets name, which are read as categories."""
    written = _written(standing)
    known = {same_name(name) for each in written for name in each.names}
    subsets: list[Subset] = [each for each in standing.of(SUBSET.name).values() if each.category and not each.deleted]
    named = {same_name(each.category): each for each in reversed(subsets)}  # of several the first
    rest = [_of_subset(each) for name, each in named.items() if name not in known]
    return [*written, *sorted(rest, key=lambda each: each.name.casefold())]


def _of_subset(subset: Subset) -> Category:
    name = " ".join(subset.category.split())
    made = subset.created_at
    return Category(_key_of(name), name, subset.created_by, made, made, written=False)


def _key_of(name: str) -> str:
    """The key of a category that begins with this name, the same wherever it is read first."""
    return hashlib.sha256(same_name(name).encode()).hexdigest()[:32]


def _found(category: str, among: Sequence[Category]) -> Category:
    found = next((each for each in among if each.key == category), None) or with_name(category, among)
    if found is None:
        there = ", ".join(each.name for each in among) or "none yet"
        raise CategoryError(f"No category is called “{category}”. There are: {there}.")
    return found


def _checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    checked = checked_facts(facts)
    for field, value in checked.items():
        for text in value if isinstance(value, list) else [str(value)]:
            clean(text, field)
    return checked


def _changes(old: Category, given: Mapping[str, Any]) -> dict[str, Any]:
    facts = old.facts()
    changes = {field: value for field, value in given.items() if value != facts[field]}
    after = {**facts, **changes}
    refuse_unexplained(after["status"], after["rationale"])
    return changes


def _append_new(connection: sa.Connection, author: str, facts: Mapping[str, Any], reason: str) -> Event:
    refuse_unexplained(facts.get("status", ""), facts.get("rationale", ""))
    kept = {field: value for field, value in facts.items() if value not in ([], FIRST.get(field))}
    known, further = apart(kept)
    payload = {"name": facts["name"], "facts": known, **further, **why(reason, None)}
    return append(connection, "added", author, _stream(_key_of(facts["name"])), payload)


def _append_changes(
    connection: sa.Connection, author: str, old: Category, changes: Mapping[str, Any], reason: str
) -> Event:
    known, further = apart(changes)
    payload = {"name": old.name, "changes": known, **further, **why(reason, None)}
    return append(connection, "edited", author, _stream(old.key), payload)


def _write_down(connection: sa.Connection, category: Category, author: str) -> None:
    """Write down a category that only subsets name, before more is said of it."""
    if not category.written:
        _append_new(connection, author, {"name": category.name}, "")


def _retire(connection: sa.Connection, category: Category, author: str, reason: str) -> Event:
    if category.retired:
        raise CategoryError(f"The category “{category.name}” is retired already ({category.retired}).")
    if not clean(reason, "reason"):
        raise CategoryError("Expected a reason for retiring a category, found none. Say why it is no longer in use.")
    _write_down(connection, category, author)
    payload = {"name": category.name, **why(reason, None)}
    return append(connection, "retired", author, _stream(category.key), payload)


def _taken_in(
    connection: sa.Connection,
    found: Category | None,
    facts: Mapping[str, Any],
    retired: str | None,
    author: str,
    reason: str,
) -> list[Event]:
    """The events of one entry; none where it says what is so already."""
    events = []
    if found is None or not found.written:
        events.append(_append_new(connection, author, facts, reason))
    elif changes := _changes(found, {field: value for field, value in facts.items() if field != "name"}):
        events.append(_append_changes(connection, author, found, changes, reason))
    if retired and not (found and found.retired):
        name, key = (found.name, found.key) if found else (facts["name"], _key_of(facts["name"]))
        events.append(append(connection, "retired", author, _stream(key), {"name": name, **why(retired, None)}))
    return events


def _stream(key: str) -> str:
    return f"{CATEGORY.name}:{key}"
