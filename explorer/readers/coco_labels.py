"""Labels in COCO's form, of images that need not be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.data.labelled_images import LabelFile, LabelledImage, Region
from explorer.data.records import Skipped
from explorer.errors import SourceError
from explorer.readers.coco import OWN, box_of, category_names, is_coco
from explorer.readers.coco_images import id_text, is_id
from explorer.readers.documents import first_bytes, read_json
from explorer.readers.objects import number, unusable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LISTS = ("images", "annotations", "categories")


def takes(path: Path) -> bool:
    """Whether a file has the three lists of COCO, as far as their names say."""
    return is_coco(path) and first_bytes(path) == b"{"


def read_labels(path: Path) -> LabelFile:
    """The images of a file with their boxes; one without has the answer that nothing is there.

    Numbers of annotations are not taken for ids: who writes COCO counts them anew.

    Raises:
        SourceError: it is not COCO.
    """
    content = read_json(path)
    if not isinstance(content, dict) or not all(isinstance(content.get(name), list) for name in _LISTS):
        raise SourceError(f"Expected COCO's lists {', '.join(_LISTS)} in {path}, found other JSON.")
    skipped: list[Skipped] = []
    names = category_names(content["categories"], path, skipped)
    regions: dict[str, list[Region]] = {}
    unread: set[str] = set()
    for place, entry in enumerate(content["images"]):
        if isinstance(entry, dict) and is_id(entry.get("id")):
            regions.setdefault(id_text(entry["id"]), [])
        else:
            skipped.append(Skipped(f"{path.name}, images[{place}]", "it has no id"))
    for place, entry in enumerate(content["annotations"]):
        found = _region(entry, names, regions)
        if isinstance(found, str):
            skipped.append(Skipped(f"{path.name}, annotations[{place}]", found))
            if isinstance(entry, dict) and is_id(entry.get("image_id")):
                unread.add(id_text(entry["image_id"]))
        else:
            regions[found[0]].append(found[1])
    images = [
        _image(
            entry,
            f"{path.name}, images[{place}]",
            tuple(regions[id_text(entry["id"])]),
            unread=id_text(entry["id"]) in unread,
        )
        for place, entry in enumerate(content["images"])
        if isinstance(entry, dict) and is_id(entry.get("id"))
    ]
    return LabelFile(images, has_boxes=True, skipped=skipped)


def _region(entry: object, names: Mapping[str, str], known: Mapping[str, object]) -> tuple[str, Region] | str:
    if not isinstance(entry, dict):
        return "it is not a JSON object"
    image, category = entry.get("image_id"), entry.get("category_id")
    if not is_id(image) or id_text(image) not in known:
        return f"its image id {image!r} is not known"
    if not is_id(category) or id_text(category) not in names:
        return f"its category id {category!r} is not known"
    box = box_of(entry.get("bbox"))
    if box is None:
        return "its bbox is not four finite numbers"
    return unusable(box) or (id_text(image), Region(names[id_text(category)], box, _own(entry, "id")))


def _image(entry: Mapping[str, Any], where: str, regions: tuple[Region, ...], *, unread: bool) -> LabelledImage:
    width, height, name = number(entry.get("width")), number(entry.get("height")), entry.get("file_name")
    return LabelledImage(
        where,
        name if isinstance(name, str) else "",
        id=_own(entry, "id"),
        digest=_own(entry, "digest"),
        size=(width, height) if width and height else None,
        regions=regions,
        unread=unread,
    )


def _own(entry: Mapping[str, Any], fact: str) -> str:
    own = entry.get(OWN)
    value = own.get(fact) if isinstance(own, dict) else None
    return value if isinstance(value, str) else ""
