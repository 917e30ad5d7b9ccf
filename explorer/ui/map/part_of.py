"""What the selection is part of already, and what can be done next: grow, export, undo."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.ui.session import live_subsets, opened, text
from explorer.ui.widgets import tag_dialog

if TYPE_CHECKING:
    from explorer.data.records import Bool
    from explorer.data.subsets import Subset
    from explorer.store.workspace import Workspace

MOST = 3
"""Subsets that are named; others are counted."""


def draw(mask: Bool) -> None:
    """Say which subsets the points of `mask` are in, and how many of them, the most first."""
    found = _subsets_of(mask)
    for place, (subset, inside) in enumerate(found[:MOST]):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _one(subset, inside, int(mask.sum()))
            if not place:
                tag_dialog.undo_button()
    if len(found) > MOST:
        st.caption(f"Some are in {len(found) - MOST:,} more: see the Subsets page.")


def _subsets_of(mask: Bool) -> list[tuple[Subset, int]]:
    """The subsets that hold any of these points, with how many; of alike the one that was changed last."""
    points = opened.points()
    now = (live_subsets.now(subset).subset for subset in opened.decisions().state().subsets)
    counted = ((subset, int(mask[points.space.rows(subset.ids)].sum())) for subset in now)
    held = [(subset, inside) for subset, inside in counted if inside]
    return sorted(held, key=lambda one: (one[1], one[0].updated_at), reverse=True)


def _one(subset: Subset, inside: int, of: int) -> None:
    """One subset, and what can be done with it."""
    count = f"All {of:,} are" if inside == of > 1 else f"{inside:,} of {of:,} {'is' if inside == 1 else 'are'}"
    st.markdown(f"{count} in **{text.cell(subset.name)}**", width="stretch", help=text.whole(subset.name))
    if st.button("Grow", icon=":material/hub:", type="tertiary", key=f"part grow {subset.key}"):
        st.session_state.subset = subset.key
        st.switch_page("grow.py")
    st.download_button(
        "Export",
        partial(_csv, opened.view().workspace, subset),
        f"{text.file_stem(subset.name)}.csv",
        "text/csv",
        icon=":material/download:",
        type="tertiary",
        key=f"part export {subset.key}",
        on_click="ignore",
        help="As CSV; images and manifest on the Subsets page.",
    )


def _csv(workspace: Workspace, subset: Subset) -> bytes:
    from explorer.actions.export import Chosen, relabel_package
    from explorer.exporters.csv_table import csv_bytes

    return csv_bytes(relabel_package(workspace, Chosen((subset,))).table)
