"""Bringing new images and other people's edge cases in, and handing the own ones on, from the browser."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from explorer.actions.add import add
from explorer.actions.library import export_library, import_library
from explorer.data.counts import counted
from explorer.data.images import IMAGE_SUFFIXES
from explorer.errors import ExplorerError
from explorer.ui.loop.incoming import attempted
from explorer.ui.session import messages, opened, text, uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from explorer.actions.add import Added
    from explorer.data.records import Progress


def new_images(*, expanded: bool) -> None:
    """Take new images, place them on the maps and hold them against the subsets."""
    if not opened.view().understands_text():
        st.info(
            "This workspace was built from your own vectors, so new images come with theirs: `edgecase add WORKSPACE "
            "SOURCE --vectors FILE`.",
            icon=":material/info:",
        )
        return
    for sentence in st.session_state.left_out:
        st.warning(text.plain(sentence))
    with st.expander("Add new images", icon=":material/add_photo_alternate:", expanded=expanded):
        dropped = st.file_uploader(
            "New images",
            type=sorted(suffix.removeprefix(".") for suffix in IMAGE_SUFFIXES),
            accept_multiple_files=True,
            key=f"new_images {st.session_state.rounds}",  # a round that was added leaves an empty one
            help="For a whole folder, or with boxes: `edgecase add WORKSPACE SOURCE`.",
        )
        left, right = st.columns(2)
        name = left.text_input(
            "Name of the batch",
            key=f"batch_name {st.session_state.rounds}",
            placeholder="for example: night shift (default: the time)",
            max_chars=80,
        )
        right.number_input(
            "False alarms allowed, in percent of ordinary images", 0.1, 50.0, step=1.0, key="false_alarm"
        )
        label = "Add" if not dropped else f"Add {counted(len(dropped), 'image')}"
        if st.button(label, type="primary", disabled=not dropped, icon=":material/add_photo_alternate:"):
            _add(dropped, name.strip())


def _add(dropped: Sequence[UploadedFile], name: str) -> None:
    workspace, rate = opened.view().workspace, st.session_state.false_alarm / 100
    name = name or f"{datetime.now(UTC):%Y-%m-%d %H.%M.%S}"

    def act(tell: Callable[[Progress], None]) -> Added:
        table = _kept(dropped, workspace.paths.uploads, name)
        try:
            with uploads.told_without(table.parent):
                return add(workspace, table, batch=name, false_alarm=rate, on_progress=tell)
        except BaseException:  # nothing was added; reruns of Streamlit are no exceptions of the ordinary kind
            shutil.rmtree(table.parent, ignore_errors=True)
            raise

    done = attempted("Adding…", act)
    if done is None:
        return
    st.session_state.rounds += 1
    left_out = [*done.refused, *done.skipped]
    st.session_state.left_out = tuple(f"Left out {Path(one.filepath).name}: {one.reason}" for one in left_out)
    if done.unmatched:
        st.session_state.left_out += (f"Not matched with any edge case: {done.unmatched}",)
    st.session_state.batch = done.name
    added, twice = opened.view().images.space.counted(len(done.ids)), len(dropped) - len(done.ids) - len(left_out)
    repeated = f", {twice:,} of the files were dropped twice" if twice > 0 else ""
    messages.say(f"{added} added{repeated}; {len(done.matches):,} match a subset.")
    st.rerun()


def _kept(dropped: Sequence[UploadedFile], parent: Path, batch: str) -> Path:
    """Write uploads into a new folder of the workspace, each image once, and a table that calls each BATCH/NAME."""
    folder = parent / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{token_hex(4)}"
    folder.mkdir(parents=True)
    named = {upload.getvalue(): uploads.own_name(upload) for upload in reversed(dropped)}
    files = []
    for number, (content, name) in enumerate(reversed(named.items())):
        place = folder / name if not (folder / name).exists() else folder / f"{number} {name}"
        place.write_bytes(content)
        files.append(place.name)
    table = pd.DataFrame({"id": [f"{batch}/{name}" for name in files], "image": files})
    table.to_csv(folder / "images.csv", index=False)
    return folder / "images.csv"


def library() -> None:
    """Hand the edge-case library on, or take one in."""
    with st.expander("Edge-case library", icon=":material/menu_book:"):
        st.caption(
            "Every subset as a detector, in one file: whoever imports it into a workspace of the same model finds your "
            "edge cases among their images."
        )
        left, right = st.columns(2)
        with left:
            _export()
        with right:
            _import()


def _export() -> None:
    if not st.button("Prepare the library file", width="stretch"):
        return
    try:
        with st.spinner("Calibrating…"), tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / "edge-cases.zip"
            left_out = export_library(opened.view().workspace, file, st.session_state.false_alarm / 100)
            content = file.read_bytes()
    except ExplorerError as error:
        st.error(text.sentence(str(error)))
        return
    for skipped in left_out:
        st.warning(text.plain(f"Left out {skipped.filepath}: {skipped.reason}"))
    st.download_button("Download edge-cases.zip", content, "edge-cases.zip", "application/zip", width="stretch")


def _import() -> None:
    upload = st.file_uploader("A library to import", type="zip", key="library_file", label_visibility="collapsed")
    if upload is None or not st.button("Import this library", width="stretch"):
        return
    try:
        with uploads.as_file(upload) as file:
            names, left_out = import_library(opened.view().workspace, file)
    except ExplorerError as error:
        st.error(text.sentence(str(error)))
        return
    st.success(f"{len(names):,} edge cases added: {', '.join(map(text.cell, names))}")
    for skipped in left_out:
        st.warning(text.sentence(f"Left out {skipped.filepath}: {skipped.reason}."))
