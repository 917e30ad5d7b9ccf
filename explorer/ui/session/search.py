"""The search of this session, and showing what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explorer.ui.session.filters import filters_for, show_everything, visible
from explorer.ui.session.messages import say
from explorer.ui.session.opened import named_points
from explorer.ui.session.selection import select_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.points.points import Points


class Search(NamedTuple):
    """A query and what it found among the points of one space, best first."""

    title: str
    space: str
    rows: tuple[int, ...]
    similarities: tuple[float, ...]


def show_on_map(rows: Sequence[int], origin: str, among: Points) -> None:
    """Select rows on the map of `among`, and lift the filters where they would hide some."""
    select_rows(rows, origin, among=among)
    st.session_state.space = among.name.kind.value
    close_search()
    drawn = named_points(among.name)
    unknown = any(one.column not in drawn.table for one in filters_for(drawn))  # such as that of subsets
    if unknown or not visible(drawn)[list(rows)].all():
        show_everything()
        say("The filters were lifted, which would have hidden some of them.")


def current() -> Search | None:
    """The current search, if any."""
    found: Search | None = st.session_state.search
    return found


def searched(found: Search) -> Points:
    """The points among which a search looked."""
    return named_points(found.space)


def show_search(title: str, among: Points, hits: list[tuple[int, float]]) -> None:
    """Show what a query found among points, on the map and in the panel."""
    known = [(row, similarity) for row, similarity in hits if row >= 0]
    rows, similarities = zip(*known, strict=True) if known else ((), ())
    st.session_state.search = Search(title, str(among.name), tuple(rows), tuple(similarities))


def close_search() -> None:
    """Empty the box too, so that the same words can be asked again."""
    st.session_state.search = None
    st.session_state.query = st.session_state.asked = ""
