"""New images and boxes on the frozen maps, with the edge cases they match."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from explorer.actions.match import INCOMING, incoming, last_figures
from explorer.points.batch import NOTHING, Batch
from explorer.subsets.selection import Stroke, inside, selected
from explorer.ui.components import scatter
from explorer.ui.components.gallery import Item, gallery
from explorer.ui.server.routes import server
from explorer.ui.session import opened, resume
from explorer.ui.widgets import thumbnails
from explorer.ui.widgets.colours import OKABE_ITO, TABLEAU

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import Bool
    from explorer.subsets.selection import Selection

HEIGHT = 640
_SHOWN = 500
_RINGED = 300
OLD = "already there"
_UNMATCHED, _OLD = "#6b7785", "#a9c1d9"


def batch() -> Batch | None:
    """All that was matched so far and belongs on one of this build's maps, the chosen one; None where nothing does."""
    built = opened.view().workspace.manifest.spaces
    table = incoming(opened.view().workspace)
    spaces = [space for space in dict.fromkeys(table["space"]) if space in built]
    if not spaces:
        return None
    space = _chosen(spaces) if len(spaces) > 1 else spaces[0]
    arrived = Batch(opened.named_points(space), table[table["space"] == space])
    server().register_images(arrived.key, arrived)
    return arrived


def _chosen(spaces: Sequence[str]) -> str:
    names = {"image": "Images", "label": "Labelled boxes"}
    return st.segmented_control(
        "Show",
        spaces,
        default=spaces[0],
        required=True,
        key="incoming_space",
        format_func=lambda space: names.get(space, f"Boxes on the map of {space.partition('/')[2]}"),
    )


def draw(batch: Batch) -> None:
    """The map with what is new on it, and pictures of what is drawn around, or else by what they match."""
    chosen = _drawn_around(batch)
    left, right = st.columns([8, 5], gap="medium")
    with left:
        _map(batch, chosen)
    with right:
        if chosen.any():
            _selection(batch, chosen)
        else:
            _by_match(batch)
        arrived = f"{datetime.fromisoformat(batch.table['arrived_at'].max()):%Y-%m-%d %H:%M} UTC"
        st.caption(
            f"{batch.points.space.counted(len(batch.table))} so far, the last on {arrived}; kept in {INCOMING}/ of the "
            "workspace. No point that was already there has moved."
        )
        _held_against()
    row, among = st.session_state.incoming_opened or (len(batch.xy), ())
    if row < len(batch.xy):
        _large(batch, row, among)


def _drawn_around(batch: Batch) -> Bool:
    """Old and new points in the strokes drawn on this map."""
    strokes = tuple(stroke for stroke in st.session_state.incoming_strokes if stroke.layout == batch.key)
    return selected(strokes, len(batch.xy), lambda stroke: inside(batch.xy, stroke.polygon))


def _by_match(batch: Batch) -> None:
    subset = batch.table["subset"].fillna(NOTHING)
    counts = subset.value_counts()
    chosen = st.pills(
        "Matches",
        batch.subsets,
        default=batch.subsets[0],
        format_func=lambda name: f"{thumbnails.plain(name)} ({counts.get(name, 0):,})",
        key=f"match {batch.points.name}",
    )
    rows = np.flatnonzero(subset == chosen) if chosen else np.arange(len(subset))
    _gallery(batch, (batch.old + rows).tolist())


def _selection(batch: Batch, chosen: Bool) -> None:
    """What was drawn around, the new ones first."""
    new, old = np.flatnonzero(chosen[batch.old :]) + batch.old, np.flatnonzero(chosen[: batch.old])
    st.markdown(f"#### {len(new):,} new and {len(old):,} old selected")
    _gallery(batch, [*new.tolist(), *old.tolist()])


def _gallery(batch: Batch, rows: Sequence[int]) -> None:
    shown = rows[:_SHOWN]
    gallery(
        [_item(batch, row) for row in shown],
        collection=batch.key,
        height=HEIGHT - 170,
        selectable=False,
        key="incoming",
        on_open=lambda row: _open(row, shown),
    )
    if len(rows) > _SHOWN:
        st.caption(f"The first {_SHOWN:,} of {len(rows):,}.")


