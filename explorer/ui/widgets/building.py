"""What runs on the workspace of this tab in a process of its own: how far it is, and what one may do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from explorer.actions import jobs
from explorer.actions.jobs import State
from explorer.data.counts import counted
from explorer.errors import ExplorerError
from explorer.review.people import VIEWER
from explorer.store.paths import MANIFEST
from explorer.ui.session import fragments, identity, opened, workspaces
from explorer.ui.session.text import plain, sentence
from explorer.ui.widgets import command, unmatched

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.actions.jobs import Job

_EVERY = 1.0
"""Seconds after which a page looks again how far a job is."""

_MINUTE, _HOUR = 60, 3600

_HEADINGS = {
    State.RUNNING: "is being built",
    State.DONE: "is built",
    State.FAILED: "could not be built",
    State.CANCELLED: "was cancelled",
    State.STOPPED: "was interrupted",
}


def is_under_way() -> bool:
    """Whether there is no map yet, but a build that will make it, or that was to."""
    folder = workspaces.current()
    return folder is not None and not workspaces.is_built() and jobs.current(folder) is not None


def draw() -> None:
    """Draw the first build of this tab's workspace, until its image map opens."""
    _, middle, _ = st.columns([1, 4, 1])
    with middle:
        _first_build()


@fragments.repeated(_EVERY)
def _first_build() -> None:
    folder = opened.workspace_path()
    job = jobs.current(folder)
    if job is None or (folder / MANIFEST).exists():
        fragments.redraw()
        return
    st.markdown(f"### {plain(_name(job, folder))} {_HEADINGS[job.state]}")
    _progress(job)
    if job.state is State.RUNNING:
        st.caption(
            "The map of the images opens by itself as soon as it is laid out; those of labels and predictions follow. "
            "You may close this page: the work goes on, and you find it again under Workspaces."
        )
    controls(folder, job)
    if job.state is State.FAILED:
        st.page_link("new.py", label="Choose other data", icon=":material/arrow_back:")
    command.show(job.command)


def beside_a_map() -> None:
    """Say beside the map what is still being made, and have the page take it up when it is there."""
    job = jobs.current(opened.workspace_path())
    if job and job.state is not State.DONE and (job.state is State.RUNNING or _is_unfinished()):
        _follow(job.started_at)


@fragments.repeated(_EVERY)
def _follow(started_at: str) -> None:
    """Follow one job; whatever it ended as, the page is drawn anew."""
    folder = opened.workspace_path()
    job = jobs.current(folder)
    if job is None or job.started_at != started_at or (job.state is not State.RUNNING and not _is_unfinished()):
        fragments.redraw()
        return
    with st.container(border=True):
        if job.state is State.RUNNING:
            following = "The maps of labels and predictions follow." if _is_unfinished() else ""
            st.caption(f"{_title(job.step)} {how_far(job)}. {following}")
            st.progress(share(job))
        else:
            st.caption(f"{_ENDS[job.state]} The maps of labels and predictions are still to come.")
            controls(folder, job, "stretch")


_ENDS = {
    State.FAILED: "The build failed.",
    State.CANCELLED: "The build was cancelled.",
    State.STOPPED: "The build was interrupted.",
    State.DONE: "",
    State.RUNNING: "",
}


def whole() -> None:
    """Draw the job of a workspace that has a map, on its Dataset page."""
    job = jobs.current(opened.workspace_path())
    if job and (job.state is not State.DONE or st.session_state.get("job_started") == job.started_at):
        _whole(job.started_at, running=job.state is State.RUNNING)


@fragments.repeated(_EVERY)
def _whole(started_at: str, *, running: bool) -> None:
    folder = opened.workspace_path()
    job = jobs.current(folder)
    if job is None or job.started_at != started_at or (running and job.state is not State.RUNNING):
        fragments.redraw()
        return
    with st.container(border=True):
        _progress(job)
        controls(folder, job)
        command.show(job.command)


def start(folder: Path, arguments: list[str]) -> bool:
    """Start a command on a workspace; a refusal is shown as a sentence."""
    try:
        _refuse_viewer(folder)
        job = jobs.start(folder, arguments)
    except ExplorerError as error:
        st.error(sentence(str(error)), icon=":material/error:")
        return False
    st.session_state.job_started = job.started_at
    return True


def _refuse_viewer(folder: Path) -> None:
    """Raise ReviewError where this person may only look at this workspace, or at the one that the app began with."""
    for one in filter(None, (folder, workspaces.named_on_the_command_line())):
        identity.refuse_viewer(one, identity.name())


def _progress(job: Job) -> None:
    """Steps that are done, the one that is being done, and what was left out or went wrong."""
    for step in job.steps:
        st.markdown(f":green[:material/check_circle:] {_title(step)}")
    if job.state is State.RUNNING:
        st.markdown(f":material/pending: **{_title(job.step)}** {how_far(job)}")
        st.progress(share(job))
    elif job.state is State.FAILED:
        st.error(sentence(job.message or "It ended without a word."), icon=":material/error:")
    elif job.state in (State.CANCELLED, State.STOPPED):
        st.info("Nothing that was done is lost: go on from here whenever you like.", icon=":material/pause_circle:")
    elif job.message:
        st.success(sentence(job.message), icon=":material/check_circle:")
    if job.left_out:
        many = counted(job.left_out, "file")
        st.caption(f":material/broken_image: {many} left out so far; each is listed with its reason when it is done.")


def controls(folder: Path, job: Job, width: Literal["stretch", "content"] = "content", *, key: str = "job") -> None:
    """What one may do about a job, who is no viewer: cancel it, or go on with it; the key tells two on a page apart."""
    if identity.role_in(folder, identity.name()) == VIEWER:
        return
    if job.state is State.RUNNING:
        st.button(
            "Cancel", icon=":material/stop_circle:", on_click=_cancel, args=(folder,), width=width, key=f"cancel {key}"
        )
    elif job.state is not State.DONE:
        label = "Try again" if job.state is State.FAILED else "Go on"
        further = unmatched.further_options(job)
        if st.button(label, type="primary", icon=":material/play_arrow:", width=width, key=f"go on {key}"):
            _go_on(folder, further)


def _cancel(folder: Path) -> None:
    jobs.cancel(folder)


def _go_on(folder: Path, further: list[str]) -> None:
    try:
        st.session_state.job_started = jobs.go_on(folder, further).started_at
    except ExplorerError as error:
        st.error(sentence(str(error)), icon=":material/error:")
    else:
        st.rerun()


def _is_unfinished() -> bool:
    return opened.view().workspace.manifest.unfinished


def _name(job: Job, folder: Path) -> str:
    """What the workspace will be called."""
    words = dict(zip(job.command, job.command[1:], strict=False))
    return words.get("--name", folder.name)


def _title(step: str) -> str:
    """A step as the page calls it."""
    words = step or "starting"
    return plain(words[0].upper() + words[1:])


def share(job: Job) -> float:
    """How much of its step a job has done, 0 to 1."""
    return min(1.0, job.done / job.total) if job.total else 0.0


def how_far(job: Job) -> str:
    """How much of its step a job has done, and what time the rest takes: `34 of 100, about 2 min`."""
    counted = f"{job.done:,} of {job.total:,}" if job.total > 1 else ""
    return ", ".join(filter(None, [counted, duration(job.remaining) if job.remaining else ""]))


def duration(seconds: float) -> str:
    """Seconds as a person says what is left."""
    if seconds < _MINUTE:
        return "less than a minute"
    if seconds < _HOUR:
        return f"about {seconds / _MINUTE:.0f} min"
    return f"about {seconds / _HOUR:.1f} h"
