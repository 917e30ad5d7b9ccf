"""Which model a person means who names one, or none."""

from __future__ import annotations

from pathlib import Path

from explorer.embedding.model_source import CONFIG, DEFAULT_MODEL, DEFAULT_PRETRAINED
from explorer.errors import SourceError


def model_names(name: str | None, pretrained: str | None) -> tuple[str, str]:
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
