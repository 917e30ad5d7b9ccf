"""The text files of YOLO: one box a line, in shares of its image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from explorer.data.records import Skipped
from explorer.errors import SourceError
from explorer.readers.documents import read_text
from explorer.readers.objects import Box, probability, unusable
from explorer.readers.values import ROUNDING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explorer.readers.yolo_config import YoloConfig

_BOX_FIELDS = 5
_POLYGON_FIELDS = 7


@dataclass(frozen=True)
class YoloImage:
    """An image of a YOLO dataset, its size in pixels as shown."""

    file: Path
    split: str
    width: int
    height: int


def label_file(image: Path) -> Path:
    """Where the labels of an image are: in `labels` instead of the last `images` of its path, else beside it."""
    beside = image.with_suffix(".txt")
    folder = label_folder(image)
    return folder / beside.name if folder and (folder / beside.name).is_file() else beside


def label_folder(image: Path) -> Path | None:
    """The folder whose path says `labels` where the image's says `images` last; None where it does not."""
    parts = image.parent.parts
    if "images" not in parts:
        return None
    last = len(parts) - 1 - parts[::-1].index("images")
    return Path(*parts[:last], "labels", *parts[last + 1 :])


def lines(file: Path, skipped: list[Skipped]) -> Iterator[tuple[int, str]]:
    """Give the numbered lines of a file that are not empty, none if there is no file; its fields one space apart."""
    if not file.is_file():
        return
    try:
        text = read_text(file)
    except SourceError as error:
        skipped.append(Skipped(str(file), str(error)))
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, " ".join(line.split())


class Line(NamedTuple):
    """What a line says.

    Attributes:
        label: the class.
        box: in pixels.
        confidence: NaN where there is none.
        is_polygon: whether the box is the bounds of a polygon.
    """

    label: str
    box: Box
    confidence: float
    is_polygon: bool


def parsed(text: str, config: YoloConfig, image: YoloImage, *, scored: bool = False) -> Line | str:
    """Read one line.

    Args:
        text: its fields.
        config: class names, and how many numbers of keypoints follow a box.
        image: what the shares are of.
        scored: whether it is a detection, which may end with a confidence.

    Returns:
        What it says, or why it cannot be used.
    """
    values = numbers_of(text)
    if values is None:
        return f"it is {text[:80]!r}, not numbers"
    count = len(values) - (scored and _ends_with_confidence(len(values), config.keypoints))
    confidence = probability(values[-1]) if count < len(values) else float("nan")
    if confidence is None:
        return f"its confidence is {values[-1]:g}, not 0 to 1"
    is_polygon = not config.keypoints and count >= _POLYGON_FIELDS and count % 2 == 1
    if not is_polygon and count not in {_BOX_FIELDS, _BOX_FIELDS + config.keypoints}:
        keypoints = f" and {config.keypoints} numbers of keypoints" if config.keypoints else ""
        wanted = f"class x y width height{keypoints}" + (" confidence" if scored else "")
        return f"it has {len(values)} numbers, expected {wanted}"
    label = config.names.get(int(values[0])) if values[0].is_integer() else None
    if label is None:
        return f"its class {values[0]:g} is not known"
    shares = values[1:count] if is_polygon else values[1:_BOX_FIELDS]
    if max(shares) > 1 + ROUNDING:
        return "it has numbers above 1, so pixels rather than shares of the image"
    box = _pixels(_bounds(shares) if is_polygon else shares, image)
    return unusable(box) or Line(label, box, confidence, is_polygon)


def _ends_with_confidence(count: int, keypoints: int) -> bool:
    """Whether a detection of so many numbers has one: after a box, after its keypoints, or after pairs of a polygon."""
    if keypoints:
        return count in {_BOX_FIELDS + 1, _BOX_FIELDS + keypoints + 1}
    return count > _BOX_FIELDS and count % 2 == 0


def numbers_of(text: str) -> list[float] | None:
    """The fields of a line as numbers; None where they are not, or not finite."""
    try:
        values = [float(value) for value in text.split()]
    except ValueError:
        return None
    return values if all(abs(value) < float("inf") for value in values) else None


def _bounds(polygon: Sequence[float]) -> list[float]:
    xs, ys = polygon[::2], polygon[1::2]
    return [(min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, max(xs) - min(xs), max(ys) - min(ys)]


def _pixels(centred: Sequence[float], image: YoloImage) -> Box:
    x, y, width, height = centred
    left, top = (x - width / 2) * image.width, (y - height / 2) * image.height
    return left, top, width * image.width, height * image.height
