"""Files and folders that are there whole or not at all, whatever ends the program that writes them."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from explorer.data.keys import artefact_key
from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTIAL = ".partial-"
"""What begins the name of everything that is not whole yet; no reader takes it for something."""


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A draft that becomes the target, which may be an empty folder, once it is complete.

    What a killed program left of the same draft is cleared.

    Raises:
        OSError: it cannot be written.
    """
    draft = _draft(target)
    shutil.rmtree(draft, ignore_errors=True)
    try:
        with told_as(draft, target):
            draft.mkdir(parents=True)
            yield draft
            place = target.absolute()  # which a system would not replace as `.`
            if place.exists():
                place.rmdir()
            draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A draft that replaces the target, in a folder that is there, once it is complete.

    Raises:
        OSError: it cannot be written.
    """
    draft = _draft(target)
    try:
        with told_as(draft, target):
            yield draft
            draft.replace(target)
    except BaseException:
        with suppress(OSError):  # it may be what cannot be written
            draft.unlink(missing_ok=True)
        raise


@contextmanager
def told_as(here: Path, place: Path | str) -> Iterator[None]:
    """Whatever is refused in the block says a place for where something lay meanwhile, which nobody will find again."""
    try:
        yield
    except ExplorerError as error:
        raise type(error)(str(error).replace(str(here), str(place))) from error
    except OSError as error:
        if error.filename is None:
            raise
        raise OSError(error.errno, error.strerror, str(error.filename).replace(str(here), str(place))) from error


def _draft(target: Path) -> Path:
    """Of the same name for the same target, and short for any."""
    place = target.absolute()  # where one is has no name of its own as `.`
    return place.with_name(f"{PARTIAL}{artefact_key(name=place.name)}")
