"""Downloading a snapshot of the map."""

from __future__ import annotations

import streamlit as st

from explorer.actions.snapshot import snapshot_page
from explorer.errors import ExplorerError
from explorer.exporters.snapshot import one_file
from explorer.ui.session import opened, text


def draw() -> None:
    """Offer the map as one file that opens without a server."""
    subsets = opened.decisions().state().subsets
    names = {subset.key: text.short(subset.name) for subset in subsets}
    with st.expander("Snapshot: the map as a page that opens without a server", icon=":material/ios_share:"):
        st.caption(
            "One HTML file with the map, the names on it, and small pictures of the subsets' members and of a sample. "
            "It is read only, asks no server for anything, and names no folder of this machine."
        )
        chosen = st.multiselect(
            "Subsets in it",
            list(names),
            list(names),
            key="snapshot_subsets",
            format_func=lambda key: names.get(key, key),
        )
        if st.button("Prepare the snapshot", icon=":material/ios_share:"):
            _prepare(chosen)


def _prepare(keys: list[str]) -> None:
    workspace = opened.view().workspace
    try:
        with st.spinner("Making pictures…"):
            page = snapshot_page(workspace, keys)
    except ExplorerError as error:
        st.error(text.sentence(str(error)), icon=":material/error:")
        return
    for sentence in page.said:
        st.caption(text.plain(sentence))
    file = f"{text.file_stem(workspace.manifest.name)}.html"
    st.download_button("Download the snapshot", one_file(page), file, "text/html", type="primary")
