"""The page of labels: how far one is, which pair of classes is looked at, and the label that is next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.data.counts import counted
from explorer.ui.label_review import answer, batch, card
from explorer.ui.label_review.queue import Pair, Queue, labelled, pair_of, precision, queue, waiting
from explorer.ui.session import messages, opened, search, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.actions.analyzed import Row

_ALL = Pair("", "")
_ALL_DONE = "Every label that is probably wrong has an answer. Further labels follow, the most doubtful first."


def draw() -> None:
    """Draw all of it."""
    with st.container(key="row-labels"):
        title, whose, pairs, undo = st.columns([4, 3, 5, 2], vertical_alignment="bottom")
    title.markdown("### Labels to check")
    with undo:
        answer.undo()
    if len(opened.view().models) > 1:
        with whose:
            st.segmented_control(
                "Model version", opened.view().models, key="model", required=True, format_func=text.cell
            )
    found = queue()
    if not found.rows:
        st.info(found.reason or "There is no label that could be wrong.")
        return
    with pairs:
        pair = _pair(found)
    _progress(found)
    messages.show_refusal()
    _missing(found)
    of_pair = [row for row in found.suspected if pair_of(row) == pair] if pair else found.rows
    left = waiting(of_pair)
    row = _asked_for(found) or next(iter(left), None)
    if row is None:
        st.success("Every one of these labels has an answer.", icon=":material/task_alt:")
        return
    if pair and left and labelled().space.have_map:  # what is answered at once is to be seen
        batch.draw(pair, left)
    card.draw(row)


def _pair(found: Queue) -> Pair | None:
    """The pair of classes that is looked at; None for all labels."""
    counts = dict(found.pairs)
    if st.session_state.label_pair not in counts:
        st.session_state.label_pair = _ALL
    chosen: Pair = st.selectbox(
        "Given → suggested",
        [_ALL, *counts],
        key="label_pair",
        format_func=lambda pair: _called(pair, counts),
        on_change=_forget_asked,
    )
    return None if chosen == _ALL else chosen


def _called(pair: Pair, counts: Mapping[Pair, int]) -> str:
    if pair == _ALL:
        return "All labels, the most doubtful first"
    return f"{text.short(pair.given)} → {text.short(pair.suggested)} ({counts[pair]:,})"


def _forget_asked() -> None:
    st.session_state.label_at = None


def _asked_for(found: Queue) -> Row | None:
    """The label that was asked for elsewhere, whether it has an answer or not."""
    each = st.session_state.label_at
    return next((row for row in found.rows if row["id"] == each), None) if each else None


def _progress(found: Queue) -> None:
    left = len(waiting(found.suspected))
    done, mine = found.suspects - left, precision()
    said = f"{done:,} of about {found.suspects:,} that are probably wrong have an answer."
    if mine.n:
        said += (
            f" Of your {counted(mine.n, 'answer')}, {mine.hits:,} changed the label: "
            f"{mine.value:.0%} ({mine.low:.0%} to {mine.high:.0%})."
        )
    st.progress(done / found.suspects if found.suspects else 1.0, said)
    if found.suspects and not left:
        st.caption(_ALL_DONE)


def _missing(found: Queue) -> None:
    """Objects without a label have none to correct: they are shown where they are."""
    if not found.missing:
        return
    points = opened.view().of_ids(found.missing)
    rows = points.space.rows(found.missing)
    said = f"{counted(len(rows), 'object is', 'objects are')} probably not labelled: show on the map"
    icon, args = ":material/scatter_plot:", (rows, "label issues", points)
    if st.button(said, icon=icon, type="tertiary", on_click=search.show_on_map, args=args):
        st.switch_page("map.py")
