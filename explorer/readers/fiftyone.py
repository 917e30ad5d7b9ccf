"""FiftyOne's dataset folder: samples with their labels in one JSON file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.data.labelled_images import LabelFile, LabelledImage, Region
from explorer.data.records import Skipped
from explorer.errors import SourceError
from explorer.readers.documents import first_bytes, has_words, read_json
from explorer.readers.objects import number, unusable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SAMPLES = "samples.json"
TRUTH = "ground_truth"
SHARES = (1.0, 1.0)

_BOXES, _LABEL = "Detections", "Classification"


def takes(path: Path) -> bool:
    """Whether a file holds samples, as far as its words say."""
    return path.suffix.lower() == ".json" and first_bytes(path) == b"{" and has_words(path, "samples", "filepath")


def read_labels(path: Path) -> LabelFile:
    """The samples of a file: the field `ground_truth` is what is on them, further fields of labels are models'.

    A sample without that field has no answer, one with an empty list of detections that nothing is there.

    Raises:
        SourceError: it has no samples.
    """
    content = read_json(path)
    samples = content.get("samples") if isinstance(content, dict) else None
    if not isinstance(samples, list):
        raise SourceError(f"Expected FiftyOne's samples in {path}, found other JSON.")
    skipped: list[Skipped] = []
    images = []
    for place, sample in enumerate(samples):
        where = f"{path.name}, samples[{place}]"
        if isinstance(sample, dict):
            images.append(_image(sample, where, skipped))
        else:
            skipped.append(Skipped(where, "it is not a JSON object"))
    fields = [value for sample in samples if isinstance(sample, dict) for value in sample.values()]
    return LabelFile(images, any(_class(value) == _BOXES for value in fields), skipped)


def _image(sample: Mapping[str, Any], where: str, skipped: list[Skipped]) -> LabelledImage:
    fields = {name: value for name, value in sample.items() if _class(value) in (_BOXES, _LABEL)}
    found = {name: _regions(value) for name, value in fields.items()}
    skipped += [Skipped(where, one) for some in found.values() for one in some if isinstance(one, str)]
    said = {name: tuple(one for one in some if isinstance(one, Region)) for name, some in found.items()}
    return LabelledImage(
        where,
        _text(sample.get("filepath")),
        id=_text(sample.get("edgecase_id")),
        digest=_text(sample.get("digest")),
        size=SHARES,
        regions=said.get(TRUTH, ()),
        answered=TRUTH in said,
        unread=len(said.get(TRUTH, ())) < len(found.get(TRUTH, ())),
        predictions={name: regions for name, regions in said.items() if name != TRUTH},
        facts={"tags": "; ".join(map(str, tags))} if isinstance(tags := sample.get("tags"), list) and tags else {},
    )


def _class(value: object) -> str:
    return str(value.get("_cls", "")) if isinstance(value, dict) else ""


def _regions(value: Mapping[str, Any]) -> list[Region | str]:
    """What a field says, each label as a region or why it cannot be used."""
    found = value.get("detections") if value["_cls"] == _BOXES else [value]
    return [_region(each, boxes=value["_cls"] == _BOXES) for each in found] if isinstance(found, list) else []


def _region(one: object, *, boxes: bool) -> Region | str:
    if not isinstance(one, dict) or not _text(one.get("label")).strip():
        return "a label has no name"
    known = Region(_text(one["label"]).strip(), None, _text(one.get("edgecase_id")), number(one.get("confidence")))
    if not boxes:
        return known
    sides = one.get("bounding_box")
    shares = [number(each) for each in sides] if isinstance(sides, list) else []
    if len(shares) != len(("x", "y", "width", "height")):
        return "a detection has no box of four numbers"
    x, y, width, height = shares
    if x is None or y is None or width is None or height is None:
        return "a detection has no box of four numbers"
    return unusable((x, y, width, height)) or known._replace(box=(x, y, width, height))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
