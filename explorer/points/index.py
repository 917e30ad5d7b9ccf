"""The search index of a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.maps.neighbors import SavedIndex, load_or_build

if TYPE_CHECKING:
    from explorer.data.records import Space
    from explorer.store.workspace import Workspace


def space_index(workspace: Workspace, space: Space | str, model: str | None = None) -> SavedIndex:
    """Open the FAISS index of a space, memory-mapped; it is built where it is missing or stale."""
    key = workspace.layout_key(space, model)
    vectors = workspace.embeddings(space, model).vectors
    return load_or_build(workspace.path / "derived" / f"{key}.faiss", vectors, key)
