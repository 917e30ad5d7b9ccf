"""What is received together with a build: it is there once the manifest that names it is, and not before.

A folder that arrives waits beside its place. Whatever ends the program, the manifest decides: what it names takes its
place, instead of what was there; all else is cleared away.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from explorer.data.whole import PARTIAL

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_ARRIVING = ".arriving-"


def arrival(place: Path, key: str) -> Path:
    """The folder that waits to take a place; `key` names exactly what is in it."""
    return place.with_name(f"{_ARRIVING}{place.name}-{key}")


def arrival_name(waiting: Path) -> str:
    """What a manifest calls a folder that waits."""
    return waiting.name.removeprefix(_ARRIVING)


def arrivals(folder: Path) -> list[Path]:
    """The folders that wait for places in a folder."""
    return sorted(folder.glob(f"{_ARRIVING}*"))


def settle(folder: Path, arrived: Collection[str]) -> None:
    """Put what a manifest names by `arrived` in its place, and clear away all else that waits in a folder."""
    for waiting in arrivals(folder):
        if arrival_name(waiting) in arrived:
            place = place_of(waiting)
            discard(place)
            waiting.rename(place)
        else:
            discard(waiting)


def place_of(waiting: Path) -> Path:
    """The place that a folder waits for."""
    return waiting.with_name(arrival_name(waiting).partition("-")[0])


def discard(folder: Path) -> None:
    """Delete a folder, if it is there, in one step for all who read: half of it is never taken for something."""
    gone = folder.with_name(f"{PARTIAL}{folder.name}")
    shutil.rmtree(gone, ignore_errors=True)
    if folder.exists():
        shutil.rmtree(folder.rename(gone), ignore_errors=True)
