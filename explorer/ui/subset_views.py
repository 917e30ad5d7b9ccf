"""One subset on a page: its images, and everything that can be done with it."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import ExplorerError
from explorer.exporters.copies import export_images
from explorer.exporters.tables import csv_bytes
from explorer.package import relabel_package
from explorer.ui import pictures, state
from explorer.ui.growing import points_of
from explorer.ui.tagging import CATEGORIES

if TYPE_CHECKING:
    from explorer.store.decisions import Subset

NONE_YET = (
    "No edge-case subsets yet. Lasso a suspicious cluster on the Map and press **Tag**, or run "
    '`edgecase subset create WORKSPACE NAME --where "column=value"`.'
)


def choose(subsets: list[Subset]) -> Subset:
    """Let the person choose one of at least one subset; the choice is kept while they visit other pages."""
    keys = [subset.key for subset in subsets]
    names = {subset.key: f"{subset.name} ({len(subset.members):,})" for subset in subsets}
    if st.session_state.subset not in keys:
        st.session_state.subset = keys[0]
    st.selectbox("Subset", keys, key="subset", format_func=lambda key: names.get(key, key))
    return next(subset for subset in subsets if subset.key == st.session_state.subset)


def head(subset: Subset) -> None:
    """Name, category, note, and who made it when."""
    st.markdown(f"#### {pictures.plain(subset.name)}")
    if subset.category:
        st.badge(pictures.plain(subset.category))
    if subset.note:
        st.text(subset.note)
    st.caption(
        f"{len(subset.members):,} images · made by {pictures.plain(subset.created_by)} on "
        f"{subset.created_at:%Y-%m-%d %H:%M} UTC"
    )


def actions(subset: Subset) -> None:
    """Show on the map, grow, edit, delete."""
    one, two, three, four = st.columns(4)
    if one.button("Show on map", icon=":material/scatter_plot:", width="stretch", type="primary"):
        points = points_of(subset)
        state.select_rows(points.rows(subset.ids), "subset", among=points)
        st.session_state.search = None
        st.switch_page("map.py")
    if two.button("Grow", icon=":material/hub:", width="stretch"):
        st.switch_page("grow.py")
    if three.button("Edit…", icon=":material/edit:", width="stretch"):
        _edit(subset)
    if four.button("Delete", icon=":material/delete:", width="stretch", help="It can be restored below."):
        state.attempt(state.decisions().delete_subset, subset.key)
        state.say(f"Deleted “{subset.name}”. Restore it under Deleted, or with Undo.")
        st.rerun()


@st.dialog("Edit subset")
def _edit(subset: Subset) -> None:
    name = st.text_input("Name", subset.name)
    options = list(dict.fromkeys([*([subset.category] if subset.category else []), *CATEGORIES]))
    index = 0 if subset.category else None
    category = st.selectbox("Category", options, index=index, accept_new_options=True) or ""
    note = st.text_area("Note", subset.note, max_chars=2000)
    if st.button("Save", type="primary", width="stretch"):
        if state.attempt(state.decisions().edit_subset, subset.key, name=name, note=note, category=category):
            st.rerun()
        state.show_refusal()


def members(subset: Subset) -> None:
    """The member images; checked ones can be taken out."""
    points = points_of(subset)
    rows = points.rows(subset.ids)
    missing = len(subset.members) - len(rows)
    if missing:
        st.warning(f"{missing:,} members are not in the current build; they stay in the subset.")
    given = {row: subset.members[points.ids[row]].score for row in rows}
    scores = {row: score for row, score in given.items() if score is not None}
    checked = pictures.of_rows(
        rows, points, key=f"members {subset.key}", height=420, scores=scores, empty="No members yet."
    )
    if checked and st.button(f"Take {len(checked):,} out of {subset.name}", icon=":material/remove:"):
        state.attempt(state.decisions().remove_members, subset.key, points.ids_of(checked))
        st.rerun()


def export(subset: Subset) -> None:
    """Download the subset as CSV or as images with their manifest."""
    package = relabel_package(state.view().workspace, subset)
    stem = "".join(letter if letter.isalnum() else "-" for letter in subset.name).strip("-") or "subset"
    one, two, three = st.columns(3)
    csv = csv_bytes(package.table)
    one.download_button("Export CSV", csv, f"{stem}.csv", "text/csv", icon=":material/download:", width="stretch")
    two.download_button(
        "Export manifest", package.manifest(), f"{stem}.manifest.json", "application/json", width="stretch"
    )
    if three.button("Prepare images (ZIP)", width="stretch"):
        try:
            with st.spinner("Packing images…"):
                data, left_out = zipped(subset)
        except ExplorerError as error:
            st.error(str(error))
            return
        for skipped in left_out:
            st.warning(f"Left out {skipped}")
        st.download_button("Download images (ZIP)", data, f"{stem}.zip", "application/zip", type="primary")


def zipped(subset: Subset) -> tuple[bytes, list[str]]:
    """Pack the images with their manifest; gives the bytes, and what was left out and why."""
    package = relabel_package(state.view().workspace, subset)
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as scratch:
        written = export_images(package, Path(scratch) / "subset")
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(written.path.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(written.path))
    return buffer.getvalue(), [f"{one.filepath}: {one.reason}" for one in written.left_out]


def deleted() -> None:
    """Deleted subsets, each one click from being back."""
    gone = state.decisions().state().deleted
    if not gone:
        return
    with st.expander(f"Deleted ({len(gone)})"):
        for subset in gone:
            left, right = st.columns([4, 1], vertical_alignment="center")
            left.markdown(f"{pictures.plain(subset.name)} :gray[({len(subset.members):,} images)]")
            right.button(
                "Restore",
                key=f"restore {subset.key}",
                on_click=state.attempt,
                args=(state.decisions().restore_subset, subset.key),
                width="stretch",
            )


def history(subset: Subset | None = None) -> None:
    """What was decided, newest first."""
    with st.expander("History"):
        for event in state.decisions().history(subset.key if subset else None, limit=100):
            line = pictures.plain(event.sentence)
            text = f"~~{line}~~ (undone)" if event.undone else line
            st.markdown(f":gray[{event.time:%Y-%m-%d %H:%M}] {text}")
