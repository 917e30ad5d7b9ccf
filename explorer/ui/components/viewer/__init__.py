"""The image view: one image with its boxes drawn over it, filtered, zoomed and read in the browser without a rerun."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import partial
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import streamlit as st

from explorer.data.corrections import ADDED, LabelledBox
from explorer.data.outcomes import OUTCOMES
from explorer.ui.components.declare import callback, declare, soundly
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Kind = Literal["truth-found", "truth-missed", "prediction", "tp", "fp"]

_OUTCOMES: Mapping[Kind, str] = {"tp": "tp", "fp": "fp", "truth-missed": "fn"}
_UNJUDGED: Mapping[Kind, str] = {"truth-found": "#c3cad2", "prediction": "#e69f00"}

WORDS: Mapping[Kind, str] = {
    **{kind: OUTCOMES[value].word for kind, value in _OUTCOMES.items()},
    "truth-found": "ground truth",
    "prediction": "prediction",
}
COLOURS: Mapping[Kind, str] = {
    **{kind: OUTCOMES[value].colour for kind, value in _OUTCOMES.items()},
    **_UNJUDGED,
}
"""As on the map; ground truth that was found is a thin grey line beside the detection that found it."""

COLOURS_SAFE: Mapping[Kind, str] = {
    **{kind: OUTCOMES[value].safe for kind, value in _OUTCOMES.items()},
    **_UNJUDGED,
}

_NONE: Mapping[str, str] = MappingProxyType({})

_component = declare("viewer")

MOST_BOXES = 5000
"""Boxes of an image that may be changed at once."""

_OWN_ID = re.compile(f"{ADDED}[0-9a-f]{{16}}")
"""The id of a box that was drawn in the browser."""


@dataclass(frozen=True)
class Box:
    """One box of an image.

    Attributes:
        x: left edge, pixels of the upright image.
        y: top edge.
        width: pixels.
        height: pixels.
        label: its class.
        kind: ground truth that was found or missed, or a detection that is right (tp), wrong (fp) or neither, because
            nobody said what is there (prediction).
        model: whose detection it is; empty for ground truth.
        confidence: 0..1, or None where there is none.
        error: the type of error in words; empty where there is none.
        id: names the box to the caller.
        iou: overlap with the box it was matched with, 0..1, or None.
        marked: whether it stands out, as the one that the page is about.
    """

    x: float
    y: float
    width: float
    height: float
    label: str
    kind: Kind
    model: str = ""
    confidence: float | None = None
    error: str = ""
    id: int | str = ""
    iou: float | None = None
    marked: bool = False


@dataclass(frozen=True)
class Editing:
    """The labelled boxes of an image that can be corrected, drawn over it in place of ground truth.

    Attributes:
        boxes: as they are now.
        classes: what can be chosen for them; another may be typed.
        chosen: id of the one that is chosen at first; empty for none.
        undo: what undo would take back, a sentence; empty where there is nothing.
        redo: what redo would bring back.
        edition: another one shows the boxes anew, also where they are as they were.
    """

    boxes: Sequence[LabelledBox]
    classes: Sequence[str]
    chosen: str = ""
    undo: str = ""
    redo: str = ""
    edition: int = 0


class Edit(NamedTuple):
    """What a person changed of the boxes of an image; what it does not name stays as it is.

    Attributes:
        boxes: those that were drawn, moved or called something else, as they are now.
        removed: ids of those that were deleted.
    """

    boxes: tuple[LabelledBox, ...]
    removed: frozenset[str]


def viewer(
    *,
    collection: str,
    row: int,
    width: int,
    height: int,
    boxes: Sequence[Box] | None,
    height_px: int = 520,
    min_confidence: float = 0.0,
    colours: Mapping[Kind, str] = COLOURS,
    about: str = "",
    commands: Mapping[str, str] = _NONE,
    focus: str = "",
    editing: Editing | None = None,
    key: str,
    on_open: Callable[[Box], None] | None = None,
    on_command: Callable[[str, str], None] | None = None,
    on_edit: Callable[[Edit], None] | None = None,
    on_revert: Callable[[str], None] | None = None,
) -> Box | None:
    """Draw an image, with its boxes where it has any.

    What the person switches off stays off for the next image under the same key; the zoom stays while the image does.

    Args:
        collection: key under which the images are registered with the server.
        row: the image's row there.
        width: pixels of the upright image, in which the boxes are given.
        height: pixels of the upright image.
        boxes: what to draw, up to about 500; boxes with a coordinate that is not finite are left out. None where
            images have no boxes.
        height_px: pixels of the component, toolbar included.
        min_confidence: where the confidence slider starts, and starts again when this changes.
        colours: ``#rrggbb`` for each kind, `COLOURS` or `COLOURS_SAFE`.
        about: names to the caller what the image is shown for.
        commands: letters that mean something while the image is shown, and what each does, in words.
        focus: label of the field in the same dialog that the person is taken into once it is asked for.
        editing: the boxes that can be corrected; None where none can.
        key: the component's key in the session state.
        on_open: called with the clicked box before the page runs again.
        on_command: called with a letter that was pressed and what the image was shown for that the person saw, however
            soon one letter followed another.
        on_edit: called with what was changed once a box was drawn, moved, deleted or called something else.
        on_revert: called with `undo` or `redo`.

    Returns:
        The box whose click made the page run, if that was it.
    """
    drawn, image = boxes or (), f"{server().image_url(collection)}/{row}?size=large"
    data = {
        "image": image,
        "name": key,
        "width": int(width),
        "height": int(height),
        "boxes": as_data(drawn),
        "height_px": height_px,
        "min_confidence": float(min_confidence),
        "colours": dict(colours),
        "words": dict(WORDS),
        "boxed": boxes is not None,
        "about": about,
        "commands": dict(commands),
        "heard": st.session_state.get(f"{key} heard", 0),
        "focus": focus,
        "editing": _editing_data(editing, st.session_state.get(f"{key} edited", 0)) if editing else None,
    }
    read = partial(_opened, boxes=drawn)
    known = frozenset(box.id for box in editing.boxes) if editing else frozenset()
    result = _component(
        key=key,
        data=data,
        on_open_change=callback(key, "open", read, on_open),
        on_command_change=callback(key, "command", _presses, lambda presses: _heard(key, presses, on_command)),
        on_edit_change=callback(
            key, "edit", partial(_numbered, image=image, known=known), lambda edit: _took(key, edit, on_edit)
        ),
        on_revert_change=callback(key, "revert", _reverted, on_revert),
    )
    return read(result.get("open"))


def as_data(boxes: Sequence[Box]) -> list[dict[str, Any]]:
    """Boxes as the script reads them, without those that cannot be drawn."""
    return [_box_data(index, box) for index, box in enumerate(boxes) if _is_drawable(box)]


def _editing_data(editing: Editing, heard: int) -> dict[str, Any]:
    boxes = [box._asdict() for box in editing.boxes]
    return {**vars(editing), "classes": list(editing.classes), "boxes": boxes, "heard": heard}


def _numbered(value: Any, image: str, known: frozenset[str]) -> tuple[int, Edit | None]:  # noqa: ANN401 - from the browser
    """What was changed, and as the how manieth of the page: the browser waits for that one to be heard."""
    return int(value["n"]), soundly(partial(_edited, image=image, known=known), value)


def _took(key: str, said: tuple[int, Edit | None], on_edit: Callable[[Edit], None] | None) -> None:
    st.session_state[f"{key} edited"], edit = said
    if on_edit and edit is not None:
        on_edit(edit)


def _edited(value: Any, image: str, known: frozenset[str]) -> Edit | None:  # noqa: ANN401 - from the browser
    """What was changed of the boxes of the image; none where the browser speaks of another image, or of no boxes."""
    if value["image"] != image or len(value["boxes"]) > MOST_BOXES:
        return None
    boxes = tuple(LabelledBox(*(box[name] for name in LabelledBox._fields)) for box in value["boxes"])
    removed = frozenset(map(str, value["removed"]))
    return Edit(boxes, removed) if all(_is_sound(box, known) for box in boxes) else None


def _is_sound(box: LabelledBox, known: frozenset[str]) -> bool:
    named = all(isinstance(text, str) for text in (box.id, box.label))
    numbers = all(isinstance(side, int | float) and isfinite(side) for side in box.box)
    return named and numbers and (box.id in known or bool(_OWN_ID.fullmatch(box.id)))


def _reverted(value: Any) -> str | None:  # noqa: ANN401 - from the browser
    verb = value["verb"]
    return verb if verb in ("undo", "redo") else None


def _is_drawable(box: Box) -> bool:
    return all(map(isfinite, (box.x, box.y, box.width, box.height)))


def _box_data(index: int, box: Box) -> dict[str, Any]:
    """A box as plain numbers and text; JSON has no NaN."""
    sides = {name: float(getattr(box, name)) for name in ("x", "y", "width", "height")}
    shares = {"confidence": _share(box.confidence), "iou": _share(box.iou)}
    return asdict(box) | sides | shares | {"index": index}


def _share(value: float | None) -> float | None:
    return float(value) if value is not None and isfinite(value) else None


class _Press(NamedTuple):
    """A letter that was pressed: on what, and as the how manieth of the page."""

    key: str
    about: str
    n: int


def _presses(value: Any) -> list[_Press]:  # noqa: ANN401 - from the browser
    return [_Press(str(one["key"]), str(one["about"]), int(one["n"])) for one in value["pressed"]]


def _heard(key: str, presses: Sequence[_Press], on_command: Callable[[str, str], None] | None) -> None:
    """Hand on what was not heard before: the browser says each press until it is told that it was."""
    known = f"{key} heard"
    for press in presses:
        if press.n > st.session_state.get(known, 0):
            st.session_state[known] = press.n
            if on_command:
                on_command(press.key, press.about)


def _opened(value: Any, boxes: Sequence[Box]) -> Box | None:  # noqa: ANN401 - from the browser
    """The box the browser means; none when it speaks of another image's."""
    if not isinstance(value, dict) or not isinstance(value.get("index"), int):
        return None
    index = value["index"]
    box = boxes[index] if 0 <= index < len(boxes) else None
    return box if box and box.id == value.get("id") else None
