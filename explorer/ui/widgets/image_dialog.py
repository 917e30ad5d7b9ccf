"""One image, large, with everything known about it and what lies near it."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explorer.actions.search import by_row
from explorer.data.boxes import BOX
from explorer.data.spaces import IMAGES, LABELS, predictions_of
from explorer.ui.components.viewer import COLOURS, COLOURS_SAFE, Box, viewer
from explorer.ui.session import fragments, messages, opened, search, selection, text
from explorer.ui.widgets import correcting, tag_dialog, thumbnails

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from explorer.points.points import Points
    from explorer.ui.components.viewer import Kind

NEIGHBORS_SHOWN = 12
_HEIGHT, _HEIGHT_WITH_BOXES = 440, 520
_JUDGED: Mapping[str, Kind] = {"tp": "tp", "fp": "fp"}

Decide = Callable[["Points", int, tuple[int, ...]], None]
"""Does something with a row of points, given those it was clicked among."""


class Key(NamedTuple):
    """What a letter does while an image is large, in words and indeed."""

    what: str
    act: Decide


def draw(decide: Decide | None = None, keys: Mapping[str, Key] = MappingProxyType({})) -> None:
    """Open the dialog where an image was clicked.

    Args:
        decide: draws what can be done with a row of points; to show it on the map where nothing is said.
        keys: letters for what can be done.
    """
    if _opened():
        own = {"t": Key("Tag this image", _tag)}
        if opened.view().has_boxes:
            own["b"] = Key("Correct boxes, or end it", lambda *_: correcting.toggle())
        else:
            own["c"] = Key("Correct its label", lambda *_: correcting.ask())
        _dialog(decide or _show_on_map, {**keys, **own})


def _opened() -> tuple[Points, int, tuple[int, ...]] | None:
    """What was clicked, and the rows it was among; None where this build does not have it."""
    if st.session_state.opened is None:
        return None
    name, row, among = st.session_state.opened
    points = opened.named_points(name)
    return (points, row, among) if 0 <= row < len(points) else None


def close() -> None:
    """Show no image large from the next rerun on."""
    st.session_state.update(opened=None, tagging=False, editing=False, labelling=False)


@fragments.dialog("Image", width="large", on_dismiss=close)
def _dialog(decide: Decide, keys: Mapping[str, Key]) -> None:
    shown = _opened()
    if shown is None:  # closed by what was pressed, which ran before the dialog does again
        st.rerun()
    points, row, among = shown
    messages.show_refusal()
    thumbnails.turn_pages(row, among, lambda to: thumbnails.open_image(to, points, among))
    picture, facts = st.columns([3, 2] if opened.view().has_boxes else [1, 1])
    with picture:
        _picture(points, row, among, keys)
        correcting.controls(points, row)
    with facts:
        lines = [f"| {text.plain(name)} | {text.plain(fact)} |" for name, fact in points.all_facts(row)]
        st.markdown("\n".join([f"| About this {points.space.noun[0]} | |", "|:--|:--|", *lines]))
        _subsets_of(points.space.ids[row])
        _check_label(points, row)
    left, middle, right = st.columns([2, 1, 3], vertical_alignment="bottom")
    if left.button(
        "Find similar images", icon=":material/search:", width="stretch", on_click=_similar, args=(points, row)
    ):
        _leave_for_map()
    middle.button(
        "Tag…",
        icon=":material/bookmark_add:",
        width="stretch",
        on_click=_tag,
        args=(points, row, among),
        help="T. Any letter that does something here is listed by ?",
    )
    with right:
        decide(points, row, among)
    if st.session_state.tagging:
        _tag_fields(points, row)
    _neighbors(points, row)


def _check_label(points: Points, row: int) -> None:
    """Lead to where labels are confirmed and corrected, of what has one."""
    is_label = points.name.of_points == LABELS if opened.view().has_boxes else "label" in points.table
    icon, args = ":material/rule:", (points.space.ids[row],)
    if is_label and st.button("Check its label", icon=icon, type="tertiary", on_click=_ask_for_label, args=args):
        st.switch_page("labels.py")


def _ask_for_label(each: str) -> None:
    st.session_state.update(label_at=each, label_pair=None)
    close()


def _tag(points: Points, row: int, among: tuple[int, ...]) -> None:  # noqa: ARG001 - as `select`
    """Ask for a subset's name, or no more."""
    st.session_state.tagging = not st.session_state.tagging


def _tag_fields(points: Points, row: int) -> None:
    with st.container(border=True):
        if tag_dialog.fields([row], points, "thumbnail"):
            st.session_state.tagging = False
            st.rerun()


def select(points: Points, row: int, among: tuple[int, ...]) -> None:  # noqa: ARG001 - one of several ways to decide
    """Offer to add the point to the selection, which the page beside the map shows."""
    chosen = bool(selection.selected(points)[row])
    mode = "Selected" if chosen else "Add to selection" if selection.strokes() else "Select"
    if st.button(mode, icon=":material/check:" if chosen else ":material/add:", width="stretch", disabled=chosen):
        selection.select_rows([row], "thumbnail", "add" if selection.strokes() else "replace", points)
        close()
        st.rerun()


