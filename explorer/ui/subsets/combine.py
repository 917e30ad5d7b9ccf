"""Making a subset of two others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.points.live_subsets import refuse_mixed
from explorer.store.decisions.combine import OPERATIONS, combine, combined
from explorer.ui.session import fragments, live_subsets, messages, opened, text

if TYPE_CHECKING:
    from explorer.store.decisions.combine import Operation
    from explorer.store.decisions.subsets import Event, Subset

_SAID = {
    "union": "in either",
    "intersection": "in both",
    "difference": "in the first but not in the second",
}


def button(subsets: list[Subset]) -> None:
    """Offer to combine; needs two subsets."""
    if st.button(
        "Combine…",
        icon=":material/join:",
        width="stretch",
        disabled=len(subsets) < 2,  # noqa: PLR2004
        help="A new subset of what is in either, in both, or in one but not in the other.",
    ):
        _dialog(subsets)


@fragments.dialog("Combine two subsets")
def _dialog(subsets: list[Subset]) -> None:
    found = {subset.key: live_subsets.now(subset).subset for subset in subsets}
    keys, names = list(found), {key: f"{text.short(one.name)} ({len(one.members):,})" for key, one in found.items()}
    first = st.selectbox("First", keys, key="combine_first", format_func=lambda key: names[key])
    others = [key for key in keys if key != first]
    second = st.selectbox("Second", others, key="combine_second", format_func=lambda key: names[key])
    operation = st.radio("What is", OPERATIONS, key="combine_operation", format_func=_SAID.__getitem__)
    count = len(combined(operation, found[first], found[second]))
    name = st.text_input("Name of the new subset", key="combine_name", max_chars=200)
    label = f"Save {count:,} as a new subset"
    if st.button(label, type="primary", width="stretch", disabled=not count):
        _save(name, operation, found[first], found[second])


def _save(name: str, operation: Operation, first: Subset, second: Subset) -> None:
    store, workspace = opened.decisions(), opened.view().workspace

    def make(author: str) -> Event:
        refuse_mixed(workspace, first, second)
        return combine(store, name, operation, first, second, author)

    made = messages.attempt(make)
    if made:
        st.session_state.subset = made.key
        messages.say(f"Saved “{text.cell(name)}”.")
        st.rerun()
    messages.show_refusal()
