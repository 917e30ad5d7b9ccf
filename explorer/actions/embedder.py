"""What embeds new images as a workspace embedded its own, and which models there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from explorer.embedding.embedders import Clip, OwnVectors
from explorer.embedding.model_source import CONFIG, DEFAULT_MODEL, DEFAULT_PRETRAINED
from explorer.errors import ModelError, SourceError

if TYPE_CHECKING:
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


def names_of(name: str | None, pretrained: str | None) -> tuple[str, str]:
    """Model and weights as `ClipModel.load` takes them, the default where nothing is named, files by absolute paths.

    Raises:
        SourceError: a model is named without weights, and needs them.
    """
    if name and not pretrained and ":" not in name and not Path(name).is_dir():
        raise SourceError(f"Expected --pretrained TAG|FILE with --model {name}: weights to load into it.")
    chosen, weights = _absolute(name or DEFAULT_MODEL), _absolute(pretrained or DEFAULT_PRETRAINED)
    return (weights, weights) if (Path(weights) / CONFIG).is_file() else (chosen, weights)


def _absolute(name: str) -> str:
    """A model given by its file or folder is found again from any other folder; a name stays a name."""
    path = Path(name).expanduser()
    return str(path.resolve()) if path.is_file() or (path / CONFIG).is_file() else name


def offered() -> dict[str, list[str]]:
    """The models that open_clip knows weights of, each with its tags."""
    import open_clip

    known: dict[str, list[str]] = {}
    for name, tag in open_clip.list_pretrained():
        known.setdefault(name, []).append(tag)
    return known
