"""What labels that came back change, against what stands: pure functions of both."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from explorer.corrections.pairing import STILL, paired
from explorer.data.corrections import LabelledBox, new_box_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from explorer.corrections.matching import By, Matched, Unmatched
    from explorer.data.labelled_images import LabelledImage, Region

Kind = Literal[
    "class changed", "box moved", "box added", "box removed", "unchanged", "no answer", "duplicate", "image unmatched"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
CHANGING = frozenset(KINDS[:4])
"""The kinds that can be applied."""

_BoxLine = tuple[Kind, LabelledBox | None, LabelledBox | None]

_WHOLE = 0.005
"""Share of an image by which the sides of a box may differ from it, and it is of the whole image."""

_SHARES = ((1.0, 1.0), (100.0, 100.0))
"""Sizes that are units: shares of the image, and percent."""

_SAME_SHAPE = 0.02
"""Share by which width to height may differ between the image that was labelled and the one that is known."""

_UNREAD = "not all of its shapes could be read, so none is removed"


@dataclass(frozen=True)
class Change:
    """One line of a diff.

    Attributes:
        key: names it, the same for the same file and the same labels.
        kind: what it is.
        image: the id of the image; empty where none is known.
        before: the box, or None; of a label of the whole image one without size.
        after: the same, as the file says.
        where: the place in the file.
        by: how the image was found; empty where it was not.
        reason: why nothing can be applied; empty where it can.
    """

    key: str
    kind: Kind
    image: str
    before: LabelledBox | None
    after: LabelledBox | None
    where: str
    by: By | Literal[""] = ""
    reason: str = ""


class Standing(NamedTuple):
    """What stands of one image.

    Attributes:
        width: pixels, upright.
        height: pixels, upright.
        label: of the whole image; None where it has none, or has boxes.
        boxes: those on it.
    """

    width: float
    height: float
    label: str | None
    boxes: tuple[LabelledBox, ...]


def diff(
    matched: Sequence[Matched], unmatched: Iterable[Unmatched], standing: Mapping[str, Standing], *, has_boxes: bool
) -> list[Change]:
    """What a file says against what stands, in its order; images that it does not name are not in it.

    Args:
        matched: its images that are known.
        unmatched: its other images.
        standing: what stands of each image, by id.
        has_boxes: whether the workspace is of boxes.
    """
    changes: list[Change] = []
    said: dict[str, set[int]] = {}
    for one in (each for each in matched if each.image.answered):
        regions = frozenset((region.label, region.box) for region in one.image.regions)
        said.setdefault(one.id, set()).add(hash((one.image.unread, regions)))
    seen: set[str] = set()
    for one in matched:
        if not one.image.answered:
            changes.append(_line("no answer", one.id, one.image, "nobody said what is on it", one.by))
            continue
        if one.id in seen or len(said[one.id]) > 1:
            changes.append(_twice(one, differs=len(said[one.id]) > 1))
        else:
            changes += _of_image(one, standing[one.id], has_boxes=has_boxes)
        seen.add(one.id)
    changes += [_line("image unmatched", "", one.image, one.reason) for one in unmatched]
    return [replace(change, key=f"{number} {change.key}") for number, change in enumerate(changes)]


def _twice(one: Matched, *, differs: bool) -> Change:
    reason = "the file has the image several times" + (
        ", with different labels" if differs else ", with the same labels"
    )
    return _line("duplicate", one.id, one.image, reason, one.by)


def _line(kind: Kind, image: str, source: LabelledImage, reason: str, by: By | Literal[""] = "") -> Change:
    return Change(image or source.path, kind, image, None, None, source.where, by, reason)


def _of_image(one: Matched, stands: Standing, *, has_boxes: bool) -> list[Change]:
    reason = _misfit(one.image, stands)
    if reason:
        return [_line("image unmatched", one.id, one.image, reason, one.by)]
    return _of_boxes(one, stands) if has_boxes else [_of_label(one, stands)]


def _misfit(image: LabelledImage, stands: Standing) -> str:
    """Why boxes cannot come onto the known image: it has another shape than the one that was labelled."""
    if image.size is None or image.size in _SHARES or all(one.box is None for one in image.regions):
        return ""
    width, height = image.size
    if abs(width / height * stands.height / stands.width - 1) <= _SAME_SHAPE:
        return ""
    here = f"{stands.width:g} x {stands.height:g}"
    return f"it was labelled at {width:g} x {height:g}, and the image here is {here}, of another shape"


def _of_label(one: Matched, stands: Standing) -> Change:
    label = whole_label(one.image, stands)
    if isinstance(label, Unsaid):
        return _line("no answer", one.id, one.image, label.reason, one.by)
    kind: Kind = "unchanged" if label == stands.label else "class changed"
    before = None if stands.label is None else _whole(one.id, stands.label)
    return Change(one.id, kind, one.id, before, _whole(one.id, label), one.image.where, one.by)


class Unsaid(NamedTuple):
    """Why an image has no one label."""

    reason: str


def whole_label(image: LabelledImage, stands: Standing) -> str | Unsaid:
    """The one label of a whole image; a box of all of it is one, too."""
    labels = {region.label for region in image.regions}
    if len(labels) != 1:
        return Unsaid(f"it has {len(labels)} labels, expected one" if labels else "it has no label")
    width, height = image.size or (stands.width, stands.height)
    if not all(region.box is None or _covers(region.box, width, height) for region in image.regions):
        return Unsaid("it has a box, and this workspace has labels of whole images")
    return next(iter(labels))


def _covers(box: Sequence[float], width: float, height: float) -> bool:
    x, y, across, down = box
    edges = (x / width, y / height, (x + across) / width - 1, (y + down) / height - 1)
    return max(map(abs, edges)) <= _WHOLE


def _whole(image: str, label: str) -> LabelledBox:
    return LabelledBox(image, label, 0, 0, 0, 0)


def _of_boxes(one: Matched, stands: Standing) -> list[Change]:
    """The boxes of an image against those that stand, each with the one it is by `paired`."""
    if any(region.box is None for region in one.image.regions):
        return [_line("no answer", one.id, one.image, "it has a label of the whole image, here are boxes", one.by)]
    returned = [_in_pixels(region, one.image, stands) for region in one.image.regions]
    pairs = paired([_within(box, stands) for box in stands.boxes], [_within(box, stands) for box in returned])
    before = {pairs[place]: stands.boxes[place] for place in pairs}
    lines = [line for place, box in enumerate(returned) for line in _of_box(before.get(place), box, stands)]
    missing = [was for place, was in enumerate(stands.boxes) if place not in pairs]
    if not (one.image.unread or one.image.partial):
        lines += [("box removed", was, None) for was in missing]
    changes = [Change(one.id, kind, one.id, was, now, one.image.where, one.by) for kind, was, now in lines]
    if missing and one.image.unread:
        changes.append(_line("no answer", one.id, one.image, _UNREAD, one.by))
    return changes


def _of_box(was: LabelledBox | None, now: LabelledBox, stands: Standing) -> list[_BoxLine]:
    """What is said of one box: a new class and a new place are two changes."""
    if was is None:
        return [("box added", None, now._replace(id=new_box_id()))]
    lines: list[_BoxLine] = []
    if now.label != was.label:
        lines.append(("class changed", was, was._replace(label=now.label)))
    if has_moved(was, now) and has_moved(_within(was, stands), now):
        lines.append(("box moved", was, now._replace(id=was.id, label=was.label)))
    return lines or [("unchanged", was, was)]


def _within(box: LabelledBox, stands: Standing) -> LabelledBox:
    """A box as formats have it that cut it at the edge of the image."""
    left, top, right, bottom = _edges(box)
    left, right = (min(max(each, 0.0), stands.width) for each in (left, right))
    top, bottom = (min(max(each, 0.0), stands.height) for each in (top, bottom))
    return box._replace(x=left, y=top, width=right - left, height=bottom - top)


def _in_pixels(region: Region, image: LabelledImage, stands: Standing) -> LabelledBox:
    width, height = image.size or (stands.width, stands.height)
    across, down = stands.width / width, stands.height / height
    x, y, wide, high = region.box or (0, 0, 0, 0)
    return LabelledBox(region.id, region.label, x * across, y * down, wide * across, high * down)


def has_moved(before: LabelledBox, after: LabelledBox) -> bool:
    """Whether a side of a box is somewhere else, by more than rounding."""
    edges = zip(_edges(before), _edges(after), strict=True)
    return any(abs(one - other) > STILL for one, other in edges)


def _edges(box: LabelledBox) -> tuple[float, float, float, float]:
    return box.x, box.y, box.x + box.width, box.y + box.height


def emptied(changes: Iterable[Change]) -> tuple[int, int]:
    """How many images of these lines have no box left, and how many they had."""
    left: dict[str, bool] = {}
    removed: Counter[str] = Counter()
    for change in changes:
        left[change.image] = left.get(change.image, False) or change.kind != "box removed"
        removed[change.image] += change.kind == "box removed"
    gone = [image for image, is_left in left.items() if not is_left]
    return len(gone), sum(removed[image] for image in gone)


def applied(boxes: Sequence[LabelledBox], changes: Iterable[Change]) -> tuple[LabelledBox, ...]:
    """The boxes of one image after some of its changes, each of which counts for itself."""
    now = {box.id: box for box in boxes}
    for change in changes:
        before, after = change.before, change.after
        if after is None and before:
            del now[before.id]
        elif before is None and after:
            now[after.id] = after
        elif before and after:
            box = now[before.id]
            relabelled = change.kind == "class changed"
            now[box.id] = box._replace(label=after.label) if relabelled else after._replace(label=box.label)
    return tuple(now.values())


def said(change: Change) -> str:
    """What a change does, for people."""
    before, after = change.before, change.after
    box = after or before
    if box is None:
        return change.reason
    if change.kind == "class changed":
        return f"{before.label if before else 'no label'} → {box.label}"
    if change.kind == "box moved" and before:
        return f"{box.label} from {_place(before)} to {_place(box)}"
    return f"{box.label} at {_place(box)}" if box.width or box.height else box.label


def _place(box: LabelledBox) -> str:
    return f"{box.x:.0f}, {box.y:.0f}, {box.width:.0f} x {box.height:.0f}"
