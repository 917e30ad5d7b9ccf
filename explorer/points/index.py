"""The search index of a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.maps.neighbors import SavedIndex, load_or_build

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.spaces import SpaceName
    from explorer.store.workspace import Workspace


def space_index(workspace: Workspace, space: SpaceName) -> SavedIndex:
    """Open the FAISS index of a space, memory-mapped; it is built where it is missing or stale."""
    key = workspace.artefact(space)
    vectors = workspace.embeddings(space).vectors
    first = workspace.manifest.without_batches().spaces[str(space.of_vectors)]
    base = None if first == key else (_file(workspace, first), first)
    return load_or_build(_file(workspace, key), vectors, key, base=base)


def _file(workspace: Workspace, artefact: str) -> Path:
    return workspace.paths.derived / f"{artefact}.faiss"
