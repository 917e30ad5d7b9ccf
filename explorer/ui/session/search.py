"""The search of this session, and showing what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from explorer.actions.search import by_examples
from explorer.subsets.selection import Stroke
from explorer.ui.session.filters import filters_for, show_everything, visible
from explorer.ui.session.messages import say
from explorer.ui.session.opened import named_points, view
from explorer.ui.session.selection import select_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.actions.search import Ranked
    from explorer.points.points import Points
    from explorer.subsets.selection import Selection


COUNT = 50
"""Hits shown at first."""


class Search(NamedTuple):
    """A query and what it found among the points of one space.

    Attributes:
        title: what was asked for.
        space: among which points.
        rows: what was found, best first.
        similarities: to the query, or the scores of growing where there are examples.
        nothing_like_it: whether the best is no better than chance.
        more: rows of what more was asked for.
        less: rows of what less was asked for.
    """

    title: str
    space: str
    rows: tuple[int, ...]
    similarities: tuple[float, ...]
    nothing_like_it: bool = False
    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()


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


def whole() -> Search | None:
    """The current search with everything that was found, if any."""
    found: Search | None = st.session_state.search
    return found


def current() -> Search | None:
    """The current search, if any, with as many hits as are wanted, from the similarity on that is wanted."""
    found = whole()
    return found and _narrowed(found, st.session_state.search_count, st.session_state.search_least)


def _narrowed(found: Search, most: int, least: float | None) -> Search:
    enough = len(found.rows) if least is None else sum(one >= least for one in found.similarities)
    many = min(most, enough)
    return found._replace(rows=found.rows[:many], similarities=found.similarities[:many])


def strokes(found: Search) -> Selection:
    """What a search found, as a selection of it."""
    return (Stroke("replace", "search", found.space, rows=found.rows),)


def searched(found: Search) -> Points:
    """The points among which a search looked."""
    return named_points(found.space)


def show_search(title: str, among: Points, ranked: Ranked, more: Sequence[int] = (), less: Sequence[int] = ()) -> None:
    """Show what a query found among points, on the map and in the panel; the threshold begins anew."""
    rows, similarities = tuple(ranked.rows.tolist()), tuple(ranked.similarities.tolist())
    st.session_state.search = Search(
        title, str(among.name), rows, similarities, ranked.nothing_like_it, tuple(more), tuple(less)
    )
    st.session_state.search_least = None


def more_like(among: Points, rows: Sequence[int]) -> None:
    """Show what is most like some points, as growing ranks."""
    close_search()
    show_search("the checked ones", among, by_examples(among.space, rows, ()), rows)


def refine(more: Sequence[int], less: Sequence[int]) -> None:
    """Search again, for more like some of what was found and less like others, on top of what was said before.

    Where nothing was said to be wanted, what is shown and not unwanted stands for it.
    """
    found, shown = whole(), current()
    if found is None or shown is None:
        return
    wanted = [row for row in dict.fromkeys([*found.more, *more]) if row not in less]
    unwanted = [row for row in dict.fromkeys([*found.less, *less]) if row not in more]
    examples = wanted or [row for row in shown.rows if row not in unwanted]
    if examples:
        among = searched(found)
        show_search(found.title, among, by_examples(among.space, examples, unwanted), wanted, unwanted)


def in_words(found: Search) -> str:
    """What a search is for: `“a dark boot”, unlike 3 images`."""
    counted = searched(found).space.counted
    wanted = f"the {counted(len(found.more))} you checked" if found.more else found.title
    return wanted + (f", unlike {counted(len(found.less))}" if found.less else "")


def close_search() -> None:
    """Empty the box too, so that the same words can be asked again."""
    st.session_state.search = None
    st.session_state.query = st.session_state.asked = ""
