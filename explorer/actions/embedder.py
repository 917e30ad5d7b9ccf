"""What embeds new images as a workspace embedded its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.embedding.embedders import Clip, OwnVectors
from explorer.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.embedding.embedders import Embedder
    from explorer.store.workspace import Workspace


def embedder_of(workspace: Workspace, vectors: Path | None = None) -> Embedder:
    """The engine that a workspace was built with.

    Args:
        workspace: whose maps the vectors are for.
        vectors: those of the new images, where the workspace was built from own ones.

    Raises:
        ModelError: vectors are missing, or given where the workspace has a model.
    """
    about = workspace.manifest.model
    if about.get("text") and vectors:
        raise ModelError("This workspace embeds with CLIP, and so it does with new images: leave --vectors out.")
    if about.get("text"):
        return Clip(workspace.paths.vectors, about["name"], about["pretrained"])
    if vectors is None:
        raise ModelError(
            "This workspace was built from your own vectors, so new images need theirs, of the same model: "
            "`edgecase add WORKSPACE SOURCE --vectors FILE`."
        )
    return OwnVectors(vectors)
