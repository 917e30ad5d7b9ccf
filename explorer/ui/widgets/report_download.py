"""Downloading a report of where the chosen model fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.report import Asked, Made, report_of, to_html
from explorer.errors import ExplorerError
from explorer.review.report_markdown import to_markdown
from explorer.ui.session import opened, text

if TYPE_CHECKING:
    from explorer.data.verdicts import Round


def button(one: Round | None = None) -> None:
    """Offer the report of a round of review, or of the chosen model and its newest one, as HTML or as Markdown."""
    if st.button("Report…", icon=":material/lab_profile:", key="report", help="Where the model fails, as one file"):
        _offer(Asked(round_name=one.key) if one else Asked(opened.model()))


@st.dialog("Report", width="medium")
def _offer(asked: Asked) -> None:
    st.markdown(
        "Categories against thresholds, failure modes with their images, patterns, agreement, coverage, and what "
        "changed since the version before. One file that opens without a network and prints page by page. `edgecase "
        "report` writes the same."
    )
    try:
        with st.spinner("Gathering figures and pictures…"):
            made = report_of(opened.view().workspace, asked)
    except ExplorerError as error:
        st.error(text.sentence(str(error)), icon=":material/error:")
        return
    _downloads(made)


def _downloads(made: Made) -> None:
    stem = text.file_stem(made.report.title)
    st.markdown(f"**{text.plain(made.report.title)}**: {made.modes:,} failure modes, {made.pictures:,} images.")
    page, markdown = st.columns(2)
    page.download_button(
        "HTML", to_html(made), f"{stem}.html", "text/html", icon=":material/download:", type="primary", width="stretch"
    )
    markdown.download_button(
        "Markdown", to_markdown(made.report), f"{stem}.md", "text/markdown", icon=":material/download:", width="stretch"
    )