def _item(batch: Batch, row: int) -> Item:
    """The picture of a row: of a new one with its file's name and how like its match it is."""
    if row < batch.old:
        return Item(row, batch.points.space.ids[row])
    new = row - batch.old
    similarity = batch.table["similarity"].iloc[new]
    score = "" if np.isnan(similarity) else f"{similarity:.2f}"
    return Item(row, Path(str(batch.table.index[new])).name, score=score)


def _open(row: int, among: Sequence[int] = ()) -> None:
    st.session_state.incoming_opened = (row, tuple(among))


def _close() -> None:
    st.session_state.incoming_opened = None


@st.dialog("Image", width="large", on_dismiss=_close)
def _large(batch: Batch, row: int, among: tuple[int, ...]) -> None:
    thumbnails.turn_pages(row, among, lambda to: _open(to, among))
    picture, facts = st.columns([2, 3])
    with picture:
        gallery([Item(row)], collection=batch.key, size=400, height=410, selectable=False, key="incoming large")
    lines = [f"| {thumbnails.plain(name)} | {thumbnails.plain(text)} |" for name, text in batch.facts(row)]
    facts.markdown(
        "\n".join(["| Fact | |", "|:--|:--|", *lines, f"| file | {thumbnails.plain(str(batch.filepath(row)))} |"])
    )


def _map(batch: Batch, chosen: Bool) -> None:
    """Old points pale, new ones in the colour of what they match, each with a ring while they are few."""
    names = [*batch.subsets, OLD]
    subset = batch.table["subset"].fillna(NOTHING)
    codes = np.array([*[len(names) - 1] * batch.old, *(names.index(name) for name in subset)], np.uint16)
    palette = OKABE_ITO if st.session_state.safe_colours else TABLEAU
    given = {NOTHING: _UNMATCHED, OLD: _OLD}
    counts = np.bincount(codes, minlength=len(names)).tolist()
    scatter.scatter(
        points=batch.xy,
        colour=scatter.Categories(
            title="Incoming",
            codes=codes,
            names=names,
            colours=[given.get(name, palette[i % len(palette)]) for i, name in enumerate(names)],
            counts_total=counts,
            counts_visible=counts,
            hidden={code for code, name in enumerate(names) if name in st.session_state.incoming_hidden},
        ),
        selected=chosen if chosen.any() else None,
        highlighted=range(batch.old, len(codes)) if len(subset) <= _RINGED else (),
        collection=batch.key,
        layout_key=batch.key,
        can_undo=bool(st.session_state.incoming_strokes),
        tab=st.session_state.tab,
        height=HEIGHT,
        key="incoming map",
        on_event=partial(_on_event, batch),
    )


def _on_event(batch: Batch, event: scatter.ScatterEvent) -> None:
    strokes: Selection = st.session_state.incoming_strokes
    if isinstance(event, scatter.Stroke):
        polygon = tuple((float(x), float(y)) for x, y in event.polygon)
        st.session_state.incoming_strokes = (
            *strokes,
            Stroke(event.mode, event.kind, layout=batch.key, polygon=polygon),
        )
    elif isinstance(event, scatter.Opened):
        _open(event.row)
    elif isinstance(event, scatter.LegendChanged):
        names = [*batch.subsets, OLD]
        st.session_state.incoming_hidden = {names[code] for code in event.hidden if code < len(names)}
    elif isinstance(event, scatter.Resumed):
        resume.resume(event.tab)
    elif event.name == "undo":
        st.session_state.incoming_strokes = strokes[:-1]
    elif event.name == "clear":
        st.session_state.incoming_strokes = ()


def _held_against() -> None:
    """How good each detector was on what it was not made from."""
    figures = last_figures(opened.view().workspace)
    if not figures:
        return
    with st.expander("How sure the last matches are"):
        rows = [
            {
                "Subset": one["name"],
                "Of": one["of"],
                "False alarms set": f"{one['false_alarm']:.1%}",
                "Measured": "{:.1%} ({:.1%} to {:.1%})".format(*one["measured_false_alarm"]),
                "Members recognised": "–" if one["recall"] is None else f"{one['recall']:.0%}",
            }
            for one in figures
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
        st.caption(
            "Measured on ordinary points that had no part in setting the threshold, with a 95% interval; members are "
            "recognised when they are left out of their own subset."
        )
