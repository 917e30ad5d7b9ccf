"""The nouns of the project: what each step of the pipeline takes and gives.

Arrays are addressed by row inside one computation; everything that is saved, shown or exported speaks ids.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.data.spaces import Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from explorer.data.spaces import Space

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]


class Skipped(NamedTuple):
    """One input that was left out, and why."""

    filepath: str
    reason: str


class Used(NamedTuple):
    """How much of a file of ground truth or of predictions belongs to the images of the source.

    Attributes:
        filepath: the file or folder.
        what: annotations, detections, rows.
        used: how many of them are used.
        given: of how many.
        reason: why others are not; empty where all are.
    """

    filepath: str
    what: str
    used: int
    given: int
    reason: str


@dataclass(frozen=True)
class Dataset:
    """What a reader gives: samples, ground truth and named predictions, joined by sample id.

    In detection both tables of objects also have a box: ``x`` and ``y`` of its top left corner, ``width`` and
    ``height`` (float64, pixels of the upright image); ground truth further ``area`` (float64, square pixels, of the
    mask where there is one), ``crowd`` (bool, many objects in one box) and ``ignore`` (bool, not judged).

    Attributes:
        samples: index ``id`` (unique str); columns ``filepath`` (str, absolute), ``split`` where known, then
            metadata with inferred types.
        ground_truth: index object id; columns ``sample`` (a sample id) and ``label`` (str). In classification
            there is at most one object per sample and its id is the sample's.
        predictions: for each model name a table with index object id and columns ``sample``, ``label``,
            ``confidence`` (float64 in 0..1, NaN where unknown).
        task: whether there is one label per image, or boxes; the reader says.
        probabilities: for the models that give them, a table with index object id and one float32 column per
            class.
        skipped: inputs that could not be used.
        used: of each file that is joined onto the images, how much fits.
        class_numbers: the number that each class has in the source, by its name; empty where it has none.
    """

    samples: pd.DataFrame
    ground_truth: pd.DataFrame
    predictions: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    task: Task = Task.CLASSIFICATION
    probabilities: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    used: tuple[Used, ...] = ()
    class_numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Embeddings:
    """Unit vectors of one space.

    Attributes:
        ids: point ids, str (n,).
        vectors: float32 (n, d), each row of length 1 (or all zero where nothing is known).
        model: name of the model that made them.
        space: what the points stand for.
    """

    ids: tuple[str, ...]
    vectors: Float32
    model: str
    space: Space


@dataclass(frozen=True)
class Neighbors:
    """The one cosine k-nearest-neighbour graph of a space, self excluded.

    Attributes:
        indices: int64 (n, k), rows of the neighbours, nearest first.
        similarities: float32 (n, k), cosine, descending.
        recall: share of the true neighbours found, 1.0 where the search was exact.
    """

    indices: Int64
    similarities: Float32
    recall: float = 1.0

    @property
    def k(self) -> int:
        """Neighbours per point."""
        return int(self.indices.shape[1])


@dataclass(frozen=True)
class Layout:
    """A frozen 2-D map.

    Attributes:
        ids: point ids, str (n,).
        xy: float32 (n, 2).
        neighbors_kept: float32 (n,), share of each point's k nearest neighbours that are also its k nearest
            on the map.
        trustworthiness: 0..1, NaN where n is too small to say.
    """

    ids: tuple[str, ...]
    xy: Float32
    neighbors_kept: Float32
    trustworthiness: float


class Progress(NamedTuple):
    """One report of a long computation: its step, units done and in all, and inputs left out so far."""

    step: str
    done: int
    total: int
    left_out: int = 0


OnProgress = Callable[[Progress], None]


MEASURED = frozenset(["digest", "width", "height"])
"""Names of what is measured on every image, which metadata cannot take."""

COCO_ID = "coco_id"
"""The column of the numbers that images had in COCO, by which other tools know them."""

BATCH, ORIGINAL = "batch", "original"
"""The column that says with which batch an image came, and what it says of those of the build."""
