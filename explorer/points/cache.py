"""What several sessions share: made once, bounded, and safe between threads."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


@dataclass
class _Entry(Generic[T]):
    """One value, once it is made; who holds the lock makes it."""

    lock: Lock = field(default_factory=Lock)
    made: list[T] = field(default_factory=list)


class Cache(Generic[T]):
    """The values asked for last, each made once, whichever threads ask for it."""

    def __init__(self, most: int = 32) -> None:
        """Keep up to `most` values; the one that was not asked for the longest goes first."""
        self._most = most
        self._lock = Lock()
        self._entries: OrderedDict[Hashable, _Entry[T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value under a key; made where it is missing, while other threads that ask for it wait.

        What `make` raises reaches the caller, and whoever asks next tries again.
        """
        entry = self._entry(key)
        with entry.lock:
            if not entry.made:
                entry.made.append(make())
        return entry.made[0]

    def put(self, key: Hashable, value: T) -> None:
        """Keep this value under a key, whatever was there."""
        entry = _Entry(made=[value])
        with self._lock:
            self._entries[key] = entry
            self._touch(key)

    def held(self, key: Hashable) -> T | None:
        """The value under a key, None where there is none."""
        entry = self._entries.get(key)
        return entry.made[0] if entry and entry.made else None

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def _entry(self, key: Hashable) -> _Entry[T]:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._touch(key)
            return entry

    def _touch(self, key: Hashable) -> None:
        """Note that a value was asked for, and let the one go that was not for the longest."""
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)
