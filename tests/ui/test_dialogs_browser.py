"""Dialogs, in real Chromium: work that ends meanwhile does not close them, with what is typed there."""

from __future__ import annotations

import os
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest

import explorer
from explorer.actions import jobs
from explorer.actions.jobs import State

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser

TYPED = "Known since spring"


def test_an_analysis_that_ends_leaves_the_dialog_open(demo: Workspace, tmp_path: Path, visit: Visit) -> None:
    """And what it found is listed once the dialog is closed."""
    workspace = explorer.open_workspace(shutil.copytree(demo.path, tmp_path / "ws"))
    for kept in workspace.paths.derived.glob("analysis-*"):
        shutil.rmtree(kept)  # what a visit of another test had analysed: nothing would be left to look for
    job = jobs.start(workspace.path, ["analyze", str(workspace.path), "--only", "outliers"])
    os.kill(job.pid, signal.SIGSTOP)
    with visit(workspace) as page:
        page.get_by_role("link", name="Findings").click()
        page.get_by_text("Looking further").wait_for()
        page.get_by_role("button", name="Dismiss…").first.click()
        dialog = page.get_by_role("dialog")
        reason = dialog.get_by_role("textbox", name="Reason")
        reason.fill(TYPED)
        os.kill(job.pid, signal.SIGCONT)
        while _state(workspace) is State.RUNNING:
            time.sleep(0.1)
        page.get_by_text("Looking further").wait_for(state="hidden")
        page.wait_for_timeout(3000)
        assert reason.input_value() == TYPED
        reason.press("Enter")
        dialog.get_by_role("button", name="Dismiss").click()
        page.get_by_text("Dismissed “").first.wait_for()
        dialog.wait_for(state="detached")


def _state(workspace: Workspace) -> State:
    job = jobs.current(workspace.path)
    assert job
    return job.state
