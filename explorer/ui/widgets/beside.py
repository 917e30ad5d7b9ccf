"""The images behind a number of the Evaluate page, beside it: to look at, to tag, to see on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import streamlit as st

from explorer.ui.session import opened, search
from explorer.ui.widgets import tag_dialog, thumbnails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import Int64
    from explorer.points.points import Points

HEIGHT = 420


class Chosen(NamedTuple):
    """What was clicked.

    Attributes:
        title: what it is, as Markdown.
        rows: of the points behind it.
        points: which they are.
        colours: columns that tell of them on the map.
    """

    title: str
    rows: Int64
    points: Points
    colours: Sequence[str] = ()


def draw(chosen: Chosen | None, key: str, invitation: str) -> None:
    """Draw the images of what was clicked, or say what can be.

    Args:
        chosen: what was clicked, if anything.
        key: names the part of the page.
        invitation: what is said where nothing was.
    """
    if chosen is None:
        st.info(invitation, icon=":material/ads_click:")
        return
    points, model = opened.serve_pictures(chosen.points), str(opened.model())
    rows: list[int] = points.worst_first(chosen.rows, model).tolist()
    st.markdown(f"{chosen.title}  \n:gray[{points.space.counted(len(rows))}]")
    show, tag = st.columns(2)
    with show:
        show_on_map("Show on map", rows, points, model, chosen.colours, f"{key} map", width="stretch")
    with tag:
        tag_dialog.tag_button(rows, points)
    thumbnails.of_rows(rows, points, key=f"{key} images", height=HEIGHT, order="Worst first", selectable=False)


def show_on_map(
    label: str,
    rows: Sequence[int],
    points: Points,
    model: str,
    colours: Sequence[str],
    key: str | None = None,
    width: Literal["stretch", "content"] = "content",
) -> None:
    """Take the person to some points on the map, with the model and the colour that show them."""
    if st.button(
        label,
        disabled=not rows,
        icon=":material/scatter_plot:",
        key=key,
        width=width,
        on_click=search.show_on_map,
        args=(rows, "filter", points),
        kwargs={"model": model, "colours": colours},
    ):
        st.switch_page("map.py")
