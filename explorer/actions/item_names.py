"""What people call the items of a round: by id, by what stands for it where it is hidden, by path or file name."""

from __future__ import annotations

from itertools import takewhile
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from explorer.errors import ReviewError
from explorer.review.blinding import alias

if TYPE_CHECKING:
    from explorer.data.verdicts import Round
    from explorer.store.workspace import Workspace


class Names:
    """The names of the items of a round, or where it does not exist yet of all images and boxes."""

    def __init__(self, workspace: Workspace, one: Round | None) -> None:
        ids = list(one.protocol.ids if one else workspace.point_ids)
        self._known = workspace.known_id
        self._ids = {**{alias(each): each for each in ids}, **{each: each for each in ids}}
        self._files: dict[str, list[tuple[list[str], str]]] = {}
        for each, path in workspace.samples["filepath"].items():
            parts = _parts(str(path))
            self._files.setdefault(parts[0], []).append((parts, str(each)))

    def id_of(self, name: str) -> str:
        """The id of an image or box; of a path on another machine, of the image whose path ends most alike.

        Raises:
            ReviewError: none is called so, or several are.
        """
        known = self._ids.get(name) or self._ids.get(self._known(name))
        found = [known] if known else self._by_file(_parts(name))
        if len(found) == 1:
            return found[0]
        several = f"{len(found):,} images of this name: give its id" if found else "none of the images"
        raise ReviewError(f"Expected the id, path or file name of an image, found {name!r}, {several}.")

    def _by_file(self, wanted: list[str]) -> list[str]:
        among = [(_alike(parts, wanted), each) for parts, each in self._files.get(wanted[0], ())]
        most = max((alike for alike, _ in among), default=0)
        return [each for alike, each in among if alike == most]


def _parts(path: str) -> list[str]:
    """The parts of a path of any system, the name of the file first."""
    return [*reversed(PureWindowsPath(path).parts)] or [""]


def _alike(one: list[str], other: list[str]) -> int:
    """How many parts are the same, from the name of the file on."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
