"""The search index of a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.maps.neighbors import SavedIndex, load_or_build

if TYPE_CHECKING:
    from explorer.data.spaces import SpaceName
    from explorer.store.workspace import Workspace


def space_index(workspace: Workspace, space: SpaceName) -> SavedIndex:
    """Open the FAISS index of a space, memory-mapped; it is built where it is missing or stale."""
    key = workspace.artefact(space)
    vectors = workspace.embeddings(space).vectors
    return load_or_build(workspace.paths.derived / f"{key}.faiss", vectors, key)
