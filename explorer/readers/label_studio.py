"""Label Studio: tasks with annotations and predictions as JSON, and the short form that it calls JSON-MIN."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from explorer.data.images import IMAGE_SUFFIXES
from explorer.data.labelled_images import LabelFile, LabelledImage, Region
from explorer.data.records import Skipped
from explorer.errors import SourceError
from explorer.readers.documents import first_bytes, has_words, read_json, read_text
from explorer.readers.objects import number, unusable
from explorer.readers.shapes import MOST_POINTS, around, turned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from explorer.data.labelled_images import Box

PERCENT = (100.0, 100.0)
CONFIG = "labeling_config.xml"

_ANSWERS = ("annotations", "completions")
_LABELS = ("rectanglelabels", "polygonlabels", "labels")
_OWN = frozenset(["image", "id", "digest"])
_NO_SHAPE = "it is a {}, which has no box"


def takes(path: Path) -> bool:
    """Whether a file is a list of tasks, as far as its words say."""
    if path.suffix.lower() != ".json" or first_bytes(path) != b"[":
        return False
    return (
        has_words(path, "data", "annotations")
        or has_words(path, "data", "predictions")
        or has_words(path, "data", "completions")
        or has_words(path, "annotation_id", "lead_time")
    )


def read_labels(path: Path) -> LabelFile:
    """The tasks of a file, each with its newest annotation that was not skipped; one of ground truth comes first.

    A task without such an annotation has no answer, one whose annotation is empty has the answer that nothing is there.
    Turned rectangles and polygons become the boxes around them, and that is listed; other shapes are left out.

    Raises:
        SourceError: it is not a list of tasks.
    """
    content = read_json(path)
    if not isinstance(content, list):
        raise SourceError(f"Expected the tasks of Label Studio as a JSON list in {path}, found other JSON.")
    skipped: list[Skipped] = []
    images = []
    for place, tasks in enumerate(_by_task(content), start=1):
        where = f"{path.name}, task {place}"
        if tasks is None:
            skipped.append(Skipped(where, "it is no JSON object with data"))
            continue
        reading = _Reading(where, skipped)
        images.append(reading.whole(tasks[0]) if "data" in tasks[0] else reading.short(tasks))
    regions = (one for image in images for each in (image.regions, *image.predictions.values()) for one in each)
    return LabelFile(images, any(one.box for one in regions) or _draws(path.parent / CONFIG), skipped)


def _draws(config: Path) -> bool:
    """Whether a labelling configuration is of rectangles."""
    return config.is_file() and "<RectangleLabels" in read_text(config)


def _by_task(content: Sequence[Any]) -> Iterable[list[dict[str, Any]] | None]:
    """The entries of each task: one in the long form, one an annotation in the short; None for what is neither."""
    for identity, entries in groupby(content, _task_id):
        if identity is None:
            yield from ([entry] if _is_task(entry) else None for entry in entries)
        else:
            yield list(entries)


def _task_id(entry: object) -> object:
    """What entries of the short form have in common that are of one task."""
    return entry.get("id") if isinstance(entry, dict) and "annotation_id" in entry else None


def _is_task(entry: object) -> bool:
    return isinstance(entry, dict) and (isinstance(entry.get("data"), dict) or "annotation_id" in entry)


class _Reading:
    """One task as an image."""

    def __init__(self, where: str, skipped: list[Skipped]) -> None:
        self._where, self._skipped, self._unread = where, skipped, False

    def whole(self, task: Mapping[str, Any]) -> LabelledImage:
        """A task of the long form."""
        answers = [each for name in _ANSWERS for each in _objects(task.get(name)) if not _is_skipped(each)]
        answers.sort(key=lambda each: (bool(each.get("ground_truth")), _newest(each)))
        if len(answers) > 1:
            by = _by(answers[-1]) or "an unnamed annotator"
            self._leave_out(f"{len(answers)} annotations; the one of {by} is used, the others are not")
        regions = tuple(self._regions(answers[-1].get("result"))) if answers else ()
        image = self._image(task["data"], regions, bool(answers), _by(answers[-1]) if answers else "")
        predictions = {
            str(each.get("model_version") or "model"): tuple(self._regions(each.get("result")))
            for each in _objects(task.get("predictions"))
        }
        return replace(image, predictions=predictions)

    def short(self, entries: list[dict[str, Any]]) -> LabelledImage:
        """A task of the short form: an entry for each annotation, whose labels have the names of their tags."""
        answers = sorted((each for each in entries if each.get("annotation_id") is not None), key=_newest)
        if len(answers) > 1:
            self._leave_out(f"{len(answers)} annotations; the newest is used, the others are not")
        data = (answers or entries)[-1]
        found = [one for name, value in data.items() for one in self._named(name, value)]
        by = _by({"completed_by": data.get("annotator")})
        return self._image({**data, "id": None}, tuple(found), bool(answers), by)

    def _image(
        self,
        data: Mapping[str, Any],
        regions: tuple[Region, ...],
        answered: bool,  # noqa: FBT001
        by: str,
    ) -> LabelledImage:
        identity, digest = data.get("id"), data.get("digest")
        return LabelledImage(
            self._where,
            _path(data),
            id=identity if isinstance(identity, str) else "",
            digest=digest if isinstance(digest, str) else "",
            size=PERCENT,
            regions=regions,
            answered=answered,
            unread=self._unread,
            by=by,
            facts=_facts(data),
        )

    def _named(self, name: str, value: object) -> Iterable[Region]:
        """The regions in a field of the short form; other fields are what is known of the image."""
        if isinstance(value, list):
            shapes = [{"type": _kind(each), "value": each, **each} for each in _objects(value)]
            yield from self._regions([each for each in shapes if each["type"]])
        elif isinstance(value, dict) and isinstance(value.get("choices"), list):
            yield from self._regions([{"type": "choices", "value": value}])
        elif isinstance(value, str) and name in ("label", "choice", "class"):
            yield Region(value.strip())

    def _regions(self, result: object) -> Iterable[Region]:
        for each in _objects(result):
            found = _region(each)
            if isinstance(found, str):
                self._unread = True
                self._leave_out(found)
            elif found is not None:
                region, said = found
                if said:
                    self._leave_out(said)
                yield region

    def _leave_out(self, reason: str) -> None:
        self._skipped.append(Skipped(self._where, reason))


def _facts(data: Mapping[str, Any]) -> dict[str, object]:
    """What a task says besides the image and what it was called; a list of texts, such as tags, is one text."""
    known = {name: "; ".join(value) if _is_texts(value) else value for name, value in data.items()}
    return {name: value for name, value in known.items() if name not in _OWN and isinstance(value, str | int | float)}


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _is_skipped(annotation: Mapping[str, Any]) -> bool:
    return bool(annotation.get("was_cancelled") or annotation.get("skipped"))


def _newest(annotation: Mapping[str, Any]) -> str:
    return str(annotation.get("updated_at") or annotation.get("created_at") or "")


def _by(annotation: Mapping[str, Any]) -> str:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    return "" if who is None or who == {} else str(who)


def _kind(value: Mapping[str, Any]) -> str:
    return next((name for name in value if name.endswith("labels") or name == "choices"), "")


def _region(result: Mapping[str, Any]) -> tuple[Region, str] | str | None:
    """What a result says, with what is to be known of it; a reason why it cannot be used; None of what is no label."""
    value = result.get("value")
    if not isinstance(value, dict):
        return None
    labels = next((value[name] for name in (*_LABELS, "choices") if isinstance(value.get(name), list)), None)
    if labels is None:
        kind = str(result.get("type", ""))
        return _NO_SHAPE.format(kind) if kind.endswith("labels") else None
    names = [str(each).strip() for each in labels if isinstance(each, str) and each.strip()]
    if len(names) != 1:
        return f"a region has {len(names) or 'no'} labels, expected one"
    if "choices" in value:
        return None if "x" in value else (Region(names[0], id=_id(result), confidence=number(result.get("score"))), "")
    found = _box(value, result)
    if isinstance(found, str):
        return found
    box, said = found
    return Region(names[0], box, _id(result), number(result.get("score"))), said


def _id(result: Mapping[str, Any]) -> str:
    identity = result.get("id")
    return identity if isinstance(identity, str) else ""


def _box(value: Mapping[str, Any], result: Mapping[str, Any]) -> tuple[Box, str] | str:
    """The box of a region in percent of its image, with what is to be known of it; or why there is none."""
    if number(result.get("image_rotation")):
        return "its image was turned when it was drawn. Turn it back in Label Studio and export again"
    if isinstance(value.get("points"), list):
        return _polygon(value["points"])
    sides = [number(value.get(name)) for name in ("x", "y", "width", "height")]
    x, y, width, height = sides
    if x is None or y is None or width is None or height is None:
        return "a region has no box of four numbers"
    box = x, y, width, height
    if reason := unusable(box):
        return f"a region: {reason}"
    degrees = number(value.get("rotation"))
    return _turned(box, degrees, result) if degrees else (box, "")


def _polygon(points: Sequence[Any]) -> tuple[Box, str] | str:
    if len(points) > MOST_POINTS:
        return f"a polygon has {len(points):,} points, at most {MOST_POINTS:,} are read"
    found = [(number(each[0]), number(each[1])) for each in points if isinstance(each, list) and len(each) > 1]
    known = [(x, y) for x, y in found if x is not None and y is not None]
    return (around(known), "a polygon is taken as the box around it") if known else "a polygon has no points"


def _turned(box: Box, degrees: float, result: Mapping[str, Any]) -> tuple[Box, str] | str:
    """The box around a rectangle that is turned around its top left corner."""
    size = number(result.get("original_width")), number(result.get("original_height"))
    width, height = size
    if not width or not height:
        return "a rectangle is turned, and nothing says how large its image is"
    across, down = width / 100, height / 100
    x, y, wide, high = box
    left, top, wide, high = turned((x * across, y * down, wide * across, high * down), degrees, (x * across, y * down))
    return (left / across, top / down, wide / across, high / down), "a turned rectangle is taken as the box around it"


def _path(data: Mapping[str, Any]) -> str:
    """What a task calls its image: the path in a URL of local files, the URL's own path, or what is written."""
    texts = [data.get("image"), *data.values()]
    named = [each for each in texts if isinstance(each, str) and _suffix(each) in IMAGE_SUFFIXES]
    written = next(iter([*named, *(each for each in texts[:1] if isinstance(each, str))]), "")
    parts = urlsplit(written) if "?" in written or "://" in written or "%" in written else None
    if parts is None:
        return written
    local = parse_qs(parts.query).get("d")
    return local[0] if local else unquote(parts.path)


def _suffix(written: str) -> str:
    return PurePosixPath(unquote(written).partition("&")[0]).suffix.lower()
