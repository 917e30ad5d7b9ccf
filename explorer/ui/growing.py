"""Accepting and rejecting the nearest neighbours of a subset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.store.decisions import Member
from explorer.subsets.grow import candidates as ranked
from explorer.ui import pictures, state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.store.decisions import Subset
    from explorer.ui.points import Points

SHOWN = 60


def points_of(subset: Subset) -> Points:
    """The space a subset's members are from."""
    return state.serve_pictures(state.view().of_ids(subset.ids))


def members(subset: Subset) -> None:
    """What it grows from."""
    points = points_of(subset)
    st.caption(f"{len(subset.members):,} members, {len(subset.rejected):,} rejected so far")
    pictures.of_rows(
        points.rows(subset.ids), points, key=f"grow members {subset.key}", height=430, size=72, selectable=False
    )


def candidates(subset: Subset) -> None:
    """The most alike images that were not decided on yet; checked ones are accepted or rejected."""
    points = points_of(subset)
    found = ranked(points.index, points.vectors, points.rows(subset.ids), points.rows(subset.rejected), k=SHOWN)
    if not len(found.rows):
        st.info("Nothing left to propose: the subset has no members in this build, or everything was decided.")
        return
    scores = dict(zip(found.rows.tolist(), found.similarities.tolist(), strict=True))
    st.caption(
        "Ranked by cosine similarity in the original space, not on the map. Check the images that belong "
        "(Shift for a range) and accept them, or check those that do not and reject them: the ranking follows."
    )
    actions = st.container()
    checked = pictures.of_rows(
        list(scores),
        points,
        key=f"candidates {subset.key}",
        height=470,
        scores=scores,
        revision=str(len(subset.rejected)),
    )
    with actions:
        _actions(subset, checked, scores)


def _actions(subset: Subset, checked: Sequence[int], scores: Mapping[int, float]) -> None:
    left, middle, right = st.columns(3)
    count = f"{len(checked):,} checked" if checked else "checked"
    chosen = {row: scores[row] for row in checked}
    rest = {row: score for row, score in scores.items() if row not in chosen}
    left.button(
        f"Accept {count}",
        type="primary",
        icon=":material/check:",
        disabled=not checked,
        on_click=_accept,
        args=(subset, chosen),
        width="stretch",
    )
    middle.button(
        f"Reject {count}",
        icon=":material/close:",
        disabled=not checked,
        on_click=_reject,
        args=(subset, chosen),
        width="stretch",
    )
    right.button(
        f"Accept checked, reject other {len(rest):,}",
        disabled=not checked or not rest,
        on_click=_split,
        args=(subset, chosen, rest),
        width="stretch",
    )


def _accept(subset: Subset, scores: Mapping[int, float]) -> None:
    ids = points_of(subset).ids
    accepted = [Member(ids[row], "grown", score) for row, score in scores.items()]
    if state.attempt(state.decisions().add_members, subset.key, accepted, context=state.context()):
        state.say(f"{points_of(subset).counted(len(accepted))} added to “{subset.name}”.")


def _reject(subset: Subset, scores: Mapping[int, float]) -> None:
    ids = points_of(subset).ids
    rejected = {ids[row]: score for row, score in scores.items()}
    if state.attempt(state.decisions().reject_candidates, subset.key, list(rejected), scores=rejected):
        state.say(f"{points_of(subset).counted(len(rejected))} will not be proposed again for “{subset.name}”.")


def _split(subset: Subset, accepted: Mapping[int, float], rejected: Mapping[int, float]) -> None:
    _accept(subset, accepted)
    _reject(subset, rejected)
