"""The text files of YOLO: one box a line, in shares of its image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.data.records import Skipped
from explorer.readers.objects import Box, probability, unusable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    parts = list(image.parts)
    if "images" in parts[:-1]:
        last = len(parts) - 2 - parts[-2::-1].index("images")
        swapped = Path(*parts[:last], "labels", *parts[last + 1 :]).with_suffix(".txt")
        if swapped.is_file():
            return swapped
    return image.with_suffix(".txt")


def lines(file: Path, skipped: list[Skipped]) -> Iterator[tuple[int, str]]:
    """Give the numbered lines of a file that are not empty, none if there is no file; its fields one space apart."""
    if not file.is_file():
        return
    try:
        text = file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        skipped.append(Skipped(str(file), f"it cannot be read: {error.strerror}"))
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, " ".join(line.split())


def parsed(
    text: str, names: Mapping[int, str], image: YoloImage, *, scored: bool = False
) -> tuple[str, Box, float] | str:
    """Read one line.

    Args:
        text: its fields.
        names: class names by number.
        image: what the shares are of.
        scored: whether it is a detection, which may end with a confidence.

    Returns:
        Class, box in pixels and confidence (NaN where there is none), or why the line cannot be used.
    """
    values = _numbers(text)
    if values is None:
        return f"it is {text[:80]!r}, not numbers"
    fields, confidence = values, float("nan")
    if scored and len(values) == _BOX_FIELDS + 1:
        fields, score = values[:-1], probability(values[-1])
        if score is None:
            return f"its confidence is {values[-1]:g}, not 0 to 1"
        confidence = score
    is_polygon = not scored and len(fields) >= _POLYGON_FIELDS and len(fields) % 2
    if len(fields) != _BOX_FIELDS and not is_polygon:
        wanted = "class x y width height" + (" confidence" if scored else "")
        return f"it has {len(values)} numbers, expected {wanted}"
    label = names.get(int(fields[0])) if fields[0].is_integer() else None
    if label is None:
        return f"its class {fields[0]:g} is not known"
    box = _pixels(_bounds(fields[1:]) if is_polygon else fields[1:], image)
    return unusable(box) or (label, box, confidence)


def _numbers(text: str) -> list[float] | None:
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
