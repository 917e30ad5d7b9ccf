"""What a source holds, and how long it will take, before anything is computed."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import readers
from explorer.actions.embedder import names_of
from explorer.data.engines import AUTO
from explorer.data.images import open_image
from explorer.data.records import Skipped
from explorer.data.spaces import Task
from explorer.embedding.clip import ClipModel, require
from explorer.embedding.engines import Measured
from explorer.embedding.engines.tiles import TILE
from explorer.embedding.lazy_clip import chosen
from explorer.embedding.model_source import resolve
from explorer.embedding.own_vectors import read_vectors
from explorer.errors import HubError, ImageError, ModelError, SourceError
from explorer.points.image_table import without_computed
from explorer.readers import box_table, table
from explorer.readers.frames import READERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from explorer.actions.browse import Roots
    from explorer.data.records import Dataset

FIRST_PROBLEMS = 20

_TABLES = frozenset(READERS) - {".txt"}
"""Endings of tables; text files are mostly something else."""

EXAMPLES = 8


@dataclass(frozen=True)
class Found:
    """What a source holds.

    Attributes:
        kind: what it is taken for: a folder of images, a table, COCO, YOLO.
        task: whether images have one label each, or boxes.
        images: how many there are.
        classes: each class of the labels and how many images or boxes it has, the largest first.
        boxes: how many labels are boxes.
        predictions: how many predictions each model has.
        vectors: how many numbers the user's own have; 0 where there are none.
        problems: the first inputs that will be left out, with the reason.
        problem_count: how many there are in all.
        columns: of a table, each column and what it is taken for: a role, `metadata`, or `left out`.
        examples: some of the image files.
        folder: the one that all images are in or below.
        tables: of a folder of images, the tables in it, which are not read: any may say more of the images.
    """

    kind: str
    task: Task
    images: int
    classes: tuple[tuple[str, int], ...]
    boxes: int
    predictions: Mapping[str, int]
    vectors: int
    problems: tuple[Skipped, ...]
    problem_count: int
    columns: tuple[tuple[str, str], ...]
    examples: tuple[Path, ...]
    folder: Path
    tables: tuple[Path, ...]


@dataclass(frozen=True)
class Estimate:
    """How long embedding takes on this machine, as it was measured.

    Attributes:
        load: seconds until the model is ready.
        each: seconds per image or box.
        count: images and boxes.
    """

    load: float
    each: float
    count: int

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.load + self.each * self.count


def inspect_source(
    source: Path,
    *,
    labels: Path | None = None,
    predictions: Sequence[tuple[str, Path]] = (),
    allow_unmatched: bool = False,
    vectors: Path | None = None,
    columns: Mapping[str, str] = readers.NO_COLUMNS,
) -> Found:
    """Read a source as a build would, and nothing more: no image is decoded.

    Args:
        source: as for `build`.
        labels: as for `build`.
        predictions: as for `build`.
        allow_unmatched: as for `build`.
        vectors: as for `build`.
        columns: as for `build`.

    Raises:
        SourceError: it cannot be used; says what a build would say.
    """
    read = readers.read(source, labels, predictions, columns, allow_unmatched=allow_unmatched)
    dataset = without_computed(read, source)
    files = [str(path) for path in dataset.samples["filepath"]]
    there = [path for path in files if os.path.exists(path)]  # noqa: PTH110 - many
    if not there:
        raise SourceError(f"Expected images that exist in {source}, found none.")
    gone = [Skipped(path, "the file does not exist") for path in sorted(set(files) - set(there))]
    own = read_vectors(vectors, list(dataset.samples.index), files) if vectors else None
    problems = [*dataset.skipped, *gone, *(own.skipped if own else ())]
    counts = dataset.ground_truth["label"].value_counts()
    kind = readers.kind_of(source, labels)
    return Found(
        kind=kind,
        task=dataset.task,
        images=len(there),
        classes=tuple((str(name), int(count)) for name, count in counts.items()),
        boxes=len(dataset.ground_truth) if dataset.task is Task.DETECTION else 0,
        predictions={name: len(predicted) for name, predicted in dataset.predictions.items()},
        vectors=own.vectors.shape[1] if own else 0,
        problems=tuple(problems[:FIRST_PROBLEMS]),
        problem_count=len(problems),
        columns=tuple(_taken(columns_of(source, tuple(columns.items()), labels), dataset)),
        examples=tuple(Path(path) for path in there[:: max(1, len(there) // EXAMPLES)][:EXAMPLES]),
        folder=Path(os.path.commonpath([os.path.dirname(path) for path in there])),  # noqa: PTH120 - many
        tables=_tables_in(source) if kind == readers.FOLDER else (),
    )


def _taken(roles: Sequence[tuple[str, str]], dataset: Dataset) -> Iterator[tuple[str, str]]:
    """The roles of columns, where metadata is what a build keeps: not what it measures and computes itself."""
    for name, role in roles:
        yield name, "left out" if role == "metadata" and name not in dataset.samples else role


def _tables_in(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(file for file in folder.iterdir() if file.suffix.lower() in _TABLES and not file.is_symlink()))


def columns_of(
    source: Path, columns: Sequence[tuple[str, str]] = (), labels: Path | None = None
) -> list[tuple[str, str]]:
    """What each column of a table is taken for, even where none is of images yet; nothing where it is no table.

    Args:
        source: the table.
        columns: roles and their columns, as for `build`.
        labels: as for `build`.

    Raises:
        SourceError: it cannot be read, or a role is of no column of it.
    """
    if box_table.recognises(source, labels):
        return box_table.roles_of(source)
    return list(table.roles_of(source, dict(columns))) if table.recognises(source) else []


def refuse_outside_roots(found: Found, roots: Roots) -> None:
    """Refuse a source that names images elsewhere than where people may look.

    Raises:
        SourceError: some of its images are not below a root.
    """
    for place in (found.folder, *found.examples):
        roots.allowed(place)


def availability(model: str | None = None, pretrained: str | None = None) -> str:
    """Why a model cannot be had; empty where it can. Asks the hub once, for some seconds at most."""
    try:
        require(resolve(*names_of(model, pretrained)))
    except HubError as error:
        return error.why
    except (ModelError, SourceError) as error:
        return str(error)
    return ""


def estimate(
    examples: Sequence[Path],
    count: int,
    model: str | None = None,
    pretrained: str | None = None,
    engine: str | None = None,
) -> Estimate:
    """How long a model takes to embed, measured on a few images, once for the same model and images.

    Args:
        examples: image files; those that cannot be read are passed over.
        count: how many images and boxes there are.
        model: as for `build`.
        pretrained: as for `build`.
        engine: as for `build`.

    Raises:
        ModelError: the model cannot be loaded, or the engine is not installed.
        SourceError: none of the examples can be read.
    """
    load, each = _measured(tuple(examples), *names_of(model, pretrained), chosen(engine or AUTO, count))
    return Estimate(load, each, count)


@lru_cache(maxsize=8)
def _measured(examples: tuple[Path, ...], name: str, pretrained: str, engine: str) -> tuple[float, float]:
    began = time.perf_counter()
    model = ClipModel.load(name, pretrained).run_by(engine)
    if isinstance(model.engine, Measured):
        model = replace(model, engine=model.engine.fast)  # the first hundred take longer, the others do not
    loaded = time.perf_counter()
    prepared = []
    for path in examples:
        try:
            with open_image(path) as opened:
                prepared.append(model.preprocess(opened.pixels(model.enough)))
        except ImageError:
            continue
    if not prepared:
        raise SourceError("Expected an image that can be read, to measure how long embedding takes, found none.")
    decoded = time.perf_counter()
    batch = (prepared * TILE)[:TILE]
    model.encode_images(batch)  # the first pass of a model is slow
    warm = time.perf_counter()
    model.encode_images(batch)
    embedded = time.perf_counter()
    each = (decoded - loaded) / len(prepared) + (embedded - warm) / len(batch)
    return loaded - began + (warm - decoded) - (embedded - warm), each
