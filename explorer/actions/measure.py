"""The one pass over images' pixels: each is decoded once for all that is to be measured on it, and kept by content."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from explorer.data.images import open_image
from explorer.data.records import Progress, Skipped
from explorer.embedding.streaming import on_threads
from explorer.errors import ImageError
from explorer.signals import pixels
from explorer.signals.exif import Capture, capture
from explorer.signals.image import CAMERA, LATITUDE, LONGITUDE, TIME
from explorer.store.derived.measurements import Measurements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from explorer.data.images import OpenImage
    from explorer.data.records import OnProgress
    from explorer.store.paths import WorkspacePaths

STEP = "measuring images"

_TOGETHER = 2**20
"""Pixels that are measured together at most, but for a larger image on its own; and so many images."""
_MOST_IMAGES = 128
_AHEAD = 8
"""So many of these are read ahead."""

_EVERY = 2.0
"""Seconds after which what was measured is written down: a killed pass loses about as much."""

_CHANGED = "the file is another than when it was built: build again"


@dataclass(frozen=True)
class Measurer:
    """One way to measure images.

    Attributes:
        store: what it measured before.
        prepare: takes what it needs of an opened image; called from several threads.
        finish: makes columns of these, one row each.
    """

    store: Measurements
    prepare: Callable[[OpenImage], Any]
    finish: Callable[[Sequence[Any]], dict[str, Any]]


def of_pixels(paths: WorkspacePaths) -> Measurer:
    """What the signals of `explorer.signals.image` are made of."""
    return Measurer(Measurements(paths.measured / f"pixels-{pixels.VERSION}"), _prepared, _pixels)


def _prepared(opened: OpenImage) -> tuple[pixels.Prepared, Capture]:
    stored = opened.as_stored()
    image = stored if stored.mode in pixels.MEASURABLE else opened.pixels()
    return pixels.prepare(image), capture(stored)


def _pixels(images: Sequence[tuple[pixels.Prepared, Capture]]) -> dict[str, Any]:
    shots = [shot for _, shot in images]
    return {
        **pixels.measure([image for image, _ in images]),
        TIME: pd.array([shot.time for shot in shots], "datetime64[s]"),
        CAMERA: pd.array([shot.camera for shot in shots], "string"),
        LATITUDE: pd.array([shot.latitude for shot in shots], "Float64").to_numpy("float64", na_value=float("nan")),
        LONGITUDE: pd.array([shot.longitude for shot in shots], "Float64").to_numpy("float64", na_value=float("nan")),
    }


class _Image(NamedTuple):
    """An image to be measured: its file, its content, and by which of the measurers."""

    path: Path
    digest: str
    by: tuple[int, ...]


class _Read(NamedTuple):
    """What came of some images: a table for each measurer that was asked, and those that cannot be read."""

    images: int
    tables: dict[int, pd.DataFrame]
    unreadable: list[Skipped]


def measure(
    paths: Sequence[Path], facts: pd.DataFrame, measurers: Sequence[Measurer], report: OnProgress
) -> list[Skipped]:
    """Measure the images that were not, in one pass; what is done is kept, also where the pass is killed.

    Threads decode ahead of what is written down, by a bounded number of pixels. Identical files are measured once.

    Args:
        paths: n image files.
        facts: n rows; `digest`, `width` and `height` as they were when the images were read.
        measurers: by which ways.
        report: told about progress.

    Returns:
        The images that cannot be read, or are not those that they were, with reasons.

    Raises:
        WorkspaceError: what was measured cannot be saved.
    """
    images = _missing(paths, facts["digest"].tolist(), measurers)
    areas = [int(area) for area in facts["width"] * facts["height"]]
    unreadable: list[Skipped] = []
    done, written = 0, monotonic()
    waiting: list[_Read] = []
    with on_threads(partial(_read, measurers=measurers), _chunks(images, areas), ahead=_AHEAD) as results:
        for result in results:
            waiting.append(result)
            unreadable += result.unreadable
            done += result.images
            if monotonic() - written > _EVERY or done == len(images):
                _keep(waiting, measurers)
                waiting, written = [], monotonic()
                report(Progress(STEP, done, len(images), len(unreadable)))
    for measurer in measurers:
        measurer.store.settle()
    return unreadable


def _missing(paths: Sequence[Path], digests: Sequence[str], measurers: Sequence[Measurer]) -> dict[int, _Image]:
    """The first image of each content that some measurer lacks, by row."""
    known = [measurer.store.digests for measurer in measurers]
    first = dict(zip(reversed(digests), reversed(range(len(digests))), strict=True))
    wanted = {}
    for digest, row in sorted(first.items(), key=lambda item: item[1]):
        by = tuple(number for number, has in enumerate(known) if digest not in has)
        if by:
            wanted[row] = _Image(paths[row], digest, by)
    return wanted


def _chunks(images: dict[int, _Image], areas: Sequence[int]) -> Iterator[list[_Image]]:
    """Images in their order, as many together as are measured at once."""
    chunk: list[_Image] = []
    pixels = 0
    for row, image in images.items():
        if chunk and (pixels + areas[row] > _TOGETHER or len(chunk) == _MOST_IMAGES):
            yield chunk
            chunk, pixels = [], 0
        chunk.append(image)
        pixels += areas[row]
    if chunk:
        yield chunk


def _read(images: Sequence[_Image], measurers: Sequence[Measurer]) -> _Read:
    """Decode some images and measure them together."""
    prepared: dict[int, dict[str, Any]] = {}
    unreadable = []
    for image in images:
        try:
            with open_image(image.path) as opened:
                for number in image.by if opened.digest == image.digest else ():
                    prepared.setdefault(number, {})[image.digest] = measurers[number].prepare(opened)
                if opened.digest != image.digest:
                    unreadable.append(Skipped(str(image.path), _CHANGED))
        except ImageError as error:
            unreadable.append(Skipped(str(image.path), str(error)))
    tables = {
        number: pd.DataFrame({"digest": list(of), **measurers[number].finish(list(of.values()))})
        for number, of in prepared.items()
    }
    return _Read(len(images), tables, unreadable)


def _keep(results: Sequence[_Read], measurers: Sequence[Measurer]) -> None:
    for number, measurer in enumerate(measurers):
        tables = [result.tables[number] for result in results if number in result.tables]
        if tables:
            measurer.store.append(pd.concat(tables, ignore_index=True))
