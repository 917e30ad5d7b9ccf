"""The workspace's CLIP model, loaded once for all sessions and all workspaces that were built with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.search import model_of
from explorer.ui.session import opened

if TYPE_CHECKING:
    from explorer.embedding.clip import ClipModel


def model() -> ClipModel:
    """The workspace's CLIP model, loaded once.

    Raises:
        ModelError: the workspace was built from own vectors, or the model cannot be loaded.
    """
    return _model(str(opened.view().workspace.manifest.model["key"]))


@st.cache_resource(show_spinner=False, max_entries=2)
def _model(key: str) -> ClipModel:  # noqa: ARG001 - the cache's key, where `_key` would not be
    return model_of(opened.view().workspace)
