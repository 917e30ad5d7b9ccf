"""FiftyOne's own folder: `samples.json` and `metadata.json`, which `fiftyone.types.FiftyOneDataset` reads."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from explorer.exporters.folder import FolderFormat
from explorer.exporters.grouped import images_of
from explorer.exporters.names import image_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from explorer.exporters.grouped import Image, Object
    from explorer.exporters.package import Package

_TRUTH = "ground_truth"
_TAKEN = {"id", "filepath", "tags", "metadata", "created_at", "last_modified_at", "media_type", "frames", _TRUTH}
_TAKEN |= {"edgecase_id", "digest", "categories", "corrected_label", "verdicts"}
_NO_FIELD = re.compile(r"\W")


def place(package: Package) -> Sequence[str]:
    """Where FiftyOne has images."""
    return [f"data/{name}" for name in image_names(package.images.index, package.images["filepath"])]


def write_fiftyone(package: Package, folder: Path) -> None:
    """Write the samples in FiftyOne's JSON: labels in `ground_truth`, what each model said in a field of its name.

    Boxes are in shares of the image. The subsets that an image or a box is in are its tags; a split is one more tag.
    The form is the one without a version in `metadata.json`, which does not depend on that of FiftyOne's database.
    """
    fields = field_names(package.predictions)
    samples = [_sample(image, fields, package) for image in images_of(package)]
    (folder / "data").mkdir(exist_ok=True)
    (folder / "samples.json").write_text(json.dumps({"samples": samples}, ensure_ascii=False), "utf-8")
    info = {key: value for key, value in package.about.items() if key not in ("not_in_workspace", "left_out")}
    metadata = {"media_type": "image", "info": {**info, "classes": package.classes, "models": fields}}
    (folder / "metadata.json").write_text(json.dumps(metadata, ensure_ascii=False), "utf-8")


def field_names(models: Iterable[str]) -> dict[str, str]:
    """The field of each model: its name as far as FiftyOne takes it."""
    fields: dict[str, str] = {}
    for model in models:
        name = _NO_FIELD.sub("_", model)
        name = f"model_{name}" if not name[:1].isalpha() or name in _TAKEN else name
        number = 1
        while (field := name if number == 1 else f"{name}_{number}") in fields.values():
            number += 1
        fields[model] = field
    return fields


def _sample(image: Image, fields: dict[str, str], package: Package) -> dict[str, Any]:
    labels = {_TRUTH: image.labels, **{field: image.predictions[model] for model, field in fields.items()}}
    return {
        "filepath": image.file,
        "tags": [*image.tags, *([image.split] if image.split and image.split not in image.tags else [])],
        "metadata": {"_cls": "ImageMetadata", "width": image.width, "height": image.height},
        "edgecase_id": image.id,
        "digest": image.digest,
        **{name: value for name, value in image.said.items() if name != "tags"},
        **{field: _field(said, image, package) for field, said in labels.items()},
    }


def _field(said: list[Object], image: Image, package: Package) -> dict[str, Any] | None:
    if package.has_boxes:
        return {"_cls": "Detections", "detections": [_detection(one, image) for one in said]}
    return {"_cls": "Classification", **_facts(said[0])} if said else None


def _detection(one: Object, image: Image) -> dict[str, Any]:
    x, y, width, height = one.box
    shares = [x / image.width, y / image.height, width / image.width, height / image.height]
    crowd = {"iscrowd": int(one.facts["crowd"])} if "crowd" in one.facts else {}
    return {"_cls": "Detection", "attributes": {}, "bounding_box": shares, **crowd, **_facts(one)}


def _facts(one: Object) -> dict[str, Any]:
    scored = {} if one.confidence is None else {"confidence": one.confidence}
    said = {name: value for name, value in one.said.items() if name != "tags"}
    return {"label": one.label, "tags": one.tags, "edgecase_id": one.id, **said, **scored}


FIFTYONE = FolderFormat(write_fiftyone, place)
