"""The selection panel: how many, how good, what stands out, and what to do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.evaluation.rates import rate, standouts
from explorer.ui import pictures, state, tagging

if TYPE_CHECKING:
    from explorer.records import Bool

STANDOUTS_SHOWN = 4
TOO_FEW = 20
"""Below this many rows a rate is only hinted at."""


def draw() -> None:
    """Draw what fits the moment: a search's hits, the selection, or how to begin."""
    mask = state.selected()
    if state.search() is not None:
        _search_results()
    elif mask.any():
        _selection(mask)
    else:
        _nothing_selected()


def _selection(mask: Bool) -> None:
    count = int(mask.sum())
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.markdown(f"#### {count:,} selected  \n:gray[{count / len(mask):.1%} of {len(mask):,}]")
    with right:
        tagging.tag_button(np.flatnonzero(mask).tolist())
    _accuracy(mask)
    _standouts(mask)
    pictures.of_rows(_worst_first(mask), key="selection", height=pictures.PANEL_HEIGHT)


def _accuracy(mask: Bool) -> None:
    model = state.model()
    correct, known = state.view().correct_and_known(model)
    inside, outside = mask & known, ~mask & known
    if not inside.any():
        return
    here = rate(int((correct & inside).sum()), int(inside.sum()))
    rest = rate(int((correct & outside).sum()), int(outside.sum()))
    few = " · too few to say" if here.n < TOO_FEW else ""
    left, right = st.columns(2)
    left.metric(
        f"{model} accuracy here",
        f"{here.value:.0%}",
        f"{(here.value - rest.value) * 100:+.0f} points" if rest.n else None,
        help=f"{here.hits} of {here.n} right; 95% interval {here.low:.0%} to {here.high:.0%}{few}",
    )
    right.metric(
        "Accuracy of the rest",
        f"{rest.value:.0%}" if rest.n else "–",
        help=f"{rest.hits} of {rest.n} right" if rest.n else "Everything is selected.",
    )
    st.caption(f"Wilson 95% interval here: {here.low:.0%} to {here.high:.0%}{few}")


def _standouts(mask: Bool) -> None:
    view = state.view()
    names = view.colourings(state.model())
    found = standouts(view.table, view.explaining(state.model()), mask)[:STANDOUTS_SHOWN]
    if not found:
        st.caption("Nothing is over-represented here.")
        return
    lines = [
        f"| {pictures.plain(names[one.column])} | {pictures.plain(one.value)} | {one.share:.0%} | **{one.lift:.1f}×** |"
        for one in found
    ]
    st.markdown("\n".join(["| Over-represented | | share | lift |", "|:--|:--|--:|--:|", *lines]))


def _worst_first(mask: Bool) -> list[int]:
    """Rows with the surest mistakes first, then the unknown, then the least sure right ones."""
    view, model = state.view(), state.model()
    rows = np.flatnonzero(mask)
    correct, known = view.correct_and_known(model)
    confidence = np.zeros(len(view))
    if f"{model}.confidence" in view.table:
        confidence = np.nan_to_num(view.table.frame[f"{model}.confidence"].to_numpy(np.float64, na_value=0.0))
    badness = np.where(known[rows], np.where(correct[rows], -1 - confidence[rows], 1 + confidence[rows]), 0.0)
    ordered: list[int] = rows[np.argsort(-badness, kind="stable")].tolist()
    return ordered


def _search_results() -> None:
    found = state.search()
    assert found is not None
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.markdown(f"#### {len(found.rows)} most like {pictures.plain(found.title)}")
    right.button("Select them", on_click=_select_hits, type="primary", width="stretch")
    right.button("Close search", on_click=_close_search, width="stretch")
    scores = dict(zip(found.rows, found.similarities, strict=True))
    pictures.of_rows(list(found.rows), key="search", height=pictures.PANEL_HEIGHT + 120, scores=scores)


def _select_hits() -> None:
    found = state.search()
    if found:
        state.select_rows(found.rows, "search")
    st.session_state.search = None


def _close_search() -> None:
    st.session_state.search = None


def _nothing_selected() -> None:
    view = state.view()
    if not len(view):
        st.info("This workspace has no images: every one was left out. The Dataset page says why.")
        return
    st.markdown("#### Draw around a suspicious cluster")
    st.markdown(
        "Drag on the map to lasso points; **Shift** adds, **Alt** takes away, the wheel zooms, **Esc** clears. "
        "What you select appears here: how well the model does on it, what it has too much of, and its images."
    )
    _overall()
    subsets = state.decisions().state().subsets
    if subsets:
        st.caption(f"{len(subsets)} edge-case subsets so far: see the Subsets page.")


def _overall() -> None:
    view = state.view()
    for model in view.models:
        correct, known = view.correct_and_known(model)
        if known.any():
            all_of_it = rate(int((correct & known).sum()), int(known.sum()))
            st.metric(
                f"{model} accuracy",
                f"{all_of_it.value:.1%}",
                help=f"{all_of_it.hits:,} of {all_of_it.n:,}; interval {all_of_it.low:.1%} to {all_of_it.high:.1%}",
            )
