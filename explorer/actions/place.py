"""Where a new workspace is kept, unless the person says another place."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.store.paths import WorkspacePaths

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = "edgecase"
"""The folder of workspaces, below the first root or the home folder."""

_UNSAFE = re.compile(r"[^\w .-]+")
_LONGEST = 60


def workspaces_folder(roots: Sequence[Path]) -> Path:
    """The folder in which new workspaces are made: below the first root that can be written, or the home folder."""
    parent = next((root for root in roots if os.access(root, os.W_OK)), Path.home())
    return parent.resolve() / FOLDER


def free_place(parent: Path, name: str) -> Path:
    """A folder for a new workspace that is not there yet: `NAME`, or with a number behind it."""
    safe = _UNSAFE.sub(" ", name).strip(" .")[:_LONGEST].strip() or "workspace"
    numbered = (parent / (safe if number == 1 else f"{safe} {number}") for number in range(1, 10_000))
    return next(place for place in numbered if not place.exists())


def discard(folder: Path) -> None:
    """Delete the folder of a workspace where no build was ever started, and nothing was decided."""
    paths = WorkspacePaths(folder)
    if not any(path.exists() for path in (paths.manifest, paths.job, paths.decisions)):
        shutil.rmtree(folder, ignore_errors=True)
