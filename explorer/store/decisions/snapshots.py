"""An immutable mapping whose next version costs what changes in it, not what it holds."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, ValuesView

Value = TypeVar("Value")


class _Replaced(NamedTuple, Generic[Value]):
    """What stood at a key before a change: None where nothing did; its place in the order then."""

    key: str
    value: Value | None
    place: int


class _Line(Generic[Value]):
    """What the snapshots of one line share: the newest entries, and what each change so far replaced."""

    def __init__(self, entries: dict[str, Value]) -> None:
        self.entries = entries
        self.places = {key: place for place, key in enumerate(entries, -len(entries))}  # later ones count from 0
        self.replaced: list[_Replaced[Value]] = []
        self.copy: dict[str, Value] | None = None
        self.lock = threading.Lock()

    def changed(self, changes: Mapping[str, Value | None]) -> Snapshot[Value]:
        """The newest snapshot, after these changes."""
        self.copy = None
        for key, value in changes.items():
            place = self.places.get(key, len(self.replaced))
            self.replaced.append(_Replaced(key, self.entries.get(key), place))
            if value is not None:
                self.entries[key], self.places[key] = value, place
            elif key in self.entries:
                del self.entries[key], self.places[key]
        return Snapshot(self)

    def newest(self) -> dict[str, Value]:
        """A copy of the entries, one for all who read them before the next change."""
        if self.copy is None:
            self.copy = self.entries.copy()
        return self.copy

    def at(self, version: int) -> dict[str, Value]:
        """A copy of the entries as they were after the first `version` changes."""
        entries, places = self.entries.copy(), self.places.copy()
        for key, value, place in reversed(self.replaced[version:]):
            entries.pop(key, None)
            if value is not None:
                entries[key], places[key] = value, place
        return {key: entries[key] for key in sorted(entries, key=places.__getitem__)}


class Snapshot(Mapping[str, Value]):
    """A mapping in the order of adding that never changes.

    All versions of one line share the newest one's entries. A version that was overtaken copies them, and takes back
    what changed since, only when it is read.
    """

    def __init__(self, line: _Line[Value] | None = None) -> None:
        self._line = line or _Line({})
        self._version, self._size = len(self._line.replaced), len(self._line.entries)
        self._own: dict[str, Value] | None = None

    def changed(self, changes: Mapping[str, Value | None]) -> Snapshot[Value]:
        """The version after these changes: None takes an entry out, a new value keeps its entry's place."""
        if not changes:
            return self
        if not self._size:  # shares nothing with what was before
            return Snapshot(_Line({key: value for key, value in changes.items() if value is not None}))
        with self._line.lock:
            if self._version == len(self._line.replaced):
                return self._line.changed(changes)
            return _Line(self._line.at(self._version)).changed(changes)

    def __getitem__(self, key: str) -> Value:
        with self._line.lock:
            if self._version == len(self._line.replaced):
                return self._line.entries[key]
        return self._whole()[key]

    def __contains__(self, key: object) -> bool:
        with self._line.lock:
            if self._version == len(self._line.replaced):
                return key in self._line.entries
        return key in self._whole()

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return self._size

    def items(self) -> ItemsView[str, Value]:
        """The entries, at the speed of a dict."""
        return self._whole().items()

    def values(self) -> ValuesView[Value]:
        """The values, at the speed of a dict."""
        return self._whole().values()

    def __repr__(self) -> str:
        return f"Snapshot({self._whole()})"

    def _whole(self) -> dict[str, Value]:
        """Its entries in a dict that nobody changes; of its own only where it was overtaken."""
        with self._line.lock:
            if self._version == len(self._line.replaced):
                return self._line.newest()
            if self._own is None:
                self._own = self._line.at(self._version)
            return self._own
