"""One image, large, with everything known about it and what lies near it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.data.boxes import BOX
from explorer.data.spaces import IMAGES, LABELS, predictions_of
from explorer.ui.components.gallery import Item, gallery
from explorer.ui.components.viewer import COLOURS, COLOURS_SAFE, Box, viewer
from explorer.ui.session import opened, search, selection, text
from explorer.ui.widgets import thumbnails

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    import pandas as pd

    from explorer.points.points import Points
    from explorer.ui.components.viewer import Kind

NEIGHBORS_SHOWN = 12
_LARGE = 400
_JUDGED: Mapping[str, Kind] = {"tp": "tp", "fp": "fp"}


def draw(decide: Callable[[Points, int, tuple[int, ...]], None] | None = None) -> None:
    """Open the dialog where an image was clicked.

    Args:
        decide: draws what can be done with a row of points, given those it was clicked among; to show it on the map
            where nothing is said.
    """
    if _opened():
        _dialog(decide or _show_on_map)


def _opened() -> tuple[Points, int, tuple[int, ...]] | None:
    """What was clicked, and the rows it was among; None where this build does not have it."""
    if st.session_state.opened is None:
        return None
    name, row, among = st.session_state.opened
    points = opened.named_points(name)
    return (points, row, among) if 0 <= row < len(points) else None


def close() -> None:
    """Show no image large from the next rerun on."""
    st.session_state.opened = None


@st.dialog("Image", width="large", on_dismiss=close)
def _dialog(decide: Callable[[Points, int, tuple[int, ...]], None]) -> None:
    shown = _opened()
    if shown is None:  # closed by what was pressed, which ran before the dialog does again
        st.rerun()
    points, row, among = shown
    thumbnails.turn_pages(row, among, lambda to: thumbnails.open_image(to, points, among))
    picture, facts = st.columns([3, 2] if opened.view().has_boxes else [2, 3])
    with picture:
        if opened.view().has_boxes:
            _with_boxes(points, row)
        else:
            gallery(
                [Item(row)], collection=points.space.key, size=_LARGE, height=_LARGE + 10, selectable=False, key="large"
            )
    with facts:
        lines = [f"| {thumbnails.plain(name)} | {thumbnails.plain(text)} |" for name, text in points.all_facts(row)]
        st.markdown("\n".join([f"| About this {points.space.noun[0]} | |", "|:--|:--|", *lines]))
        _subsets_of(points.space.ids[row])
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    if left.button(
        "Find similar images", icon=":material/search:", width="stretch", on_click=_similar, args=(points, row)
    ):
        _leave_for_map()
    with right:
        decide(points, row, among)
    _neighbors(points, row)


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


def _with_boxes(points: Points, row: int) -> None:
    """The whole image with ground truth and every model's detections drawn over it."""
    images = opened.named_points(IMAGES)
    sample = int(points.space.sample_rows[row])
    size = images.table.frame.iloc[sample]
    viewer(
        collection=images.space.key,
        row=sample,
        width=int(size["width"]),
        height=int(size["height"]),
        boxes=boxes_of(images.space.ids[sample], marked=points.space.ids[row]),
        min_confidence=st.session_state.confidence,
        colours=COLOURS_SAFE if st.session_state.safe_colours else COLOURS,
        key="viewer",
        on_open=_open_box,
    )


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


def _similar(points: Points, row: int, k: int = 25) -> None:
    points = opened.view().pictures(points)  # alike means looking alike, whatever it is called
    rows, similarities = points.space.nearest(np.asarray(points.space.vectors[row]), k + 1)
    others = [(int(r), float(s)) for r, s in zip(rows, similarities, strict=True) if r != row][:k]
    search.close_search()
    search.show_search(points.space.ids[row], points, others)


def _neighbors(points: Points, row: int) -> None:
    graph = points.space.neighbors
    rows = [near for near in graph.indices[row][:NEIGHBORS_SHOWN].tolist() if near != row]  # without vector: itself
    if rows:
        st.caption("Nearest in the original space")
        scores = dict(zip(rows, graph.similarities[row].tolist(), strict=False))
        thumbnails.of_rows(rows, points, key=f"near {row}", height=130, scores=scores, selectable=False)
