"""New images and boxes on the frozen maps, with the edge cases they match."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from explorer.boxes import with_margin
from explorer.incoming import INCOMING, incoming, last_figures
from explorer.store.artefacts import artefact_key
from explorer.ui import pictures, scatter, state
from explorer.ui.colouring import OKABE_ITO, TABLEAU
from explorer.ui.gallery import Item, gallery
from explorer.ui.points import MARGIN
from explorer.ui.routes import server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.ui.points import Points

NOTHING = "no match"
HEIGHT = 640
_SHOWN = 500


class Batch:
    """The old points of one map and the new ones behind them, as one collection of pictures.

    Attributes:
        table: what is new on this map; see `explorer.incoming.Incoming`.
        points: what was there.
        old: number of old points, which are the first rows.
    """

    def __init__(self, points: Points, table: pd.DataFrame) -> None:
        self.points = points
        self.table = table
        self.old = len(points)
        self.key = "incoming-" + artefact_key(build=points.key, ids=list(table.index), at=list(table["arrived_at"]))

    @cached_property
    def subsets(self) -> list[str]:
        """What is new matches these, the most frequent first, then no match."""
        counts = self.table["subset"].value_counts()
        return [*counts.index, NOTHING] if self.table["subset"].isna().any() else list(counts.index)

    @property
    def cache_folder(self) -> Path:
        """Where thumbnails are kept."""
        return self.points.cache_folder

    def filepath(self, row: int) -> Path:
        """The image of a row."""
        return self.points.filepath(row) if row < self.old else Path(self.table["filepath"].iloc[row - self.old])

    def digest(self, row: int) -> str:
        """SHA-256 of the row's image."""
        return self.points.digest(row) if row < self.old else str(self.table["digest"].iloc[row - self.old])

    def crop(self, row: int) -> tuple[float, float, float, float] | None:
        """The part of the image that a box's picture shows; None for a whole image."""
        if row < self.old:
            return self.points.crop(row)
        box = self.table["box"].iloc[row - self.old] if "box" in self.table else None
        return with_margin(json.loads(box), MARGIN) if isinstance(box, str) else None

    def facts(self, row: int) -> list[tuple[str, str]]:
        """What is known of a row."""
        if row < self.old:
            return self.points.facts(row)
        known = self.table.iloc[row - self.old]
        said = [(one["name"], f"{one['similarity']:.2f}") for one in json.loads(known["matches"])]
        own = [(name, str(known[name])) for name in ("sample", "label") if isinstance(known.get(name), str)]
        return [("id", str(self.table.index[row - self.old])), *own, *(said or [("match", "none")])]


def batch() -> Batch | None:
    """All that was matched so far and belongs on one of this build's maps, the chosen one; None where nothing does."""
    built = state.view().workspace.manifest.spaces
    table = incoming(state.view().workspace)
    spaces = [space for space in dict.fromkeys(table["space"]) if space in built]
    if not spaces:
        return None
    space = _chosen(spaces) if len(spaces) > 1 else spaces[0]
    opened = Batch(state.named_points(space), table[table["space"] == space])
    server().register_images(opened.key, opened)
    return opened


def _chosen(spaces: Sequence[str]) -> str:
    names = {"image": "Images", "label": "Labelled boxes"}
    return st.segmented_control(
        "Show",
        spaces,
        default=spaces[0],
        required=True,
        key="incoming_space",
        format_func=lambda space: names.get(space, f"Boxes on the map of {space.partition('/')[2]}"),
    )


def draw(batch: Batch) -> None:
    """The map with what is new on it, and pictures by what they match."""
    names = batch.subsets
    subset = batch.table["subset"].fillna(NOTHING)
    codes = np.array([names.index(name) for name in subset], np.uint16)
    left, right = st.columns([8, 5], gap="medium")
    with left:
        _map(batch, codes)
    with right:
        counts = subset.value_counts()
        chosen = st.pills(
            "Matches",
            names,
            default=names[0],
            format_func=lambda name: f"{name} ({counts.get(name, 0):,})",
            key=f"match {batch.points.name}",
        )
        rows = np.flatnonzero(subset == chosen)[:_SHOWN] if chosen else np.arange(min(len(subset), _SHOWN))
        similarity = batch.table["similarity"].to_numpy(np.float64)
        items = [
            Item(batch.old + int(row), str(batch.table.index[row]), score="" if np.isnan(s) else f"{s:.2f}")
            for row, s in zip(rows, similarity[rows], strict=True)
        ]
        gallery(items, collection=batch.key, height=HEIGHT - 170, selectable=False, key="incoming")
        arrived = batch.table["arrived_at"].max()
        st.caption(
            f"{batch.points.counted(len(batch.table))} so far, the last on {arrived}; kept in {INCOMING}/ of the "
            f"workspace. Old points, in grey, have not moved: {pictures.plain(state.view().workspace.manifest.name)}."
        )
        _held_against()


def _map(batch: Batch, codes: np.ndarray) -> None:
    names = batch.subsets
    palette = OKABE_ITO if st.session_state.safe_colours else TABLEAU
    counts = np.bincount(codes, minlength=len(names)).tolist()
    missing = np.full(batch.old, len(names), np.uint16)  # old points are the background
    xy = batch.table[["x", "y"]].to_numpy(np.float32)
    scatter.scatter(
        points=np.vstack([batch.points.xy, xy]),
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


def _held_against() -> None:
    """How good each detector was on what it was not made from."""
    figures = last_figures(state.view().workspace)
    if not figures:
        return
    with st.expander("How sure the last matches are"):
        rows = [
            {
                "Subset": one["name"],
                "Of": one["of"],
                "False alarms set": f"{one['false_alarm']:.1%}",
                "Measured": "{:.1%} ({:.1%} to {:.1%})".format(*one["measured_false_alarm"]),
                "Members recognised": "–" if one["recall"] is None else f"{one['recall']:.0%}",
            }
            for one in figures
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
        st.caption(
            "Measured on ordinary points that had no part in setting the threshold, with a 95% interval; members are "
            "recognised when they are left out of their own subset."
        )
