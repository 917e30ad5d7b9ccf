"""The analyses that take long: they run in a process of their own, and the page takes up what each finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions import jobs
from explorer.actions.analyze import FINDINGS
from explorer.actions.inbox import missing
from explorer.actions.jobs import ANALYZE, State
from explorer.errors import ExplorerError
from explorer.ui.findings.heading import titled
from explorer.ui.session import findings, fragments, messages, opened, text
from explorer.ui.widgets import building, measuring

if TYPE_CHECKING:
    from explorer.actions.analyzed import Analyzed
    from explorer.actions.inbox import Inbox
    from explorer.actions.jobs import Job

_EVERY = 1.0
"""Seconds after which the page looks again what was found."""


def draw(of: Analyzed, now: Inbox) -> None:
    """Start what is missing, once a session, and say how far it is; say too what cannot be computed."""
    job = _job()
    if now.missing and (job is None or job.state is not State.RUNNING):
        _start_once(of)
        job = _job()
    if now.missing and job and not measuring.follows(job):
        _follow(of, tuple(now.missing), job.started_at)
    if now.reasons:
        with st.expander(f"Not computed ({len(now.reasons)})"):
            for kind, reason in now.reasons.items():
                st.markdown(f"**{titled(kind)}**: {text.sentence(reason)}")


def _job() -> Job | None:
    """The analysis that runs, or ran last."""
    job = jobs.current(opened.workspace_path())
    return job if job and job.command[0] == ANALYZE else None


def _start_once(of: Analyzed) -> None:
    """Start the analysis, unless this session did so for this build and model: then that is up to the person.

    Where something else runs, the workspace cannot be written, or a viewer looks, the page shows what is there.
    """
    if _was_started(of):
        return
    st.session_state.analysed = _about(of)
    try:
        messages.refuse_viewer()
        jobs.start(opened.workspace_path(), findings.command(FINDINGS))
    except ExplorerError as error:
        st.info(text.sentence(f"Not all was analysed: {error}"), icon=":material/hourglass_empty:")


def _about(of: Analyzed) -> str:
    return f"{opened.view().key} {of.model} {findings.settings()}"


def _was_started(of: Analyzed) -> bool:
    """Whether this session has started the analysis of these labels and this model, as it is chosen now."""
    return bool(st.session_state.analysed == _about(of))


@fragments.repeated(_EVERY)
def _follow(of: Analyzed, waited_for: tuple[str, ...], started_at: str) -> None:
    """How far the analysis is; whenever a kind is done, the page is drawn anew."""
    job = _job()
    is_waited_for = (
        job is not None
        and job.started_at == started_at
        and (
            job.state is State.RUNNING or _was_started(of)  # else it was of other labels, or another model
        )
    )
    if job is None or not is_waited_for or tuple(missing(of, findings.PATIENCE)) != waited_for:
        fragments.redraw()
        return
    with st.container(border=True):
        kinds = ", ".join(titled(kind).lower() for kind in waited_for)
        if job.state is State.RUNNING:
            st.caption(f"Looking further, for {kinds}: {building.how_far(job) or 'starting'}.")
            st.progress(building.share(job))
        elif job.state is State.FAILED:
            st.error(text.sentence(job.message or "It ended without a word."), icon=":material/error:")
        else:
            st.caption(f"Not looked at yet: {kinds}. What was found is kept.")
        building.controls(opened.workspace_path(), job)
