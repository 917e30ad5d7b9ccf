"""Images as a file of labels has them: what it calls them, and what it says is on them."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - dataclass fields are part of the interface
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from explorer.data.records import Skipped  # noqa: TC001 - as above

Box = tuple[float, float, float, float]
"""x, y, width, height, from the top left corner of the image."""


class Region(NamedTuple):
    """One label of an image, or one box on it.

    Attributes:
        label: its class.
        box: in the unit of its image's `size`; None where the label is of the whole image.
        id: the id that it had when it was exported from a workspace; empty where the file does not say.
        confidence: of a prediction; None where the file does not say.
    """

    label: str
    box: Box | None = None
    id: str = ""
    confidence: float | None = None


@dataclass(frozen=True)
class LabelledImage:
    """One image of a file of labels.

    Attributes:
        where: the place in the file, for messages.
        path: what the file calls the image, as written: a path, a name or a URL.
        id: the id that it had when it was exported from a workspace; empty where the file does not say.
        digest: SHA-256 of the image file; empty where the file does not say.
        size: width and height of the image in the unit of its boxes, such as pixels, or 100 and 100 for percent; None
            for pixels of an image whose size the file does not say.
        regions: what it says is on the image.
        answered: whether somebody said so; otherwise the file names the image, and nobody looked at it.
        unread: whether a shape on it could not be used, so that what is not among `regions` may still be there.
        partial: whether it names only some of the boxes on the image, such as the members of a subset, so that others
            are there as before.
        by: who said so, as far as the file says.
        predictions: what models said, by their names.
        facts: what else it says of the image: texts, numbers and truth values by name.
    """

    where: str
    path: str
    id: str = ""
    digest: str = ""
    size: tuple[float, float] | None = None
    regions: tuple[Region, ...] = ()
    answered: bool = True
    unread: bool = False
    partial: bool = False
    by: str = ""
    predictions: Mapping[str, tuple[Region, ...]] = field(default_factory=lambda: MappingProxyType({}))
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


class LabelFile(NamedTuple):
    """What a file of labels holds.

    Attributes:
        images: in the order of the file; an image may be there twice.
        has_boxes: whether it is of boxes, also where there is none on any image.
        skipped: what in it cannot be used.
    """

    images: list[LabelledImage]
    has_boxes: bool
    skipped: list[Skipped]
