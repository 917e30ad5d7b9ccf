"""The one pass over images' pixels: each is decoded once for all that is to be measured on it, and kept by content."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from explorer.data.records import Progress, Skipped
from explorer.embedding.streaming import on_processes, on_threads
from explorer.signals.exif import CAMERA, LATITUDE, LONGITUDE, TIME
from explorer.signals.pixels import VERSION
from explorer.signals.reading import PIXELS, Measured, ToMeasure, Way, measured
from explorer.store.derived.measurements import Measurements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from explorer.data.records import OnProgress
    from explorer.store.paths import WorkspacePaths

STEP = "measuring images"

_TOGETHER = 2**23
"""Pixels that are measured together at most, but for a larger image on its own; and so many images."""
_MOST_IMAGES = 256
_AHEAD = 8
"""So many of these are read ahead."""

_LONG = 5.0
"""Seconds of work from which on processes of their own are worth starting: threads wait for each other."""
_PER_IMAGE, _PER_PIXEL = 1e-4, 13e-9
"""Seconds that an image takes, measured with PNG and JPEG."""

_EVERY = 2.0
"""Seconds after which what was measured is written down: a killed pass loses about as much."""

_TYPES = {TIME: "datetime64[s]", CAMERA: "string", LATITUDE: "float64", LONGITUDE: "float64"}


class Measurer(NamedTuple):
    """A way to measure images, and what it measured before."""

    store: Measurements
    way: Way


def of_pixels(paths: WorkspacePaths) -> Measurer:
    """What the signals of `explorer.signals.image` are made of."""
    return Measurer(Measurements(paths.measured / f"pixels-{VERSION}"), PIXELS)


def measure(
    paths: Sequence[Path], facts: pd.DataFrame, measurers: Sequence[Measurer], report: OnProgress
) -> list[Skipped]:
    """Measure the images that were not, in one pass; what is done is kept, also where the pass is killed.

    Threads, or of many images processes, decode ahead of what is written down, by a bounded number of pixels. Identical
    files are measured once.

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
    ways = [measurer.way for measurer in measurers]
    seconds = sum(_PER_IMAGE + _PER_PIXEL * areas[row] for row in images)
    apart = seconds > _LONG and all(way.anywhere for way in ways)
    unreadable: list[Skipped] = []
    done, written = 0, monotonic()
    waiting: list[Measured] = []
    work = on_processes if apart else on_threads
    with work(partial(measured, ways=ways), _chunks(images, areas), ahead=_AHEAD) as results:
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


def _missing(paths: Sequence[Path], digests: Sequence[str], measurers: Sequence[Measurer]) -> dict[int, ToMeasure]:
    """The first image of each content that some measurer lacks, by row."""
    known = [measurer.store.digests for measurer in measurers]
    first = dict(zip(reversed(digests), reversed(range(len(digests))), strict=True))
    wanted = {}
    for digest, row in sorted(first.items(), key=lambda item: item[1]):
        by = tuple(number for number, has in enumerate(known) if digest not in has)
        if by:
            wanted[row] = ToMeasure(paths[row], digest, by)
    return wanted


def _chunks(images: dict[int, ToMeasure], areas: Sequence[int]) -> Iterator[list[ToMeasure]]:
    """Images in their order, as many together as are measured at once."""
    chunk: list[ToMeasure] = []
    pixels = 0
    for row, image in images.items():
        if chunk and (pixels + areas[row] > _TOGETHER or len(chunk) == _MOST_IMAGES):
            yield chunk
            chunk, pixels = [], 0
        chunk.append(image)
        pixels += areas[row]
    if chunk:
        yield chunk


def _keep(results: Sequence[Measured], measurers: Sequence[Measurer]) -> None:
    for number, measurer in enumerate(measurers):
        tables = [pd.DataFrame(result.columns[number]) for result in results if number in result.columns]
        if tables:
            together = pd.concat(tables, ignore_index=True)
            types = {name: kind for name, kind in _TYPES.items() if name in together}
            measurer.store.append(together.astype(types))
