"""Downloading a report of where the chosen model fails, and saying what it recommends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.failure_modes import recommend
from explorer.actions.report import IMAGES_OF, Asked, Made, report_of, to_html, to_zip
from explorer.data.counts import counted
from explorer.errors import ExplorerError
from explorer.points.cache import Cache
from explorer.ui.session import fragments, messages, opened, text
from explorer.ui.widgets import recommended

if TYPE_CHECKING:
    from explorer.actions.failure_modes import About
    from explorer.data.verdicts import Round

_made: Cache[Made] = Cache(4)
"""Of the dialogs that are open."""


def button(one: Round | None = None) -> None:
    """Offer the report of a round of review, or of the chosen model and its newest one, as HTML or as Markdown."""
    if st.button("Report…", icon=":material/lab_profile:", key="report", help="Where the model fails, as one file"):
        _offer(Asked(round_name=one.key) if one else Asked(opened.model()), datetime.now(UTC))


@fragments.dialog("Report", width="medium")
def _offer(asked: Asked, opened_at: datetime) -> None:
    """Gather it, once for as long as the dialog is open and nothing is decided."""
    st.markdown(
        "Categories against thresholds, failure modes with their images, patterns, agreement, coverage, and what "
        "changed since the version before. One HTML file that opens without a network and prints page by page, or a "
        "ZIP of Markdown and its images. `edgecase report` writes the same."
    )
    view, newest = opened.view(), opened.decisions().standing().sequence
    try:
        with st.spinner("Gathering figures and pictures…"):
            made = _made.get(
                (opened_at, view.key, asked, newest),
                lambda: report_of(view.workspace, asked, beside=f"report{IMAGES_OF}"),
            )
    except ExplorerError as error:
        st.error(text.sentence(str(error)), icon=":material/error:")
        return
    _downloads(made)
    with st.expander("What it recommends", icon=":material/checklist:"):
        _recommended(made, newest)


def _downloads(made: Made) -> None:
    stem = text.file_stem(made.report.title)
    st.markdown(
        f"**{text.plain(made.report.title)}**: {counted(len(made.modes), 'failure mode')}, "
        f"{counted(made.pictures, 'image')}."
    )
    page, markdown = st.columns(2)
    page.download_button(
        "HTML", to_html(made), f"{stem}.html", "text/html", icon=":material/download:", type="primary", width="stretch"
    )
    markdown.download_button(
        "Markdown",
        to_zip(made, f"{stem}.md"),
        f"{stem}.zip",
        "application/zip",
        icon=":material/download:",
        width="stretch",
    )


def _recommended(made: Made, newest: int) -> None:
    """The actions of one part, which people may put in their own words.

    Args:
        made: the report.
        newest: the sequence number of the newest decision: after each the field shows what stands then.
    """
    place = st.selectbox(
        "Of", range(len(made.modes)), key="report actions of", format_func=lambda i: text.short(made.modes[i].name)
    )
    mode = made.modes[place]
    key = f"report actions {newest} {mode.kind} {mode.name}"
    lines = "\n".join(step.line for step in made.recommended.actions[mode.name])
    st.text_area("Actions", lines, key=key, help=recommended.HELP, disabled=mode.about is None)
    if mode.about is None:
        st.caption("They are kept with a category, a subset or a segment: once there is one, you can change these.")
        return
    keep, draft = st.columns(2)
    keep.button("Keep these", icon=":material/save:", width="stretch", on_click=_keep, args=(mode.about, key))
    draft.button(
        "As drafted",
        icon=":material/undo:",
        width="stretch",
        disabled=not mode.actions,
        help="Forget your own words, and draft them again from what was counted.",
        on_click=messages.attempt,
        args=(recommend, opened.decisions(), mode.about, []),
    )
    messages.show_refusal()


def _keep(about: About, field: str) -> None:
    """Keep what the field says, as a decision about the category, the subset or the segment."""
    lines = recommended.lines(st.session_state[field])
    messages.attempt(recommend, opened.decisions(), about, lines)
