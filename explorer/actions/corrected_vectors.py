"""The vectors of what corrected labels change on a map: of classes that the build does not have, and of new boxes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.actions.embedder import embedder_named, engine_of
from explorer.data.records import Dataset
from explorer.data.spaces import IMAGES, LABELS, Task
from explorer.embedding.embedders import Embedded
from explorer.embedding.label_text import label_parts
from explorer.errors import ExplorerError
from explorer.points.cache import Cache
from explorer.store.paths import WorkspacePaths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from explorer.data.records import Float32
    from explorer.data.spaces import SpaceName
    from explorer.embedding.embedders import Embedder
    from explorer.store.workspace import Workspace


class _Engine(NamedTuple):
    """What embeds corrected points: its vectors lie in a folder that goes with this process, where no build writes.

    Attributes:
        embedder: the engine; None where it cannot be had.
        folder: of its vectors, kept as long as this is.
        lock: held while it embeds.
    """

    embedder: Embedder | None
    folder: TemporaryDirectory[str]
    lock: Lock


_engines: Cache[_Engine] = Cache(2)


def _engine(given: Workspace, encoder: str) -> _Engine:
    """The engine of an encoder of a workspace, loaded once for this process."""
    key = (given.paths.key, str(given.model_about(encoder)["key"]))
    return _engines.get(key, lambda: _opened(given, encoder))


def _opened(given: Workspace, encoder: str) -> _Engine:
    folder = TemporaryDirectory(prefix="edgecase-", ignore_cleanup_errors=True)
    paths = WorkspacePaths(Path(folder.name))
    about = next((one for one in given.manifest.encoders if one["name"] == encoder), None)
    try:
        engine = embedder_named(paths, about, given.manifest.moved) if about else engine_of(given, paths)
    except ExplorerError:
        return _Engine(None, folder, Lock())
    return _Engine(engine, folder, Lock())


def parts_of(
    given: Workspace, space: SpaceName, labels: Sequence[str | None], further: Sequence[str]
) -> Mapping[str, Float32]:
    """What classes that the build does not have add to a point; nothing where the model cannot be had."""
    engine = _engine(given, space.encoder) if further else None
    if engine is None or engine.embedder is None:
        return {}
    images = np.asarray(given.embeddings(IMAGES.placed_as(space)).vectors)
    try:
        return label_parts(labels, further, engine.embedder.label_vectors(images, labels, further))
    except ExplorerError:
        return {}


def crops_of(given: Workspace, space: SpaceName, boxes: pd.DataFrame) -> Float32:
    """Vectors of new boxes, zero where the model cannot be had: such a point has no place."""
    nothing = np.zeros((len(boxes), given.embeddings(space).vectors.shape[1]), np.float32)
    engine = _engine(given, space.encoder) if len(boxes) else None
    if engine is None or engine.embedder is None or not engine.embedder.sees_boxes:
        return nothing
    on = given.samples.loc[list(dict.fromkeys(boxes["sample"]))]
    facts = on[["digest", "width", "height"]]
    images = Embedded(Dataset(on[["filepath"]], boxes, task=Task.DETECTION), facts, nothing)
    try:
        with engine.lock:
            margin = float(given.manifest.parameters["margin"])
            return engine.embedder.embed_boxes(images, [LABELS], margin, lambda _: None)[LABELS]
    except ExplorerError:
        return nothing
