"""The search index of a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.maps.neighbors import SavedIndex, build_index, load_or_build

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.spaces import SpaceName
    from explorer.store.workspace import Workspace


def space_index(workspace: Workspace, space: SpaceName) -> SavedIndex:
    """Open the FAISS index of a space, memory-mapped; it is built where it is missing or stale.

    Points that corrected labels have moved or brought are of no file: their index lives in memory.
    """
    key = workspace.artefact(space)
    vectors = workspace.embeddings(space).vectors
    if key not in workspace.manifest.artefacts:
        index, recall = build_index(vectors)
        return SavedIndex(index, recall, exact=recall == 1, saved=False)
    first = workspace.manifest.without_batches().spaces[str(space.of_vectors)]
    base = None if first == key else (_file(workspace, first), first)
    return load_or_build(_file(workspace, key), vectors, key, base=base)


def _file(workspace: Workspace, artefact: str) -> Path:
    return workspace.paths.derived / f"{artefact}.faiss"
