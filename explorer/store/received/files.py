"""Files that came after a build, such as a further model's predictions: each kept as it came, with its digest.

::

    FOLDER/KEY/
      about.json   name, source, received_at, sha256 and facts
      content/     the file, or the folder of text files, under the name it had
"""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.data.keys import artefact_key
from explorer.data.untrusted import MALFORMED
from explorer.data.whole import PARTIAL
from explorer.errors import SourceError
from explorer.store.derived.artefacts import fresh_folder, write_json
from explorer.store.derived.checksums import damaged_in, sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FORMAT = 1
_ABOUT, _CONTENT = "about.json", "content"
_BEFORE = ".before-"
"""What begins the name of a folder that was set aside for another that is still to be of use."""


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


@contextmanager
def receiving(folder: Path, name: str, source: Path, facts: Mapping[str, Any] | None = None) -> Iterator[Received]:
    """Keep a file, or a folder with its text files, under a name, in place of what was kept under it.

    Where what is done meanwhile fails, all is as it was; where it is killed, once `put_back` was called.

    Args:
        folder: of the files that are received.
        name: what it is called.
        source: where it is.
        facts: what else is to be known of it, JSON.

    Raises:
        SourceError: there is nothing at `source`, or it cannot be read.
    """
    place = _place(folder, name)
    if not source.exists():
        raise SourceError(f"Expected a file or folder at {source}, found nothing.")
    about = {
        "format": FORMAT,
        "name": name,
        "source": str(source.resolve()),
        "received_at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "sha256": digest(source),
        "facts": dict(facts or {}),
    }
    before = place.with_name(f"{_BEFORE}{place.name}")
    if place.exists():
        place.rename(before)
    try:
        with fresh_folder(place) as scratch:
            _copy(source, scratch / _CONTENT / source.resolve().name)
            write_json(scratch / _ABOUT, about)
        yield _load(place)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        if before.exists():
            before.rename(place)
        raise
    if before.exists():
        done = before.rename(place.with_name(f"{PARTIAL}{place.name}"))  # in one step: half of it is never put back
        shutil.rmtree(done, ignore_errors=True)


def put_back(folder: Path) -> None:
    """Undo what a killed program was receiving in place of another."""
    for before in folder.glob(f"{_BEFORE}*"):
        place = before.with_name(before.name.removeprefix(_BEFORE))
        shutil.rmtree(place, ignore_errors=True)
        before.rename(place)


def received(folder: Path) -> list[Received]:
    """What was received, the first first; what cannot be read is left out, see `unreadable`."""
    whole = [_load(each) for each in _folders(folder) if not _problem(each)]
    return sorted(whole, key=lambda one: (one.received_at, one.name))


def unreadable(folder: Path) -> dict[str, str]:
    """Why each of the received that cannot be read cannot, by its folder."""
    return {str(each): problem for each in _folders(folder) if (problem := _problem(each))}


def remove_received(folder: Path, name: str) -> None:
    """Delete what was received under a name."""
    shutil.rmtree(_place(folder, name), ignore_errors=True)


def digest(source: Path) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's text files."""
    if source.is_file():
        return sha256(source)
    return artefact_key(files={file.relative_to(source).as_posix(): sha256(file) for file in _texts(source)})


def _texts(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*.txt") if file.is_file())


def _copy(source: Path, target: Path) -> None:
    files = [source] if source.is_file() else _texts(source)
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
