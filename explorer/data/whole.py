"""Files and folders that are there whole or not at all, whatever ends the program that writes them."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from explorer.data.keys import artefact_key
from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PARTIAL = ".partial-"
"""What begins the name of everything that is not whole yet; no reader takes it for something."""


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A draft that becomes the target, which may be an empty folder, once it is complete.

    What a killed program left of the same draft is cleared; another one that is at it now is waited for.

    Raises:
        OSError: it cannot be written.
    """
    draft = _draft(target)
    with told_as(draft, target), _alone(draft, _folder):
        try:
            _clear(draft)
            yield draft
            place = target.absolute()  # which a system would not replace as `.`
            if place.exists():
                place.rmdir()
            draft.rename(place)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A draft that replaces the target, in a folder that is there, once it is complete.

    Another program that is at the same draft now is waited for.

    Raises:
        OSError: it cannot be written.
    """
    draft = _draft(target)
    with told_as(draft, target), _alone(draft, _file):
        try:
            yield draft
            draft.replace(target)
        except BaseException:
            with suppress(OSError):  # it may be what cannot be written
                draft.unlink(missing_ok=True)
            raise


@contextmanager
def _alone(draft: Path, opened: Callable[[Path], int]) -> Iterator[None]:
    """Be the only one who writes a draft; a killed program frees it."""
    here = opened(draft)
    with suppress(OSError):  # some network drives have no locks
        fcntl.flock(here, fcntl.LOCK_EX)
    try:
        if _is_at(here, draft):
            yield
            return
    finally:
        os.close(here)
    with _alone(draft, opened):  # whoever had it has put it in its place, or cleared it away
        yield


def _file(draft: Path) -> int:
    return os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)


def _folder(draft: Path) -> int:
    while True:
        draft.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # it was put in its place a moment ago
            return os.open(draft, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _is_at(opened: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(opened), path.stat())
    except FileNotFoundError:
        return False


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


@contextmanager
def told_as(here: Path, place: Path | str) -> Iterator[None]:
    """Whatever is refused in the block says a place for where something lay meanwhile, which nobody will find again.

    So does a full disk, which says no place at all.
    """
    try:
        yield
    except ExplorerError as error:
        raise type(error)(str(error).replace(str(here), str(place))) from error
    except OSError as error:
        if error.errno is None:
            raise
        named = str(here if error.filename is None else error.filename)
        raise OSError(error.errno, error.strerror, named.replace(str(here), str(place))) from error


def _draft(target: Path) -> Path:
    """Of the same name for the same target, and short for any."""
    place = target.absolute()  # where one is has no name of its own as `.`
    return place.with_name(f"{PARTIAL}{artefact_key(name=place.name)}")
