"""Names of files in an export: none leads out of its folder, none is another's, and all systems take them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ODD = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST = 200
"""Bytes of a name, which systems limit to 255."""


def safe_name(text: str) -> str:
    """The name of one file or folder that is as near to a text as every system takes it."""
    name = _ODD.sub("_", text).strip(" ").rstrip(". ")
    if not name or name.startswith(".."):
        name = f"_{name.lstrip('.')}"
    stem, dot, ending = name.rpartition(".")
    if len(name.encode()) > _LONGEST:
        whole = stem if dot else name
        room = _LONGEST - len(ending.encode()) - 1 if dot and len(ending) <= 5 else _LONGEST  # noqa: PLR2004 - `.jpeg`
        cut = whole.encode()[:room].decode(errors="ignore")
        name = f"{cut}.{ending}" if room < _LONGEST else cut
    return f"_{name}" if _RESERVED.fullmatch(name) else name


def image_names(ids: Iterable[str], paths: Iterable[str]) -> list[str]:
    """A name below the folder of images for each: its id where that is a relative path, else that of its file.

    Names that differ only in case, which some file systems do not tell apart, are numbered.
    """
    return distinct([_wanted(sample, PurePosixPath(path)) for sample, path in zip(ids, paths, strict=True)])


def _wanted(sample: str, path: PurePosixPath) -> str:
    said = PurePosixPath(sample.removeprefix("images/"))
    relative = not said.is_absolute() and ".." not in said.parts and said.suffix.lower() == path.suffix.lower()
    parts = said.parts if relative and said.suffix else (path.name,)
    return "/".join(map(safe_name, parts))


def distinct(names: Iterable[str], key: Callable[[PurePosixPath], str] = str) -> list[str]:
    """The names, numbered where one is taken, or is that of a folder.

    Args:
        names: with slashes between folders.
        key: what of a name must differ.
    """
    wanted = [PurePosixPath(name) for name in names]
    folders = {key(folder).casefold() for path in wanted for folder in list(path.parents)[:-1]}
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    found: list[str] = []
    for path in wanted:
        first = key(path).casefold()
        name, number = path, numbers.get(first, 1)
        while (known := key(name).casefold()) in taken or known in folders:
            number += 1
            name = path.with_name(f"{path.stem}-{number}{path.suffix}")
        numbers[first] = number
        taken.add(known)
        found.append(str(name))
    return found
