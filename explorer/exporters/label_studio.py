"""Label Studio: tasks with labels as annotations, each model as one prediction, and the labelling configuration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from explorer.exporters.folder import FolderFormat
from explorer.exporters.grouped import images_of
from explorer.exporters.xml_text import xml_text

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.exporters.grouped import Image, Object
    from explorer.exporters.package import Package

_FROM, _TO = "label", "image"
LOCAL = "/data/local-files/?d="
"""Where Label Studio serves files below its LOCAL_FILES_DOCUMENT_ROOT."""


def write_label_studio(package: Package, folder: Path) -> None:
    """Write `tasks.json` and `labeling_config.xml`.

    Boxes are in percent of the image. An image is `/data/local-files/?d=` and its path, from the folder where images
    went along, else from the root of the file system: let Label Studio's LOCAL_FILES_DOCUMENT_ROOT be one of the two.
    """
    tasks = [_task(image, package) for image in images_of(package)]
    (folder / "tasks.json").write_text(json.dumps(tasks, ensure_ascii=False), "utf-8")
    (folder / "labeling_config.xml").write_text(labeling_config(package), "utf-8")


def labeling_config(package: Package) -> str:
    """The configuration of a project that takes the tasks: rectangles, or one choice for each image."""
    view = ET.Element("View")
    ET.SubElement(view, "Image", name=_TO, value="$image")
    control, value = ("RectangleLabels", "Label") if package.has_boxes else ("Choices", "Choice")
    single = {} if package.has_boxes else {"choice": "single"}
    labels = ET.SubElement(view, control, {"name": _FROM, "toName": _TO, **single})
    for name in package.classes:
        ET.SubElement(labels, value, value=xml_text(name))
    ET.indent(view)
    return ET.tostring(view, "unicode") + "\n"


def _task(image: Image, package: Package) -> dict[str, Any]:
    labels = [{"result": [_result(one, image, package) for one in image.labels], "ground_truth": False}]
    return {
        "data": {
            "image": LOCAL + quote(image.file.lstrip("/")),
            "id": image.id,
            "digest": image.digest,
            "tags": [],
            **image.said,
            **({"split": image.split} if image.split else {}),
        },
        "annotations": labels if image.labels or package.has_boxes else [],
        "predictions": [
            {"model_version": model, **_scored(said), "result": [_result(one, image, package) for one in said]}
            for model, said in image.predictions.items()
        ],
    }


def _scored(said: list[Object]) -> dict[str, float]:
    """The confidence of a whole prediction: the least of its regions."""
    known = [one.confidence for one in said if one.confidence is not None]
    return {"score": min(known)} if known else {}


def _result(one: Object, image: Image, package: Package) -> dict[str, Any]:
    kind, value = ("rectanglelabels", _percent(one, image)) if package.has_boxes else ("choices", {})
    return {
        "id": one.id,
        "from_name": _FROM,
        "to_name": _TO,
        "type": kind,
        "original_width": image.width,
        "original_height": image.height,
        "image_rotation": 0,
        "value": {**value, kind: [xml_text(one.label)]},
        **({} if one.confidence is None else {"score": one.confidence}),
        **({"meta": dict(one.said)} if one.said else {}),
    }


def _percent(one: Object, image: Image) -> dict[str, float]:
    x, y, width, height = one.box
    across, down = 100 / image.width, 100 / image.height
    return {"x": x * across, "y": y * down, "width": width * across, "height": height * down, "rotation": 0}


LABEL_STUDIO = FolderFormat(write_label_studio)
