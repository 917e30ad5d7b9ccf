"""Every session key with its first value.

Session state holds ids, strings, numbers and small frozen tuples; arrays live in the opened `View`.
"""

from __future__ import annotations

from secrets import token_hex
from typing import Any

import streamlit as st

from explorer.actions.analyzed import BUDGET, SEED
from explorer.data.corrections import GIVEN
from explorer.data.spaces import Space
from explorer.ui.session import fragments, identity, judged, kept, search, thresholds
from explorer.ui.session.filters import show_everything
from explorer.ui.session.messages import show_said
from explorer.ui.session.opened import given_view, view

SUBSETS, CATEGORIES = "Subsets", "Categories"
"""What the Subsets page lists, one at a time."""


def keep(page: str) -> None:
    """Give every session key its first value, or on another page than before its last one."""
    kept.keep({**_of_session(), **_of_map(), **_of_selection(), **_of_findings(), **_of_subsets(), **_of_loop()}, page)
    fragments.begin()
    show_said()


def _of_session() -> dict[str, Any]:
    """Who looks, and at which part of what."""
    return {
        "author": identity.kept_name(),
        "tab": token_hex(),
        "build": None,
        "first_look": None,
        "labels": GIVEN,
        "judged": "",
        "model": None,
        "iou": 0.5,
        "confidence": None,
        "follows": None,
        "view": None,
        "saving": None,
        "evaluate tab": "Overview",
        "evaluate numbers": "Counts",
        "evaluate pattern": "How often",
        "evaluate cost of false alarm": 1.0,
        "evaluate cost of miss": 1.0,
    }


def _of_map() -> dict[str, Any]:
    """Where points lie, and how they are drawn."""
    return {
        "space": Space.IMAGE.value,
        "encoder": "",
        "layout": "",
        "placement": "",
        "colour": None,
        "safe_colours": False,
        "map_layer": "off",
        "point_size": None,
        "point_opacity": None,
        "filter_columns": [],
        "hidden": {},
        "bounds": {},
        "zoom": None,
        "arrangements": {},
        "linked": False,
        "names": True,
        "ringed": None,
    }


def _of_selection() -> dict[str, Any]:
    """What is selected, found and opened, and how the panel beside the map shows it."""
    return {
        "history": ((),),
        "search": None,
        "asked": "",
        "dropped": None,
        "search_count": search.COUNT,
        "search_least": None,
        "opened": None,
        "tagging": False,
        "editing": False,
        "labelling": False,
        "edition": 0,
        "checks": {},
        "pages": 1,
        "open_tab": "images",
        "charted": None,
        "tabled": None,
        "sorted_by": None,
        "falling": False,
        "compared": (),
    }


def _of_findings() -> dict[str, Any]:
    """What analyses claim, and the labels that they doubt."""
    return {
        "finding_kind": None,
        "finding_page": 0,
        "show_dismissed": False,
        "label_budget": BUDGET,
        "analysis_seed": SEED,
        "analysis_encoders": (),
        "analysis_groups": None,
        "analysis_between": None,
        "label_at": None,
        "label_pair": None,
        "label_later": (),
        "analysed": "",
    }


def _of_subsets() -> dict[str, Any]:
    """Which subset, category and round of review is shown."""
    return {
        "subset": None,
        "subset_tab": "Images",
        "subsets_part": SUBSETS,
        "category": None,
        "review_round": None,
        "review_started": None,
        "review_part": "",
        "review_as": "",
    }


def _of_loop() -> dict[str, Any]:
    """What comes back and what comes new: returned labels, model versions, batches."""
    return {
        "loop_part": "Overview",
        "returned_form": "what it looks like",
        "returned_path": "",
        "returned_kinds": [],
        "returned_left": frozenset(),
        "downloaded": [],
        "version_before": None,
        "version_after": None,
        "version_part": None,
        "batch": None,
        "rounds": 0,
        "false_alarm": 5.0,
        "left_out": (),
    }


def start() -> None:
    """Open the workspace, and drop what speaks of another build of it."""
    others = judged.follow(given_view())
    before, now = st.session_state.build or [], view().workspace.rows_key
    if now[: len(before)] != before:
        _forget_build()
    st.session_state.build = now
    if st.session_state.model not in view().models:
        st.session_state.model = next(iter(view().models), None)
    for layer, known in (("encoder", view().workspace.encoders), ("layout", view().workspace.layouts)):
        if st.session_state[layer] not in known:
            st.session_state[layer] = ""
    if st.session_state.space not in view().spaces(st.session_state.encoder):
        st.session_state.space = Space.IMAGE.value
    thresholds.start(anew=others)


def _forget_build() -> None:
    """Drop what speaks of rows and columns of a former build."""
    show_everything()
    st.session_state.update(history=((),), search=None, opened=None, checks={}, compared=(), ringed=None)
