"""New images on the frozen map, with the edge cases they match."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.library import INCOMING, incoming
from explorer.store.artefacts import artefact_key
from explorer.ui import pictures, scatter, state
from explorer.ui.colouring import OKABE_ITO, TABLEAU
from explorer.ui.gallery import Item, gallery
from explorer.ui.routes import server

if TYPE_CHECKING:
    import pandas as pd

    from explorer.ui.view import View

NOTHING = "no match"
HEIGHT = 640
_SHOWN = 500


class Batch:
    """The old points and the new ones behind them, as one collection of pictures.

    Attributes:
        table: the new images; see `explorer.library.Incoming`.
        old: number of old points, which are the first rows.
    """

    def __init__(self, view: View, table: pd.DataFrame) -> None:
        self._images = view.images
        self.table = table
        self.old = len(view.images)
        self.key = "incoming-" + artefact_key(build=view.key, ids=list(table.index), at=list(table["arrived_at"]))

    @cached_property
    def subsets(self) -> list[str]:
        """What the new images match, the most frequent first, then no match."""
        counts = self.table["subset"].value_counts()
        return [*counts.index, NOTHING] if self.table["subset"].isna().any() else list(counts.index)

    @property
    def cache_folder(self) -> Path:
        """Where thumbnails are kept."""
        return self._images.cache_folder

    def filepath(self, row: int) -> Path:
        """The image of a row."""
        return self._images.filepath(row) if row < self.old else Path(self.table["filepath"].iloc[row - self.old])

    def digest(self, row: int) -> str:
        """SHA-256 of the row's image."""
        return self._images.digest(row) if row < self.old else str(self.table["digest"].iloc[row - self.old])

    def crop(self, row: int) -> None:
        """Whole images."""

    def facts(self, row: int) -> list[tuple[str, str]]:
        """What is known of a row."""
        if row < self.old:
            return self._images.facts(row)
        known = self.table.iloc[row - self.old]
        said = [(one["name"], f"{one['similarity']:.2f}") for one in json.loads(known["matches"])]
        return [("id", str(self.table.index[row - self.old])), *(said or [("match", "none")])]


def batch() -> Batch | None:
    """All new images matched so far; None where there are none."""
    view = state.view()
    table = incoming(view.workspace)
    if not len(table):
        return None
    opened = Batch(view, table)
    server().register_images(opened.key, opened)
    return opened


def draw(batch: Batch) -> None:
    """The map with the new images on it, and their pictures by what they match."""
    names = batch.subsets
    subset = batch.table["subset"].fillna(NOTHING)
    codes = np.array([names.index(name) for name in subset], np.uint16)
    left, right = st.columns([8, 5], gap="medium")
    with left:
        _map(batch, codes)
    with right:
        counts = subset.value_counts()
        chosen = st.pills(
            "Matches", names, default=names[0], format_func=lambda name: f"{name} ({counts[name]:,})", key="match"
        )
        rows = np.flatnonzero(subset == chosen)[:_SHOWN] if chosen else np.arange(min(len(subset), _SHOWN))
        similarity = batch.table["similarity"].to_numpy(np.float64)
        items = [
            Item(batch.old + int(row), str(batch.table.index[row]), score="" if np.isnan(s) else f"{s:.2f}")
            for row, s in zip(rows, similarity[rows], strict=True)
        ]
        gallery(items, collection=batch.key, height=HEIGHT - 120, selectable=False, key="incoming")
        arrived = batch.table["arrived_at"].max()
        st.caption(f"{len(batch.table):,} new images, the last on {arrived}; kept in {INCOMING}/ of the workspace.")
        st.caption(f"Old points, in grey, have not moved: {pictures.plain(state.view().workspace.manifest.name)}.")


def _map(batch: Batch, codes: np.ndarray) -> None:
    names = batch.subsets
    palette = OKABE_ITO if st.session_state.safe_colours else TABLEAU
    counts = np.bincount(codes, minlength=len(names)).tolist()
    missing = np.full(batch.old, len(names), np.uint16)  # old points are the background
    xy = batch.table[["x", "y"]].to_numpy(np.float32)
    scatter.scatter(
        points=np.vstack([state.view().images.xy, xy]),
        colour=scatter.Categories(
            title="Incoming",
            codes=np.concatenate([missing, codes]).astype(np.uint16),
            names=names,
            colours=[palette[i % len(palette)] for i in range(len(names))],
            counts_total=counts,
            counts_visible=counts,
        ),
        collection=batch.key,
        layout_key=batch.key,
        height=HEIGHT,
        key="incoming map",
    )
