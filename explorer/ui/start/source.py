"""The first step of a new workspace: where its data are, on this machine or on the person's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explorer.actions.place import discard, free_place
from explorer.actions.receive import RECEIVED_ENDINGS, receive
from explorer.errors import ExplorerError
from explorer.ui.session import workspaces
from explorer.ui.session.text import sentence
from explorer.ui.start import draft, folders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile

SOURCES = frozenset([".csv", ".tsv", ".txt", ".parquet", ".jsonl", ".ndjson", ".json", ".xml", ".yaml", ".yml"])
"""Endings of files that a workspace can be made from."""


class Predictions(NamedTuple):
    """What predictions may come as: in words, and what the button says that takes a folder; empty where none may be."""

    said: str
    folder: str = ""


OF_CLASSES = Predictions("A table with image, prediction and confidence.")
OF_BOXES = Predictions("A table of boxes, COCO results, or a folder of YOLO text files.", "Use the folder")

_HERE, _DROPPED = "On this machine", "Drop files here"


def draw() -> None:
    """Ask for the data."""
    ways = [_HERE, _DROPPED] if workspaces.roots().folders else [_DROPPED]
    way = st.segmented_control("Where are your data?", ways, default=ways[0], required=True, key="data_are")
    if way == _HERE:
        _on_this_machine()
    else:
        _dropped()


def _on_this_machine() -> None:
    st.caption(
        "Open the folder of your images and use it, or choose a file: a table with a column of image paths, a COCO, "
        "Label Studio or CVAT file, or the data.yaml of a YOLO data set. A folder for each class gives labels."
    )
    chosen = folders.choose("source", suffixes=SOURCES, folders="Use the folder")
    if chosen:
        draft.begin(chosen)
        st.rerun()


def _dropped() -> None:
    if not workspaces.roots().folders:
        st.caption(folders.NO_ROOTS)
    most = st.get_option("server.maxUploadSize")
    st.caption(
        f"Images, or a ZIP of them with its folders; a table, COCO, YOLO, Label Studio or CVAT file together with its "
        f"images. Each file up to {most} MB. They are copied into the new workspace."
    )
    files = st.file_uploader(
        "Images, a ZIP, or a table with images",
        type=RECEIVED_ENDINGS,
        accept_multiple_files=True,
        key=f"dropped {st.session_state.rounds}",
        label_visibility="collapsed",
    )
    counted = "these files" if not files else "this file" if len(files) == 1 else f"these {len(files):,} files"
    if st.button(f"Use {counted}", type="primary", icon=":material/check:", disabled=not files):
        _receive(files)


def _receive(files: Sequence[UploadedFile]) -> None:
    """Keep the files in a new workspace, which is taken back where there is nothing in them to build from."""
    name = files[0].name.rpartition(".")[0] if len(files) == 1 else "dropped images"
    folder = free_place(workspaces.new_folder(), name)
    try:
        with st.spinner("Keeping your files…"):
            source = receive(folder, [(file.name, file.getvalue()) for file in files])
    except ExplorerError as error:
        discard(folder)
        st.error(sentence(str(error)), icon=":material/error:")
        return
    st.session_state.rounds += 1
    draft.begin(source, folder)
    st.rerun()
