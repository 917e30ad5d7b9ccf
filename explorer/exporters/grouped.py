"""The objects of each image, as formats write them image by image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.data.boxes import BOX
from explorer.exporters.package import records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from explorer.exporters.package import Package


class Object(NamedTuple):
    """One label or detection.

    Attributes:
        id: its stable id.
        label: its class.
        box: x, y, width and height, pixels; the whole image where images have one label each.
        confidence: None of labels, and where a model gave none.
        said: what people said of it; see `Package.said`.
        facts: all that is known of it.
    """

    id: str
    label: str
    box: tuple[float, float, float, float]
    confidence: float | None
    said: Mapping[str, Any]
    facts: Mapping[str, Any]

    @property
    def tags(self) -> list[str]:
        """The subsets that it is in."""
        return list(self.said.get("tags", ()))


class Image(NamedTuple):
    """One image.

    Attributes:
        id: its stable id.
        file: where it is: a path in the folder that is written, or an absolute one.
        exported_as: its path in the folder that is written, or what it would be.
        width: pixels, upright.
        height: pixels, upright.
        digest: SHA-256 of the file.
        split: empty where it has none.
        said: what people said of it; see `Package.said`.
        labels: what it is labelled.
        predictions: what each model said of it.
    """

    id: str
    file: str
    exported_as: str
    width: int
    height: int
    digest: str
    split: str
    said: Mapping[str, Any]
    labels: list[Object]
    predictions: Mapping[str, list[Object]]

    @property
    def tags(self) -> list[str]:
        """The subsets that it is in."""
        return list(self.said.get("tags", ()))


def images_of(package: Package) -> Iterator[Image]:
    """The images of a package that is being written, each with its objects."""
    frame = package.images
    splits = frame["split"].where(frame["split"].notna(), "") if "split" in frame else [""] * len(frame)
    columns = (frame[name] for name in ("file", "exported_as", "width", "height", "digest"))
    objects = {of: _by_image(package, each) for of, each in package.objects()}
    for sample, file, exported_as, width, height, digest, split in zip(frame.index, *columns, splits, strict=True):
        found = {of: each.get(sample, []) for of, each in objects.items()}
        whole = (0.0, 0.0, float(width), float(height))
        of_image = {of: [one._replace(box=one.box or whole) for one in each] for of, each in found.items()}
        labels = of_image.pop("ground_truth")
        size = int(width), int(height)
        said = package.said(sample)
        yield Image(sample, file, exported_as, *size, str(digest), str(split), said, labels, of_image)


def _by_image(package: Package, frame: pd.DataFrame) -> dict[str, list[Object]]:
    found: dict[str, list[Object]] = {}
    for each, facts in records(frame):
        box: Any = tuple(facts[side] for side in BOX) if package.has_boxes else ()
        one = Object(each, str(facts["label"]), box, facts.get("confidence"), package.said(each), facts)
        found.setdefault(facts["sample"], []).append(one)
    return found
