"""The CLIP model of the encoder that is looked at, loaded once for all sessions and all workspaces that have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.search import chance_of, model_of
from explorer.ui.session import opened

if TYPE_CHECKING:
    from explorer.embedding.clip import ClipModel
    from explorer.points.space_points import SpacePoints
    from explorer.subsets.chance import Chance


def model(encoder: str | None = None) -> ClipModel:
    """The CLIP model of an encoder, by default of the one that is looked at; loaded once.

    Raises:
        ModelError: its vectors are the user's own, or the model cannot be loaded.
    """
    name = opened.encoder() if encoder is None else encoder
    return _model(str(opened.view().workspace.model_about(name)["key"]), name)


@st.cache_resource(show_spinner=False, max_entries=2)
def _model(key: str, _encoder: str) -> ClipModel:  # noqa: ARG001 - the cache's key, where `_key` would not be
    return model_of(opened.view().workspace, _encoder)


def chance(points: SpacePoints) -> Chance:
    """What phrases without meaning find among these points, at least one, in the encoder that is looked at."""
    return _chance(points.key, points)


@st.cache_resource(show_spinner=False, max_entries=16)
def _chance(key: str, _points: SpacePoints) -> Chance:  # noqa: ARG001 - as `_model`
    return chance_of(_points, model(_points.name.encoder))
