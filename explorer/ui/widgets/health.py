"""What is wrong with the files behind the app, and how to put it right."""

from __future__ import annotations

import streamlit as st

from explorer.store.derived.manifest import damaged_files
from explorer.store.paths import MANIFEST
from explorer.store.relocation import image_warning
from explorer.ui.session import opened, text

_ASK_AGAIN = 300
"""Seconds after which the image files are looked for again."""


def images() -> None:
    """Warn where image files are gone."""
    gone = _images_gone()
    if gone:
        st.warning(text.sentence(gone), icon=":material/broken_image:")


def images_once() -> None:
    """Warn where image files are gone, until the person has seen it."""
    gone = _images_gone()
    if gone and not st.session_state.get("images_gone_seen"):
        said, seen = st.columns([9, 1], vertical_alignment="center")
        said.warning(text.sentence(gone), icon=":material/broken_image:")
        seen.button("Hide", on_click=_hide, width="stretch")


def _hide() -> None:
    st.session_state.images_gone_seen = True


def _images_gone() -> str:
    path = opened.workspace_path()
    return _looked_for(str(path), (path / MANIFEST).stat().st_mtime_ns)


@st.cache_data(ttl=_ASK_AGAIN, show_spinner=False, max_entries=4)
def _looked_for(path: str, built: int) -> str:  # noqa: ARG001 - the cache's key
    return image_warning(opened.view().workspace)


def derived() -> None:
    """Warn where a derived file is not as a build wrote it."""
    path = opened.workspace_path()
    files = _damaged(str(path), (path / MANIFEST).stat().st_mtime_ns)
    if files:
        listed = ", ".join(map(text.plain, files[:3])) + (", …" if len(files) > 3 else "")  # noqa: PLR2004
        st.warning(
            f"{len(files):,} derived files are not as they were written ({listed}). Run the build again with the same "
            "source: it makes them anew; subsets and other decisions are kept.",
            icon=":material/warning:",
        )


@st.cache_data(ttl=_ASK_AGAIN, show_spinner="Checking files…", max_entries=4)
def _damaged(path: str, built: int) -> list[str]:  # noqa: ARG001 - the cache's key
    workspace = opened.view().workspace
    return [str(file.relative_to(workspace.path)) for file in damaged_files(workspace.path, workspace.manifest)]


def decisions() -> None:
    """Warn where events in the decisions database are not as they were written."""
    store = opened.decisions()
    damaged, warning = store.state().damaged, store.verified().warning
    if damaged:
        some = ", ".join(str(number) for number in damaged[:10]) + (", …" if len(damaged) > 10 else "")  # noqa: PLR2004
        warning = (
            f"{len(damaged):,} recorded decisions are damaged and left out (event {some}); all others are shown. "
            "Keep a copy with `edgecase backup`, and restore an earlier backup if they matter."
        )
    if warning:
        st.warning(text.sentence(warning), icon=":material/warning:")
