"""Files that came after a build, such as a further model's predictions: each kept as it came, with its digest.

::

    FOLDER/KEY/
      about.json   name, source, received_at, sha256 and facts
      content/     the file, or the folder of text files, under the name it had
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.data.keys import artefact_key
from explorer.data.untrusted import MALFORMED
from explorer.errors import SourceError
from explorer.store.derived.artefacts import fresh_folder, write_json
from explorer.store.derived.checksums import damaged_in, sha256
from explorer.store.received.arrivals import arrival, arrival_name, arrivals, discard, place_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

FORMAT = 1
_ABOUT, _CONTENT = "about.json", "content"
_TEXTS = frozenset([".txt"])


class Received(NamedTuple):
    """A file or folder that was received.

    Attributes:
        name: what it is called here.
        path: where it lies in the workspace.
        source: where it was read from.
        received_at: UTC time, ISO 8601.
        sha256: of its content.
        facts: what else was said of it, JSON.
    """

    name: str
    path: Path
    source: str
    received_at: str
    sha256: str
    facts: Mapping[str, Any]


def receive_file(folder: Path, name: str, source: Path, facts: Mapping[str, Any] | None = None) -> str:
    """Keep a file, or a folder with its text files, under a name; it is there once a manifest names the arrival.

    Args:
        folder: of the files that are received.
        name: what it is called; it takes the place of what was kept under this name.
        source: where it is.
        facts: what else is to be known of it, JSON.

    Returns:
        The arrival, as a manifest names it.

    Raises:
        SourceError: there is nothing at `source`, or it cannot be read.
    """
    if not source.exists():
        raise SourceError(f"Expected a file or folder at {source}, found nothing.")
    about = _about(name, source, digest(source), facts)
    waiting = arrival(_place(folder, name), artefact_key(about=about))
    with fresh_folder(waiting) as scratch:
        _copy(source, scratch / _CONTENT / source.resolve().name)
        write_json(scratch / _ABOUT, about)
    return arrival_name(waiting)


def keep_file(folder: Path, source: Path, endings: Collection[str], facts: Mapping[str, Any]) -> Received:
    """Keep a file, or what of a folder has these endings, under its digest; what is there already stays as it is.

    Raises:
        SourceError: there is nothing at `source`, or it cannot be read.
    """
    if not source.exists():
        raise SourceError(f"Expected a file or folder at {source}, found nothing.")
    name = digest(source, endings)
    place = _place(folder, name)
    if place.exists() and _problem(place):
        discard(place)
    with fresh_folder(place) as scratch:
        _copy(source, scratch / _CONTENT / source.resolve().name, endings)
        write_json(scratch / _ABOUT, _about(name, source, name, facts))
    return _load(place)


def _about(name: str, source: Path, sha: str, facts: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": name,
        "source": str(source.resolve()),
        "received_at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "sha256": sha,
        "facts": dict(facts or {}),
    }


def received(folder: Path, arrived: Collection[str] = ()) -> list[Received]:
    """What was received, the first first, with the arrivals that a manifest names; without what is `unreadable`."""
    there = {each: each for each in _folders(folder)}
    there |= {place_of(each): each for each in arrivals(folder) if arrival_name(each) in arrived}
    whole = [_load(each) for each in there.values() if not _problem(each)]
    return sorted(whole, key=lambda one: (one.received_at, one.name))


def unreadable(folder: Path) -> dict[str, str]:
    """Why each of the received that cannot be read cannot, by its folder."""
    return {str(each): problem for each in _folders(folder) if (problem := _problem(each))}


def remove_received(folder: Path, name: str) -> None:
    """Delete what was received under a name."""
    discard(_place(folder, name))


def digest(source: Path, endings: Collection[str] = _TEXTS) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's files of these endings."""
    if source.is_file():
        return sha256(source)
    return artefact_key(files={file.relative_to(source).as_posix(): sha256(file) for file in _below(source, endings)})


def _below(folder: Path, endings: Collection[str]) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in endings and file.is_file())


def _copy(source: Path, target: Path, endings: Collection[str] = _TEXTS) -> None:
    files = [source] if source.is_file() else _below(source, endings)
    for file in files:
        copy = target if source.is_file() else target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def _place(folder: Path, name: str) -> Path:
    return folder / artefact_key(name=name)


def _folders(folder: Path) -> list[Path]:
    return sorted(each for each in folder.glob("*/") if not each.name.startswith("."))


def _problem(place: Path) -> str:
    """Why what lies in a folder cannot be read; empty where it can."""
    damaged = damaged_in(place)
    if damaged:
        return f"{', '.join(damaged)} changed or gone"
    try:
        _load(place)
    except MALFORMED as error:
        return str(error)
    return ""


def _load(place: Path) -> Received:
    about = json.loads((place / _ABOUT).read_text("utf-8"))
    (path,) = (place / _CONTENT).iterdir()
    return Received(about["name"], path, about["source"], about["received_at"], about["sha256"], about["facts"])