def _show_on_map(points: Points, row: int, among: tuple[int, ...]) -> None:  # noqa: ARG001 - as `select`
    """Offer to select the point where one sees it: no selection is changed behind a person's back."""
    icon, show = ":material/scatter_plot:", search.show_on_map
    if st.button("Show on the map", icon=icon, width="stretch", on_click=show, args=([row], "thumbnail", points)):
        _leave_for_map()


def _leave_for_map() -> None:
    close()
    st.switch_page("map.py")


def _picture(points: Points, row: int, among: tuple[int, ...], keys: Mapping[str, Key]) -> None:
    """The whole image, in detection with ground truth and every model's detections drawn over it."""
    images = opened.named_points(IMAGES)
    sample = int(points.space.sample_rows[row])
    size, has_boxes = images.table.frame.iloc[sample], opened.view().has_boxes
    image, marked = images.space.ids[sample], points.space.ids[row]
    editing = correcting.editing(image, marked)
    boxes = boxes_of(image, marked=marked) if has_boxes else None
    viewer(
        collection=images.space.key,
        row=sample,
        width=int(size["width"]),
        height=int(size["height"]),
        boxes=[box for box in boxes if box.model or not editing] if boxes is not None else None,
        height_px=_HEIGHT_WITH_BOXES if has_boxes else _HEIGHT,
        min_confidence=st.session_state.confidence or 0.0,
        colours=COLOURS_SAFE if st.session_state.safe_colours else COLOURS,
        about=points.space.ids[row],
        commands={letter: key.what for letter, key in keys.items()},
        focus=tag_dialog.NAME if st.session_state.tagging else correcting.focus(),
        editing=editing,
        key="viewer",
        on_open=_open_box,
        on_command=lambda letter, about: _press(letter, about, points, among, keys),
        on_edit=lambda edit: correcting.save(image, edit),
        on_revert=correcting.revert,
    )


def _press(letter: str, about: str, points: Points, among: tuple[int, ...], keys: Mapping[str, Key]) -> None:
    """Do what a letter means for the point that was seen when it was pressed."""
    row = points.space.row_of.get(about)
    if letter in keys and row is not None:
        keys[letter].act(points, row, among)


def boxes_of(sample: str, marked: str = "") -> list[Box]:
    """Every box of an image: ground truth, found or missed by the shown model, and each model's detections.

    Args:
        sample: the image's id.
        marked: id of the box that stands out.
    """
    view, model = opened.view(), opened.model()
    drawn: list[Box] = []
    if view.labelled:
        truth = view.points(LABELS, opened.thresholds()).table.frame
        for key, box in truth[truth["sample"] == sample].iterrows():
            missed = model is not None and box[f"{model}.outcome"] == "fn"
            drawn.append(_box(key, box, "truth-missed" if missed else "truth-found", "", marked))
    everything = opened.thresholds()._replace(confidence=0.0)  # the viewer has a slider of its own
    for each in view.models:
        made = view.points(predictions_of(each), everything).table.frame
        for key, box in made[made["sample"] == sample].iterrows():
            drawn.append(_box(key, box, _JUDGED.get(box[f"{each}.outcome"], "prediction"), each, marked))
    return drawn


def _box(key: Hashable, box: pd.Series, kind: Kind, model: str, marked: str) -> Box:
    x, y, width, height = (float(box[side]) for side in BOX)
    known = {name: box.get(f"{model}.{name}") for name in ("confidence", "error", "iou")}
    return Box(
        x,
        y,
        width,
        height,
        str(box["label"]),
        kind,
        model,
        known["confidence"],
        known["error"] or "",
        str(key),
        known["iou"],
        marked=str(key) == marked,
    )


def _open_box(box: Box) -> None:
    """Go on to a clicked box: its facts, its neighbours, what is like it."""
    points = opened.view().points(predictions_of(box.model) if box.model else LABELS, opened.thresholds())
    if points.space.have_map:
        thumbnails.open_image(points.space.row_of[str(box.id)], points)


def _subsets_of(point: str) -> None:
    names = [subset.name for subset in opened.decisions().state().subsets if point in subset.members]
    if names:
        st.caption("In " + ", ".join(text.cell(name) for name in names))


def _similar(points: Points, row: int) -> None:
    points = opened.view().pictures(points)  # alike means looking alike, whatever it is called
    search.close_search()
    search.show_search(points.space.ids[row], points, by_row(points.space, row))


def _neighbors(points: Points, row: int) -> None:
    graph = points.space.neighbors
    rows = [near for near in graph.indices[row][:NEIGHBORS_SHOWN].tolist() if near != row]  # without vector: itself
    if rows:
        st.caption("Nearest in the original space")
        scores = dict(zip(rows, graph.similarities[row].tolist(), strict=False))
        thumbnails.of_rows(
            rows, points, key=f"near {row}", height=260, scores=scores, selectable=False, arrangeable=False
        )
