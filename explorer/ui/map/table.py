"""The selected points as a table, or all that are shown: sorted, a page at a time; a row opens its image."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.data.columns import Categorical, Times
from explorer.data.outcomes import in_words
from explorer.points.arrange import ordered
from explorer.ui.components.copy_button import copy_button
from explorer.ui.map import chosen_columns
from explorer.ui.server.routes import server
from explorer.ui.session import membership, opened
from explorer.ui.widgets import thumbnails

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.data.columns import Column
    from explorer.data.records import Int64
    from explorer.points.points import Points

MOST_ROWS = 1000
"""Rows that are listed; all of them are sorted, and in the CSV file."""

MOST_COPIED = 10_000
"""Ids that are handed to the browser to be copied."""

HEIGHT = 520
_ROW_HEIGHT = 44
_PICTURE, _ID = "picture", "id"


def draw(rows: Int64) -> None:
    """List these rows of the shown points; int64 (m,), those to look at first in front."""
    points = opened.points()
    named = membership.colourings(points)
    names = named | {name: name for name in map(str, points.table.frame) if name not in {*named, "digest"}}
    with st.container(horizontal=True, vertical_alignment="center"):
        columns = chosen_columns.choose("tabled", "Columns of the table", names)
        by = _sort_by(columns, names)
        falling = st.toggle("Largest first", key="falling", disabled=by is None)
    rows = rows if by is None else ordered(points.table[by], rows, descending=falling)
    _hand_on(rows, points, columns)
    if not len(rows):
        st.caption("There is nothing to list.")
        return
    if len(rows) > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS:,} of {len(rows):,}, as sorted above; the CSV file has all.")
    _list(rows[:MOST_ROWS], points, columns, names)


def _sort_by(columns: Sequence[str], names: Mapping[str, str]) -> str | None:
    """The column that the person wants the rows sorted by; None for those to look at first in front."""
    if st.session_state.sorted_by not in columns:
        st.session_state.sorted_by = None
    by: str | None = st.selectbox(
        "Sort by",
        list(columns),
        key="sorted_by",
        format_func=lambda name: f"by {names[name]}",
        placeholder="Sort by",
        label_visibility="collapsed",
        width=170,
    )
    return by


def _hand_on(rows: Int64, points: Points, columns: Sequence[str]) -> None:
    """Copy the ids, or download the table."""
    left, right = st.columns(2)
    copied = rows[:MOST_COPIED]
    with left:
        most = "" if len(copied) == len(rows) else f"first {len(copied):,} "
        ids = "\n".join(points.space.ids_of(copied))
        copy_button(f"Copy {most}ids", ids, f"{len(copied):,} copied", key="copy ids")
    right.download_button(
        "Download CSV",
        partial(_csv, rows, points, tuple(columns)),
        "points.csv",
        "text/csv",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
        disabled=not len(rows),
        help=f"{points.space.counted(len(rows))} with the columns chosen here.",
    )


def _csv(rows: Int64, points: Points, columns: Sequence[str]) -> bytes:
    frame = pd.DataFrame({name: _cells(points.table[name], rows) for name in columns}, points.space.ids_of(rows))
    from explorer.exporters.csv_table import csv_bytes

    return csv_bytes(frame)


def _cells(column: Column, rows: Int64) -> Any:  # noqa: ANN401 - an array of any kind
    """The values of rows, None, NaT or NaN where missing."""
    if isinstance(column, Times):
        return column.moments[rows]
    if isinstance(column, Categorical):
        return np.array([*column.values, None], object)[column.codes[rows]]
    return column.values[rows]


def _list(rows: Int64, points: Points, columns: Sequence[str], names: Mapping[str, str]) -> None:
    pictures = server().image_url(points.space.key)
    shown = pd.DataFrame({_PICTURE: [f"{pictures}/{row}?size=96" for row in rows]})
    for place, name in enumerate(columns):  # by place: any name may be that of a column of theirs
        cells = _cells(points.table[name], rows)
        shown[str(place)] = [in_words(name, cell) if isinstance(cell, str) else cell for cell in cells]
    shown[_ID] = points.space.ids_of(rows)
    titles = {str(place): st.column_config.Column(names[name]) for place, name in enumerate(columns)}
    key = f"table {points.name} {thumbnails.digest(rows)} {' '.join(columns)}"
    st.dataframe(
        shown,
        key=key,
        hide_index=True,
        height=min(HEIGHT, _ROW_HEIGHT * (len(rows) + 1)),
        row_height=_ROW_HEIGHT,
        on_select=partial(_open, key, rows, points),
        selection_mode="single-row",
        placeholder="–",
        column_config={
            _PICTURE: st.column_config.ImageColumn("", width=_ROW_HEIGHT + 12, pinned=True),
            _ID: st.column_config.Column("id", width="medium"),
            **titles,
        },
    )


def _open(key: str, rows: Int64, points: Points) -> None:
    """Show the image of the row that was chosen, and ring it on the map; ring none where none is."""
    chosen = st.session_state[key].selection.rows
    st.session_state.ringed = (str(points.name.of_points), int(rows[chosen[0]])) if chosen else None
    if chosen:
        thumbnails.open_image(int(rows[chosen[0]]), points, rows.tolist())
