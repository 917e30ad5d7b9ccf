"""What the Evaluate page says where no model can be held against labels, and what can be looked at meanwhile."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.signals.neighborhood import DISAGREEMENT
from explorer.ui.session import opened, search

_MOST = 0.5
"""From this share of neighbours on, more of them than not disagree."""


def draw() -> None:
    """Say what is missing, and lead to the labels that are worth a look."""
    view = opened.view()
    if not view.models:
        how = "a table with `image`, `prediction` and `confidence`"
        boxes = "COCO results or a folder of YOLO files"
        st.info(
            "No predictions yet. Add them on the Dataset page, or with `edgecase add-predictions WORKSPACE NAME=FILE`: "
            f"{boxes if view.has_boxes else how}.",
            icon=":material/info:",
        )
    if not view.labelled:
        later = (
            "Give a table with `image` and `label` on the Loop page, under Returned labels, or to "
            "`edgecase import-labels WORKSPACE FILE`"
        )
        how = "Add annotations in the ground truth" if view.has_boxes else later
        st.info(f"No labels to compare with yet. {how}.", icon=":material/info:")
    if DISAGREEMENT in view.samples:
        _labels_in_doubt()


def _labels_in_doubt() -> None:
    """Lead to the images that most of their neighbours are called something else than."""
    images = opened.view().images
    rows = np.flatnonzero(images.table.frame[DISAGREEMENT].to_numpy(np.float64) > _MOST)
    st.markdown(
        f"The labels can be looked at already: of **{images.space.counted(len(rows))}** most of the nearest ones are "
        "called something else. Their labels may be wrong, or they are edge cases."
    )
    if st.button(f"Show the {len(rows):,} on the map", disabled=not len(rows), icon=":material/scatter_plot:"):
        search.show_on_map(rows.tolist(), "filter", images)
        st.session_state.colour = DISAGREEMENT
        st.switch_page("map.py")
