"""The images as a table with thumbnails, a row of which opens its image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.data.spaces import IMAGES
from explorer.ui.server.routes import server
from explorer.ui.session import opened
from explorer.ui.widgets import thumbnails

if TYPE_CHECKING:
    from explorer.points.points import Points

MOST_ROWS = 2000
_TABLE, _PICTURE = "samples", " "
_LAST = ("filepath", "digest")


def draw() -> None:
    """The first images of all; a click on a row shows one large, with a way to its place on the map."""
    images = _images()
    frame = images.table.frame.head(MOST_ROWS).reset_index()
    address = server().image_url(images.space.key)
    frame[_PICTURE] = [f"{address}/{row}?size=96" for row in range(len(frame))]
    told = [str(name) for name in frame if name not in (_PICTURE, *_LAST)]
    st.markdown("#### Images")
    st.caption("A click on a row shows its image large, and from there its place on the map.")
    st.dataframe(
        frame,
        key=_TABLE,
        hide_index=True,
        column_order=[_PICTURE, *told, *_LAST],
        width="stretch",
        height=480,
        row_height=52,
        placeholder="–",
        column_config={_PICTURE: st.column_config.ImageColumn(width=64)},
        on_select=_open,
        selection_mode=("single-row", "single-cell"),
    )
    if len(images) > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS:,} of {len(images):,}.")


def _open() -> None:
    picked = st.session_state[_TABLE].selection
    rows = [*picked.rows, *(row for row, _ in picked.cells)]
    if rows:
        thumbnails.open_image(rows[0], _images())


def _images() -> Points:
    """The images, judged as on the map."""
    return opened.serve_pictures(opened.view().points(IMAGES, opened.thresholds()))
