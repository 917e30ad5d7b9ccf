"""The examples of a category: where each comes from, which count, how often they were judged, and retiring some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from explorer.actions.analyzed import analyzed
from explorer.actions.hygiene import changes, examples, groupings, retire_examples, uses
from explorer.data.counts import counted
from explorer.points.cache import Cache
from explorer.ui.session import fragments, messages, opened, text
from explorer.ui.subsets.detail import ORIGINS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.actions.hygiene import Example
    from explorer.data.categories import Category

_WAYS = {"itself": "in the training split", "copy": "near copy of {}", "group": "hangs together with {}"}
_NONE = "–"
_examples: Cache[list[Example]] = Cache(16)


def draw(category: Category) -> None:
    """Draw the examples once somebody asks for them: copies are looked for."""
    if not st.toggle("Where each example comes from, and which count", key=f"hygiene of {category.key}"):
        return
    columns = [name or _NONE for name in groupings(opened.view())]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        group = st.selectbox("Together by", columns, key="hygiene group", help=_TOGETHER, width=260)
    found = _found(category, None if group == _NONE else group)
    st.markdown(_summary(found))
    chosen = [one.id for one in _table(category, found)]
    if st.button(
        f"Retire {counted(len(chosen), 'example')}…" if chosen else "Retire examples…",
        icon=":material/archive:",
        disabled=not chosen,
        key=f"retire examples {category.key}",
        help="They leave the category with a reason; nothing is deleted, and verdicts stay as they are.",
    ):
        _retire(category, chosen)
    with st.expander("Changelog", icon=":material/history:"):
        for event in changes(opened.view().workspace, category.key):
            st.caption(f"{event.time:%Y-%m-%d %H:%M} {text.plain(event.sentence)}{' (undone)' * event.undone}")


_TOGETHER = "A column such as patient, scene or video: what the training split has of it does not count."


def _found(category: Category, group: str | None) -> list[Example]:
    view, newest = opened.view(), opened.decisions().standing().sequence
    key = (view.key, category.key, group, newest)
    return _examples.get(key, lambda: examples(analyzed(view, group_by=group), category.key))


def _summary(found: Sequence[Example]) -> str:
    counting = sum(one.leak is None for one in found)
    used = uses(opened.view().workspace, [one.id for one in found])
    judged = "; ".join(f"{use.examples:,} in “{text.cell(use.round)}” ({text.cell(use.model)})" for use in used)
    return f"**{counting:,} of {counted(len(found), 'example')} count.** Judged before: {judged or 'never'}."


def _table(category: Category, found: Sequence[Example]) -> list[Example]:
    """The examples; those that are chosen."""
    frame = pd.DataFrame(
        {
            "Example": [one.id for one in found],
            "Counts": [one.leak is None for one in found],
            "Why not": [_WAYS[one.leak.way].format(one.of) if one.leak else "" for one in found],
            "Found by": [ORIGINS.get(one.origin, one.origin) for one in found],
            "Who": [one.author for one in found],
            "Split": [one.split for one in found],
        }
    )
    event = st.dataframe(
        frame,
        key=f"examples table {category.key} {len(found)}",
        hide_index=True,
        width="stretch",
        height=min(320, 38 + 35 * max(1, len(found))),
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
    )
    return [found[row] for row in event.selection.rows]


@fragments.dialog("Retire examples")
def _retire(category: Category, ids: Sequence[str]) -> None:
    st.markdown(
        f"{counted(len(ids), 'example leaves', 'examples leave')} “{text.cell(category.name)}”. "
        "Its subsets keep them among what they rejected, and what reviewers said of them stays."
    )
    reason = st.text_input("Why do they no longer count?", key=f"reason of examples {category.key}")
    if st.button("Retire", type="primary", width="stretch"):
        workspace = opened.view().workspace
        if messages.attempt(lambda author: retire_examples(workspace, category.key, ids, author=author, reason=reason)):
            messages.say(f"Retired {counted(len(ids), 'example')}.")
            st.rerun()
        messages.show_refusal()
