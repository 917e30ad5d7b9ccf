"""Downloading a report of where the chosen model fails."""

from __future__ import annotations

import streamlit as st

from explorer.actions.report import Asked, Made, report_of, to_html
from explorer.errors import ExplorerError
from explorer.review.report_markdown import to_markdown
from explorer.ui.session import opened, text


def button(round_name: str | None = None) -> None:
    """Offer the report of the chosen model, as one HTML file or as Markdown.

    Args:
        round_name: of which round of review; the newest one of the model where none is named.
    """
    if st.button("Report…", icon=":material/lab_profile:", key="report", help="Where the model fails, as one file"):
        _offer(round_name)


@st.dialog("Report", width="medium")
def _offer(round_name: str | None) -> None:
    model = opened.model()
    st.markdown(
        f"Where **{text.cell(str(model))}** fails: categories against thresholds, failure modes with their images, "
        "patterns, agreement, coverage, and what changed since the version before. One file that opens without a "
        "network and prints page by page. `edgecase report` writes the same."
    )
    try:
        with st.spinner("Gathering figures and pictures…"):
            made = report_of(opened.view().workspace, Asked(model, round_name=round_name))
    except ExplorerError as error:
        st.error(text.sentence(str(error)), icon=":material/error:")
        return
    _downloads(made)


def _downloads(made: Made) -> None:
    stem = text.file_stem(f"{opened.view().workspace.manifest.name} {opened.model()} report")
    page, markdown = st.columns(2)
    page.download_button(
        "HTML", to_html(made), f"{stem}.html", "text/html", icon=":material/download:", type="primary", width="stretch"
    )
    markdown.download_button(
        "Markdown", to_markdown(made.report), f"{stem}.md", "text/markdown", icon=":material/download:", width="stretch"
    )
    st.caption(f"{made.modes:,} failure modes, {made.pictures:,} images.")
