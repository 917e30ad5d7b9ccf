"""Measuring the images of a workspace whose pixels were not: offered where light and sharpness would count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions import jobs
from explorer.actions.analyze import FINDINGS
from explorer.actions.jobs import ANALYZE, State
from explorer.actions.signal_findings import SIGNALS
from explorer.actions.signals import is_measured
from explorer.review.people import VIEWER
from explorer.ui.session import findings, fragments, identity, opened
from explorer.ui.widgets import building

if TYPE_CHECKING:
    from explorer.actions.jobs import Job

_EVERY = 1.0
"""Seconds after which the page looks again how far it is."""

_ASKED_FOR = f"{SIGNALS},{FINDINGS}"


def offer() -> None:
    """Offer to measure the images where nobody did; while it goes on, or where it stopped, say how far it is.

    A viewer starts nothing.
    """
    if not _is_offered():
        return
    job = _job()
    with st.container(border=True):
        if job and follows(job):
            _follow(job.started_at)
        else:
            _ask()


def follows(job: Job) -> bool:
    """Whether `offer` says how far this job is."""
    return _is_offered() and _measures(job) and job.state is not State.DONE


def _is_offered() -> bool:
    return identity.role() != VIEWER and not is_measured(opened.view().workspace)


def _job() -> Job | None:
    """The measuring that goes on, or that ran last."""
    job = jobs.current(opened.workspace_path())
    return job if job and _measures(job) else None


def _measures(job: Job) -> bool:
    return job.command[0] == ANALYZE and _ASKED_FOR in job.command


def _ask() -> None:
    words, press = st.columns([4, 1], vertical_alignment="center")
    words.caption(
        "The images are not measured yet: their light, contrast, sharpness and colours, and what cameras wrote, are "
        "not among the numbers that errors are held against. Each image is read once; what is measured is kept."
    )
    if press.button("Measure images", icon=":material/straighten:", width="stretch", key="measure images"):
        jobs.give_way(opened.workspace_path())
        if building.start(opened.workspace_path(), findings.command(SIGNALS, FINDINGS)):
            st.rerun()


@fragments.repeated(_EVERY)
def _follow(started_at: str) -> None:
    """How far it is; whatever it ended as, the page is drawn anew."""
    job = _job()
    if job is None or job.started_at != started_at or is_measured(opened.view().workspace):
        fragments.redraw()
        return
    if job.state is State.RUNNING:
        st.caption(f"{(job.step or 'starting').capitalize()}: {building.how_far(job) or 'a moment'}.")
        st.progress(building.share(job))
    else:
        st.caption(job.message or "Measuring was interrupted. What was measured is kept.")
    building.controls(opened.workspace_path(), job, key="of measuring")
