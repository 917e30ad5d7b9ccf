"""The search of this session, and showing what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from explorer.subsets.selection import Stroke
from explorer.ui.session.filters import filters_for, show_everything, visible
from explorer.ui.session.messages import say
from explorer.ui.session.opened import named_points, view
from explorer.ui.session.selection import select_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.points.points import Points
    from explorer.subsets.selection import Selection


class Search(NamedTuple):
    """A query and what it found among the points of one space, best first."""

    title: str
    space: str
    rows: tuple[int, ...]
    similarities: tuple[float, ...]


def show_on_map(
    rows: Sequence[int], origin: str, among: Points, *, model: str | None = None, colours: Sequence[str] = ()
) -> None:
    """Select rows on the map of `among`, and lift the filters where they would hide some.

    Points without a map are shown by their images. A callback, as it changes what widgets hold.

    Args:
        rows: of `among`.
        origin: how they were chosen.
        among: the points.
        model: whose outcomes tell of them; that of `among` where it is of one model's predictions.
        colours: columns that tell of them: the first that these points have is what the map is coloured by.
    """
    if not among.space.have_map:
        rows, among = np.unique(among.space.sample_rows[list(rows)]).tolist(), view().images
    select_rows(rows, origin, among=among)
    st.session_state.space = among.name.kind.value
    if (shown := among.name.model or model) and shown != st.session_state.model:
        st.session_state.update(model=shown, follows=None)  # they were found at the thresholds there are
    offered = among.colourings(st.session_state.model, view().models)
    st.session_state.colour = next((one for one in colours if one in offered), st.session_state.colour)
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


def strokes(found: Search) -> Selection:
    """What a search found, as a selection of it."""
    return (Stroke("replace", "search", found.space, rows=found.rows),)


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
