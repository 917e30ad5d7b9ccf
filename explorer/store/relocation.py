"""Image files that are gone from where a build found them, and image folders that were moved."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from explorer.errors import WorkspaceError
from explorer.store.derived.building import announce, building
from explorer.store.derived.checksums import sha256
from explorer.store.workspace import Workspace, moved

if TYPE_CHECKING:
    from collections.abc import Sequence

_Item = TypeVar("_Item")

LOOKED_AT = 48
"""Files whose existence is asked at each opening."""

READ = 100
"""Files whose content is compared before a folder is said to be moved."""


class Relocated(NamedTuple):
    """A folder that was moved: its path then and now, of how many images, how many are found, how many were read."""

    before: str
    now: str
    images: int
    found: int
    compared: int


def image_warning(workspace: Workspace) -> str:
    """Say that image files are gone and what to do; empty where a few dozen evenly spread ones are there."""
    paths = workspace.samples["filepath"].tolist()
    if all(map(os.path.isfile, _spread(paths, LOOKED_AT))):
        return ""
    gone = [path for path in paths if not os.path.isfile(path)]  # noqa: PTH113 - a million times faster than Path
    return (
        f"{len(gone):,} of {len(paths):,} image files are no longer at {_common(gone)}. If the folder was moved, run "
        f"`edgecase relocate {workspace.path} NEW_ROOT`."
    )


def relocate(workspace: Workspace, new_root: Path | str) -> Relocated:
    """Tell a workspace that the folder of its images is now another one.

    Nothing is changed unless images are found there, none is found less than before, and those of them that are
    read, evenly spread, are the ones that were embedded.

    Args:
        workspace: the opened workspace; open it again to see the images at their new place.
        new_root: the folder as it is now; whichever parent of the images it was follows from what lies in it.

    Raises:
        WorkspaceError: the folder has none of the images, or other images under their names; or a build is running.
    """
    with building(workspace.path) as folder:
        return _relocated(Workspace(folder, workspace.decisions_location), Path(new_root).absolute())


def _relocated(workspace: Workspace, new: Path) -> Relocated:
    built, now = workspace.built_paths, workspace.samples["filepath"].tolist()
    gone = [path for path, current in zip(built, now, strict=True) if not Path(current).is_file()]
    old = _old_root(gone or built, new)
    folders = {**workspace.manifest.moved, old: str(new)}
    paths = [moved(path, folders) for path in built]
    there = [row for row, path in enumerate(paths) if Path(path).is_file()]
    if len(there) < len(built) - len(gone):
        raise WorkspaceError(
            f"Only {len(there):,} of {len(built):,} image files would be found with {new}, fewer than now. Name the "
            f"folder that {old} has become."
        )
    compared = _spread(there, READ)
    _refuse_others(workspace, paths, compared)
    manifest = replace(workspace.manifest, moved=folders, root=moved(workspace.manifest.root, {old: str(new)}))
    announce(workspace.path, manifest)
    return Relocated(old, str(new), len(built), len(there), len(compared))


def _old_root(paths: Sequence[str], new: Path) -> str:
    """The folder above all paths that, called `new`, finds the most of them."""
    if not paths:
        raise WorkspaceError("This workspace has no images, so there is no folder to relocate.")
    if not new.is_dir():
        raise WorkspaceError(f"Expected the folder that the images were moved to, found none at {new}.")
    folder = Path(_common(paths))
    some = _spread(paths, LOOKED_AT)
    counts = {
        str(old): sum((new / Path(path).relative_to(old)).is_file() for path in some)
        for old in (folder, *folder.parents)
    }
    best = max(counts, key=lambda old: counts[old])  # of equals the nearest to the images
    if not counts[best]:
        looked = new / Path(some[0]).relative_to(folder)
        raise WorkspaceError(
            f"None of the images from {folder} is in {new}; {looked} is not there, for one. Name the folder that "
            f"{folder} has become."
        )
    return best


def _refuse_others(workspace: Workspace, paths: Sequence[str], rows: Sequence[int]) -> None:
    digests = workspace.samples["digest"]
    others = [paths[row] for row in rows if sha256(Path(paths[row])) != digests.iat[row]]
    if others:
        raise WorkspaceError(
            f"{len(others):,} of {len(rows):,} files compared are not the images that were embedded, such as "
            f"{others[0]}. Nothing was changed; name another folder, or build again from this one."
        )


def _common(paths: Sequence[str]) -> str:
    """The folder that all files lie under."""
    return os.path.commonpath({os.path.dirname(path) for path in paths})  # noqa: PTH120 - as above


def _spread(items: Sequence[_Item], most: int) -> list[_Item]:
    """At most so many of the items, evenly spread, the first and the last among them."""
    return [items[place] for place in np.unique(np.linspace(0, len(items) - 1, min(most, len(items))).astype(int))]
