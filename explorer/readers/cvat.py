"""CVAT for images 1.1: boxes and tags in one XML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.data.labelled_images import LabelFile, LabelledImage, Region
from explorer.data.records import Skipped
from explorer.errors import SourceError
from explorer.readers.documents import first_bytes, starts_with
from explorer.readers.objects import unusable
from explorer.readers.shapes import MOST_POINTS, around, turned
from explorer.readers.xml_elements import elements

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from explorer.data.labelled_images import Box

ANNOTATIONS = "annotations.xml"

_POLYGONS = ("polygon", "polyline")
_NO_BOX = ("points", "mask", "ellipse", "cuboid", "skeleton")
_LONGEST = 64
"""Characters of a point of a polygon, more than any program writes."""


def takes(path: Path) -> bool:
    """Whether a file is XML with annotations, as far as its beginning says."""
    return path.suffix.lower() == ".xml" and first_bytes(path) == b"<" and starts_with(path, b"<annotations")


def read_labels(path: Path) -> LabelFile:
    """The images of a file with their boxes, or their tags.

    An image without a box has the answer that nothing is there; one without a tag, where the file is of tags, has none.
    Turned boxes, polygons and lines become the boxes around them, and that is listed; other shapes are left out. What
    each shape was called in a workspace says its attribute `edgecase_id`, of an image that of its tag.

    Raises:
        SourceError: it is not XML, declares entities, or is of a video.
    """
    skipped: list[Skipped] = []
    found: list[tuple[LabelledImage, bool]] = []
    kinds = set()
    for element in elements(path, ("image", "label", "track")):
        if element.tag == "track":
            raise SourceError(f"Expected CVAT for images 1.1 in {path}, found that for video. Export it again as such.")
        if element.tag == "label":
            kinds.add((element.findtext("type") or "").strip())
        else:
            found.append(_image(element, f"{path.name}, image {element.get('name', '')!r}", skipped))
    tags = any(tagged for _, tagged in found)
    drawn = any(region.box for image, _ in found for region in image.regions)
    has_boxes = drawn or not (tags or kinds <= {"tag"})
    return LabelFile([image for image, _ in found], has_boxes, skipped)


def _image(element: Element, where: str, skipped: list[Skipped]) -> tuple[LabelledImage, bool]:
    """An image, and whether it has a tag."""
    regions: list[Region] = []
    unread = False
    for shape in element:
        read = _region(shape)
        if isinstance(read, str):
            unread = True
            skipped.append(Skipped(where, read))
        elif read is not None:
            region, said = read
            regions.append(region)
            skipped += [Skipped(where, said)] if said else []
    tags = [region for region in regions if region.box is None]
    width, height = _number(element.get("width")), _number(element.get("height"))
    image = LabelledImage(
        where,
        element.get("name", ""),
        id=tags[0].id if len(tags) == 1 else "",
        size=(width, height) if width and height else None,
        regions=tuple(regions),
        unread=unread,
        facts={"split": element.get("subset")} if element.get("subset") else {},
    )
    return image, bool(tags)


def _region(shape: Element) -> tuple[Region, str] | str | None:
    """What a shape says, with what is to be known of it; a reason why it cannot be used; None of what is no shape."""
    label = (shape.get("label") or "").strip()
    attributes = {each.get("name"): (each.text or "").strip() for each in shape.iterfind("attribute")}
    identity, score = attributes.get("edgecase_id", ""), _number(attributes.get("score"))
    if shape.tag in _NO_BOX:
        return f"a shape is {shape.tag}, which has no box"
    if shape.tag not in ("tag", "box", *_POLYGONS):
        return None
    if not label:
        return f"a {shape.tag} has no label"
    if shape.tag == "tag":
        return Region(label, None, identity, score), ""
    found = _box(shape) if shape.tag == "box" else _polygon(shape.get("points", ""))
    if isinstance(found, str):
        return found
    box, said = found
    return unusable(box) or (Region(label, box, identity, score), said)


def _box(shape: Element) -> tuple[Box, str] | str:
    left, top, right, bottom = (_number(shape.get(side)) for side in ("xtl", "ytl", "xbr", "ybr"))
    if left is None or top is None or right is None or bottom is None:
        return "a box has no four numbers"
    box = left, top, right - left, bottom - top
    degrees = _number(shape.get("rotation"))
    if not degrees:
        return box, ""
    return turned(box, degrees, ((left + right) / 2, (top + bottom) / 2)), "a turned box is taken as the box around it"


def _polygon(written: str) -> tuple[Box, str] | str:
    if len(written) > MOST_POINTS * _LONGEST or written.count(";") >= MOST_POINTS:
        return f"a polygon has more than {MOST_POINTS:,} points"
    pairs = [each.split(",") for each in written.split(";")]
    points = [(_number(pair[0]), _number(pair[1])) for pair in pairs if len(pair) > 1]
    known = [(x, y) for x, y in points if x is not None and y is not None]
    return (around(known), "a polygon is taken as the box around it") if known else "a polygon has no points"


def _number(written: str | None) -> float | None:
    try:
        value = float(written or "")
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
