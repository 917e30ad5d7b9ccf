"""Bytes that Python hands to the browser, addressed by their content."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from threading import Lock


class Blobs:
    """A thread-safe store of immutable bytes; above ``capacity`` bytes the least recently used are forgotten."""

    def __init__(self, capacity: int = 512 * 2**20) -> None:
        self._capacity = capacity
        self._held = 0
        self._items: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def put(self, data: bytes) -> str:
        """Keep ``data`` and return its key; the same bytes give the same key and are kept once."""
        key = blake2b(data, digest_size=16).hexdigest()
        with self._lock:
            if key not in self._items:
                self._items[key] = data
                self._held += len(data)
            self._items.move_to_end(key)
            self._forget_oldest()
        return key

    def get(self, key: str) -> bytes | None:
        """Return the bytes under ``key``, or None when they were never put or are forgotten."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
            return self._items.get(key)

    def _forget_oldest(self) -> None:
        # The newest stays even when it alone is too large: a page is about to ask for it.
        while self._held > self._capacity and len(self._items) > 1:
            _, data = self._items.popitem(last=False)
            self._held -= len(data)
