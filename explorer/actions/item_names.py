"""What people call the items of a round: by id, by what stands for it where it is hidden, by path or file name."""

from __future__ import annotations

from pathlib import Path
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
        paths = workspace.samples["filepath"]
        self._paths = {str(path): str(each) for each, path in paths.items()}
        self._files: dict[str, list[str]] = {}
        for each, path in paths.items():
            self._files.setdefault(Path(path).name, []).append(str(each))

    def id_of(self, name: str) -> str:
        """The id of an image or box.

        Raises:
            ReviewError: none is called so, or several are.
        """
        known = self._ids.get(name) or self._ids.get(self._known(name)) or self._paths.get(name)
        found = [known] if known else self._files.get(Path(name).name, [])
        if len(found) == 1:
            return found[0]
        several = f"{len(found):,} images of this name: give its id" if found else "none of the images"
        raise ReviewError(f"Expected the id, path or file name of an image, found {name!r}, {several}.")
