"""Reading images to measure them, apart from all that a workspace needs: it runs in processes of its own too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.data.images import open_image
from explorer.data.records import Skipped
from explorer.errors import ImageError
from explorer.signals import pixels
from explorer.signals.exif import CAMERA, LATITUDE, LONGITUDE, TIME, Capture, capture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from explorer.data.images import OpenImage

_CHANGED = "the file is another than when it was built: build again"


@dataclass(frozen=True)
class Way:
    """One way to measure images.

    Attributes:
        prepare: takes what it needs of an opened image; called from several threads.
        finish: makes columns of these, one row each.
        anywhere: whether it may be called in another process.
    """

    prepare: Callable[[OpenImage], Any]
    finish: Callable[[Sequence[Any]], dict[str, Any]]
    anywhere: bool = False


class ToMeasure(NamedTuple):
    """An image to be measured: its file, its content, and by which of the ways."""

    path: Path
    digest: str
    by: tuple[int, ...]


class Measured(NamedTuple):
    """What came of some images.

    Attributes:
        images: how many they are.
        columns: for each way that was asked, by its number, its columns and those images' `digest`.
        unreadable: those that cannot be read, or are not those that they were, with reasons.
    """

    images: int
    columns: dict[int, dict[str, Any]]
    unreadable: list[Skipped]


def measured(images: Sequence[ToMeasure], ways: Sequence[Way]) -> Measured:
    """Decode some images, each once, and measure them together."""
    prepared: dict[int, dict[str, Any]] = {}
    unreadable = []
    for image in images:
        try:
            with open_image(image.path) as opened:
                for number in image.by if opened.digest == image.digest else ():
                    prepared.setdefault(number, {})[image.digest] = ways[number].prepare(opened)
                if opened.digest != image.digest:
                    unreadable.append(Skipped(str(image.path), _CHANGED))
        except ImageError as error:
            unreadable.append(Skipped(str(image.path), str(error)))
    columns = {
        number: {"digest": list(of), **ways[number].finish(list(of.values()))} for number, of in prepared.items()
    }
    return Measured(len(images), columns, unreadable)


def _prepared(opened: OpenImage) -> tuple[pixels.Prepared, Capture]:
    stored = opened.as_stored()
    image = stored if stored.mode in pixels.MEASURABLE else opened.pixels()
    return pixels.prepare(image), capture(stored)


def _pixels(images: Sequence[tuple[pixels.Prepared, Capture]]) -> dict[str, Any]:
    shots = [shot for _, shot in images]
    return {
        **pixels.measure([image for image, _ in images]),
        TIME: [shot.time for shot in shots],
        CAMERA: [shot.camera for shot in shots],
        LATITUDE: [shot.latitude for shot in shots],
        LONGITUDE: [shot.longitude for shot in shots],
    }


PIXELS = Way(_prepared, _pixels, anywhere=True)
"""What the signals of `explorer.signals.image` are made of."""
