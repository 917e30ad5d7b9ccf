"""One label: the image, what it is called and should be, who says so, and what its neighbours are called."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.data.spaces import IMAGES
from explorer.ui.components.viewer import COLOURS, COLOURS_SAFE, Box, viewer
from explorer.ui.label_review.answer import answer, later
from explorer.ui.label_review.queue import corrections, labelled, queue
from explorer.ui.session import opened, text
from explorer.ui.widgets import correcting, image_dialog, thumbnails

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.actions.analyzed import Row
    from explorer.points.points import Points

DIGITS = "1234567890"
"""The keys of the first classes."""

_HEIGHT, _HEIGHT_WITH_BOXES = 430, 640
_NEIGHBORS = 12
_DOUBT = 0.5


def draw(row: Row) -> None:
    """Draw the card of a label with everything that can be answered."""
    points = labelled()
    presses = _presses(row)
    picture, question = st.columns([5, 6])
    with picture:
        _picture(points, row, presses)
    with question:
        _question(row)
        _buttons(row, presses)
    _neighbors(points, row["id"])


def _presses(row: Row) -> dict[str, tuple[str, Callable[[], None]]]:
    """What each key does, in words and indeed."""
    each, given, suggested = row["id"], row["given"], row["suggested"]
    known: dict[str, tuple[str, Callable[[], None]]] = {}
    if suggested != given:
        known["a"] = (f"{suggested} is right", partial(answer, {each: suggested}))
    known["r"] = (f"{given} is right", partial(answer, {each: given}))
    known["l"] = ("Later", partial(later, row))
    for digit, name in zip(DIGITS, opened.view().classes, strict=False):
        known[digit] = (name, partial(answer, {each: name}))
    return known


def _picture(points: Points, row: Row, presses: dict[str, tuple[str, Callable[[], None]]]) -> None:
    images = opened.named_points(IMAGES)
    sample = int(points.space.sample_rows[points.space.row_of[row["id"]]])
    size = images.table.frame.iloc[sample]
    has_boxes = opened.view().has_boxes
    viewer(
        collection=images.space.key,
        row=sample,
        width=int(size["width"]),
        height=int(size["height"]),
        boxes=_beside(image_dialog.boxes_of(images.space.ids[sample], marked=row["id"])) if has_boxes else None,
        height_px=_HEIGHT_WITH_BOXES if has_boxes else _HEIGHT,
        min_confidence=st.session_state.confidence or 0.0,
        colours=COLOURS_SAFE if st.session_state.safe_colours else COLOURS,
        about=row["id"],
        commands={} if st.session_state.opened else {key: what for key, (what, _) in presses.items()},
        key="label viewer",
        on_command=_press,
    )


def _beside(boxes: list[Box]) -> list[Box]:
    """The box that is asked about, and those that it shares some of its area with: others would hide it."""
    asked = next((box for box in boxes if box.marked), None)
    return [box for box in boxes if asked is None or box.marked or _meet(box, asked)]


def _meet(one: Box, other: Box) -> bool:
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return across > 0 and down > 0


def _press(key: str, each: str) -> None:
    """Do what a key means for the label whose card was seen when it was pressed."""
    row = next((one for one in queue().rows if one["id"] == each), None)
    what = _presses(row).get(key) if row else None
    if what:
        what[1]()


def _question(row: Row) -> None:
    given, suggested = text.plain(row["given"]), text.plain(row["suggested"])
    st.markdown(f"#### Given **{given}**" + ("" if given == suggested else f", suggested **{suggested}**"))
    decided = corrections().get(row["id"])
    if decided:
        said = "found right" if decided.is_confirmed else f"corrected to {text.plain(decided.label)}"
        st.caption(f"{text.plain(decided.author)} has {said} this label. Another answer takes its place.")
    votes = row["votes"]
    against = sum(doubt > _DOUBT for doubt in votes.values())
    lines = [f"| {text.plain(name)} | {_bar(doubt)} {doubt:.2f} |" for name, doubt in votes.items()]
    st.markdown("\n".join([f"| {against} of {len(votes)} votes against it | doubt |", "|:--|:--|", *lines]))


def _bar(doubt: float) -> str:
    full = round(10 * doubt)
    return "█" * full + "░" * (10 - full)


def _buttons(row: Row, presses: dict[str, tuple[str, Callable[[], None]]]) -> None:
    left, middle, right = st.columns([3, 3, 2])
    if "a" in presses:
        _button(left, "a", presses["a"], type="primary", icon=":material/check:")
    _button(middle, "r", presses["r"], icon=":material/done_all:")
    _button(right, "l", presses["l"], icon=":material/schedule:")
    classes = opened.view().classes
    with st.container(horizontal=True, key="label classes"):
        for digit in DIGITS[: len(classes)]:
            _button(st, digit, presses[digit], type="tertiary")
    chosen, take = st.columns([3, 1], vertical_alignment="bottom")
    name = chosen.selectbox(
        "Another class",
        correcting.classes(),
        index=None,
        key=f"label class {row['id']}",
        accept_new_options=True,
        placeholder="Choose or type a class",
    )
    take.button("It is this", disabled=name is None, on_click=answer, args=({row["id"]: str(name)},), width="stretch")


def _button(where: Any, key: str, press: tuple[str, Callable[[], None]], **looks: Any) -> None:  # noqa: ANN401 - Streamlit's
    what, act = press
    label = f"{text.cell(text.short(what))} `{key.upper()}`"
    where.button(label, key=f"label key {key}", on_click=act, width="content" if key in DIGITS else "stretch", **looks)


def _neighbors(points: Points, each: str) -> None:
    """The nearest of all with their labels, of the space that has vectors."""
    if not points.space.have_map:
        return
    row, graph = points.space.row_of[each], points.space.neighbors
    rows: Sequence[int] = [near for near in graph.indices[row][:_NEIGHBORS].tolist() if near != row]
    if rows:
        st.caption("Its nearest neighbours, and what they are called")
        scores = dict(zip(rows, graph.similarities[row].tolist(), strict=False))
        key = f"labels {each}"
        thumbnails.of_rows(
            rows, points, key=key, height=300, size=96, scores=scores, selectable=False, arrangeable=False
        )
