"""What embeds new images as a workspace embedded its own, and which models there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.data.engines import AUTO
from explorer.embedding.embedders import Clip, OwnVectors
from explorer.embedding.model_source import CONFIG, DEFAULT_MODEL, DEFAULT_PRETRAINED
from explorer.errors import ModelError, SourceError
from explorer.store.received.arrivals import arrival_name, arrivals
from explorer.store.received.files import received
from explorer.store.workspace import Workspace, moved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.embedding.embedders import Embedder
    from explorer.store.paths import WorkspacePaths


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
        return _clip(workspace.paths, about)
    if vectors is None:
        raise ModelError(
            "This workspace was built from your own vectors, so new images need theirs, of the same model: "
            "`edgecase add WORKSPACE SOURCE --vectors FILE`."
        )
    return OwnVectors(vectors)


def engine_of(build: Workspace, paths: WorkspacePaths | None = None) -> Embedder:
    """The engine of what a build has already, which is asked for names of classes and new boxes alone.

    Args:
        build: whose model it is.
        paths: where its vectors are kept, where that is not the workspace.
    """
    about = build.manifest.model
    if about.get("text"):
        return _clip(paths or build.paths, about)
    own = OwnVectors(build.path / str(about["name"]))  # only its classes are asked for, never its file
    own.key = str(about["key"])
    return own


def _clip(paths: WorkspacePaths, about: Mapping[str, Any]) -> Clip:
    """The model that a manifest tells of, run as it was."""
    return Clip(paths.vectors, about["name"], about["pretrained"], about.get("engine", AUTO))


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


def embedder_named(paths: WorkspacePaths, encoder: Mapping[str, Any], folders: Mapping[str, str]) -> Embedder:
    """The engine of a further encoder.

    Args:
        paths: of the workspace.
        encoder: as the manifest has it.
        folders: those that were moved, the path then and the path now.

    Raises:
        SourceError: its file of vectors is gone or damaged.
        ModelError: the folder of its model is not whole.
    """
    about, name = encoder["model"], encoder["name"]
    if about.get("text"):
        return _clip(paths, about)
    being_added = [arrival_name(one) for one in arrivals(paths.encoders)]
    kept = next((one for one in received(paths.encoders, being_added) if one.name == name), None)
    if kept is None:
        raise SourceError(f"Expected the vectors of the encoder {name} in {paths.encoders}, found none that are whole.")
    own = OwnVectors(kept.path, beside=Path(moved(kept.source, folders)).parent)
    own.key, own.about = str(about["key"]), dict(about)
    return own
