"""CVAT for images 1.1: `annotations.xml`, and a file of the same form for each model."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from explorer.exporters.folder import FolderFormat
from explorer.exporters.grouped import images_of
from explorer.exporters.names import distinct, safe_name
from explorer.exporters.xml_text import xml_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from explorer.exporters.grouped import Image, Object
    from explorer.exporters.package import Package

_DECIDED = {"tags": "edgecase_tags", "categories": "edgecase_categories", "corrected_label": "corrected_label"}
_DECIDED |= {"verdicts": "edgecase_verdicts"}
_ATTRIBUTES = dict.fromkeys(["edgecase_id", *_DECIDED.values(), "score"], "text")
"""What each label has besides, and its type for CVAT."""


def write_cvat(package: Package, folder: Path) -> None:
    """Write the labels as `annotations.xml`, and what each model said as `predictions-MODEL.xml` to upload instead.

    Boxes are in pixels, from corner to corner; labels of whole images are tags. Each has its id, what people said of it
    and its confidence as attributes, and `source`: `file` of labels, `auto` of predictions.
    """
    images = list(images_of(package))
    _write(folder / "annotations.xml", package, {image.id: image.labels for image in images}, images)
    files = distinct(f"predictions-{safe_name(model)}.xml" for model in package.predictions)
    for model, file in zip(package.predictions, files, strict=True):
        said = {image.id: image.predictions[model] for image in images}
        _write(folder / file, package, said, images, "auto")


def _write(
    path: Path,
    package: Package,
    objects: Mapping[str, Sequence[Object]],
    images: Sequence[Image],
    source: str = "file",
) -> None:
    root = ET.Element("annotations")
    ET.SubElement(root, "version").text = "1.1"
    root.append(_meta(package, len(images)))
    for number, image in enumerate(images):
        name = xml_text(image.exported_as.removeprefix("images/"))
        size = {"width": str(image.width), "height": str(image.height)}
        entry = ET.SubElement(root, "image", {"id": str(number), "name": name, **size})
        for one in objects[image.id]:
            _attributes(_shape(entry, one, source, boxes=package.has_boxes), one)
    ET.ElementTree(root).write(path, "utf-8", xml_declaration=True)


def _shape(entry: ET.Element, one: Object, source: str, *, boxes: bool) -> ET.Element:
    said = {"label": xml_text(one.label), "source": source}
    if not boxes:
        return ET.SubElement(entry, "tag", said)
    x, y, width, height = one.box
    corners = {"xtl": x, "ytl": y, "xbr": x + width, "ybr": y + height}
    shown = {name: repr(value) for name, value in corners.items()}
    return ET.SubElement(entry, "box", {**said, "occluded": "0", **shown, "z_order": "0"})


def _attributes(shape: ET.Element, one: Object) -> None:
    said = {_DECIDED[name]: value if isinstance(value, str) else "; ".join(value) for name, value in one.said.items()}
    known = {"edgecase_id": one.id, "edgecase_tags": "", **said}
    scored = {} if one.confidence is None else {"score": repr(one.confidence)}
    for name, value in {**known, **scored}.items():
        ET.SubElement(shape, "attribute", name=name).text = xml_text(value)


def _meta(package: Package, images: int) -> ET.Element:
    """What CVAT says of the task: how many images, and its labels with their attributes."""
    meta = ET.Element("meta")
    task = ET.SubElement(meta, "task")
    facts = {"name": str(package.about.get("workspace", "")), "size": str(images), "mode": "annotation"}
    for name, value in facts.items():
        ET.SubElement(task, name).text = xml_text(value)
    labels = ET.SubElement(task, "labels")
    for name in package.classes:
        label = ET.SubElement(labels, "label")
        ET.SubElement(label, "name").text = xml_text(name)
        ET.SubElement(label, "type").text = "rectangle" if package.has_boxes else "tag"
        attributes = ET.SubElement(label, "attributes")
        for attribute, kind in _ATTRIBUTES.items():
            entry = ET.SubElement(attributes, "attribute")
            of = {"name": attribute, "mutable": "False", "input_type": kind, "default_value": "", "values": ""}
            for fact, value in of.items():
                ET.SubElement(entry, fact).text = value
    return meta


CVAT = FolderFormat(write_cvat)
