"""What a search found, in the panel: how many, from which similarity on, and what to do with them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.actions.search import MOST
from explorer.subsets.chance import NOTHING_LIKE_IT
from explorer.ui.session import checks, search, selection, text
from explorer.ui.widgets import score_histogram, thumbnails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.points.points import Points

GALLERY = "search"
_STEP = 0.001
_MORE = "Search again for what is like the checked ones, and like those you asked more of before."
_LESS = "Search again for what is unlike the checked ones, which then are left out."


def draw() -> None:
    """Draw the hits of the current search; there is one."""
    whole = search.whole()
    assert whole is not None
    heading = st.container()
    if whole.nothing_like_it:
        st.warning(f"{text.plain(NOTHING_LIKE_IT)}", icon=":material/search_off:")
    if whole.rows:
        _narrow(whole)
    found = search.current()
    assert found is not None
    with heading:
        title(found)
    actions = st.container()
    scores = dict(zip(found.rows, found.similarities, strict=True))
    checked = thumbnails.of_rows(
        list(found.rows),
        search.searched(found),
        key=GALLERY,
        height=thumbnails.PANEL_HEIGHT + 100,
        scores=scores,
        order="Most alike first",
        about=asked(whole),
    )
    with actions:
        _actions(found, checked)


def title(found: search.Search) -> None:
    """How many were found, and what was asked for."""
    asked_for = text.plain(text.short(search.in_words(found), 60))
    st.markdown(f"#### {len(found.rows):,} {'nearest to' if found.nothing_like_it else 'most like'} {asked_for}")


def asked(found: search.Search) -> str:
    """Names what was asked for: while it is the same, checks stay."""
    return f"{found.space} {found.title} {thumbnails.digest(found.more)} {thumbnails.digest(found.less)}"


def more_button(points: Points, checked: Sequence[int]) -> None:
    """Offer to search for what is like checked points."""
    st.button(
        f"Find more like {points.space.counted(len(checked))}",
        icon=":material/thumb_up:",
        on_click=search.more_like,
        args=(points, checked),
        width="stretch",
    )


def _narrow(whole: search.Search) -> None:
    """How many hits at most, and from which similarity on, below a histogram of all that were found."""
    low = math.floor(min(whole.similarities) / _STEP) * _STEP
    high = math.ceil(max(whole.similarities) / _STEP) * _STEP
    least = st.session_state.search_least
    st.session_state.search_least = low if least is None else min(max(least, low), high)
    enough = sum(one >= st.session_state.search_least for one in whole.similarities)
    which = "All" if enough == len(whole.rows) else f"{enough:,} of"
    st.caption(f"{which} the {len(whole.rows):,} nearest reach the threshold.")
    left, right = st.columns([1, 2], vertical_alignment="bottom", gap="medium")
    left.number_input("At most", min_value=1, max_value=MOST, step=25, key="search_count")
    with right:
        score_histogram.draw(np.array(whole.similarities, np.float32), key="search_histogram", height=44)
        if high > low:
            label = "From this score on" if whole.more or whole.less else "From this similarity on"
            st.slider(label, low, high, step=_STEP, key="search_least", format="%.3f")


def _actions(found: search.Search, checked: Sequence[int]) -> None:
    left, right = st.columns(2)
    left.button(
        f"Select the {len(checked):,} checked" if checked else f"Select these {len(found.rows):,}",
        on_click=_select,
        args=(checked or found.rows,),
        type="primary",
        width="stretch",
        disabled=not found.rows,
    )
    right.button("Close search", on_click=search.close_search, width="stretch")
    if checked:
        these = "this one" if len(checked) == 1 else f"these {len(checked):,}"
        left.button(
            f"More like {these}",
            icon=":material/thumb_up:",
            on_click=search.refine,
            args=(checked, ()),
            width="stretch",
            help=_MORE,
        )
        right.button(
            f"Less like {these}",
            icon=":material/thumb_down:",
            on_click=search.refine,
            args=((), checked),
            width="stretch",
            help=_LESS,
        )


def _select(rows: Sequence[int]) -> None:
    found = search.current()
    if found:
        selection.select_rows(rows, "search", among=search.searched(found))
        checks.clear(GALLERY)
    search.close_search()
