"""What the Dataset page adds to a workspace is a command, shown and run as a job."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions import jobs
from explorer.actions.jobs import State
from explorer.store.paths import DECISIONS, WorkspacePaths
from explorer.store.recent import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explorer.actions.jobs import Job
    from explorer.store.workspace import Workspace
    from tests.conftest import Source

    Visit = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"

pytestmark = pytest.mark.slow


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Visit]:
    """The Dataset page, or another one, of a workspace in an app that was started without one."""
    monkeypatch.setenv("EDGECASE_CONFIG", str(tmp_path / "configuration"))
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")

    def at(workspace: Path, root: Path, page: str = "dataset.py", **state: object) -> AppTest:
        note(workspace)
        monkeypatch.setattr(sys, "argv", ["main.py", "--root", str(root)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        app.query_params["workspace"] = WorkspacePaths(workspace).key
        for key, value in state.items():
            app.session_state[key] = value
        app.run()
        return app.switch_page(page).run() if page else app

    yield at
    config.set_option("server.address", before)


def _press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label.replace("\\", "") == label]
    button.click().run()
    assert [error.message for error in app.exception] == []
    return app


def _ended(workspace: Path) -> Job:
    while (job := jobs.current(workspace)) is None or job.state is State.RUNNING:
        time.sleep(0.1)
    return job


def test_images_are_added_by_the_command_that_is_shown(visit: Visit, clip_workspace: Workspace, source: Source) -> None:
    folder = clip_workspace.path.resolve()
    app = visit(folder, source.images, further="Images")
    app.text_input(key="further Name of the batch").set_value("night shift").run()
    app = _press(_press(app, "apple"), "Use the folder “apple” (20 images)")
    command = ["add", str(folder), str(source.images / "apple"), "--batch", "night shift"]
    assert shlex.split(app.code[0].value) == ["edgecase", *command]
    _press(app, "Start")
    job = _ended(folder)
    assert (list(job.command), job.state, job.message[:8]) == (command, State.DONE, "20 image")
    assert explorer.open_workspace(folder).manifest.batches[0]["name"] == "night shift"
    assert job.message in [success.value.replace("\\", "") for success in app.run().success]


def test_a_viewer_starts_nothing(visit: Visit, workspace: Workspace, tmp_path: Path) -> None:
    workspace.paths.roles.write_text("default: viewer\n")
    pd.DataFrame({"image": workspace.ids, "prediction": "sky"}).to_csv(tmp_path / "v9.csv", index=False)
    app = visit(workspace.path, tmp_path, further="Predictions")
    app.text_input(key="further Name of the model").set_value("v9").run()
    app = _press(_press(app, "v9.csv"), "Start")
    assert "Expected somebody who may decide" in app.error[0].value
    assert jobs.current(workspace.path) is None


def test_a_viewer_of_what_the_app_began_with_builds_no_other(
    visit: Visit, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.paths.roles.write_text("default: viewer\n")
    app = visit(workspace.path, tmp_path, page="start.py")
    monkeypatch.setattr(sys, "argv", ["main.py", "--root", str(tmp_path), str(workspace.path)])
    app.button(key="try demo").click().run()
    assert "Expected somebody who may decide" in app.error[0].value
    assert not list(tmp_path.glob("**/demo"))


def test_a_viewer_sees_how_a_build_ended_and_goes_on_with_none(visit: Visit, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    jobs.start(folder, ["build", str(tmp_path / "nowhere"), "--workspace", str(folder)])
    _ended(folder)
    WorkspacePaths(folder).roles.write_text("default: viewer\n")
    app = visit(folder, tmp_path, page="")
    assert "Expected a folder of images" in app.error[0].value
    assert "Try again" not in [button.label for button in app.button]


def test_own_vectors_are_asked_for_where_the_workspace_has_them(
    visit: Visit, workspace: Workspace, source: Source
) -> None:
    app = visit(workspace.path, source.images, further="Images")
    app.button(key=f"into added images {source.images.resolve() / 'leaf'}").click().run()
    app = _press(app, "Use the folder “leaf” (20 images)")
    assert "Start" not in [button.label for button in app.button]
    app = _press(app, "vectors.parquet")
    assert shlex.split(app.code[0].value)[-2:] == ["--vectors", str(source.vectors)]


def test_a_folder_of_predictions_is_offered_where_there_are_boxes(
    visit: Visit, built: Workspace, boxes_built: Workspace, tmp_path: Path
) -> None:
    for one, offered in ((built, False), (boxes_built, True)):
        app = visit(one.path, tmp_path, further="Predictions")
        assert any(button.label.startswith("Use the folder") for button in app.button) is offered
        assert any("YOLO" in caption.value for caption in app.caption) is offered


def test_what_was_refused_as_of_other_images_is_taken_where_the_person_says_so(
    visit: Visit, workspace: Workspace, tmp_path: Path
) -> None:
    said = [workspace.ids[0], *(f"other {number}.png" for number in range(20))]
    pd.DataFrame({"image": said, "prediction": "sky"}).to_csv(tmp_path / "v9.csv", index=False)
    app = visit(workspace.path, tmp_path, further="Predictions")
    app.text_input(key="further Name of the model").set_value("v9").run()
    app = _press(app, "v9.csv")
    _press(app, "Start")
    assert "1 of 21 rows are used" in _ended(workspace.path.resolve()).message
    app.run().checkbox(key="unmatched").check().run()
    _press(app, "Try again")
    job = _ended(workspace.path.resolve())
    assert (job.state, job.command[-1]) == (State.DONE, "--allow-unmatched")
    assert explorer.open_workspace(workspace.path).manifest.predictions == ["v1", "v2", "v9"]


def test_a_database_of_another_workspace_is_not_asked(
    visit: Visit, clip_workspace: Workspace, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DECISIONS, str(tmp_path / "team.db"))
    app = visit(clip_workspace.path, source.images, further="Images")
    app = _press(_press(app, "sky"), "Use the folder “sky” (20 images)")
    own = clip_workspace.path.resolve() / "decisions.db"
    assert shlex.split(app.code[0].value)[-2:] == ["--decisions", str(own)]


def test_a_build_that_failed_says_why_and_is_tried_again(visit: Visit, tmp_path: Path) -> None:
    """On any page of the workspace, which has no map yet."""
    folder = tmp_path / "new"
    jobs.start(folder, ["build", str(tmp_path / "nowhere"), "--workspace", str(folder), "--name", "My *photos*"])
    _ended(folder)
    app = visit(folder, tmp_path, page="")
    assert "### My \\*photos\\* could not be built" in [markdown.value for markdown in app.markdown]
    assert "Expected a folder of images" in app.error[0].value
    first = jobs.current(folder)
    app = _press(app, "Try again")
    assert _ended(folder) != first


def test_another_encoder_is_run_by_the_engine_that_is_chosen_and_the_page_says_what_ran(
    visit: Visit, clip_workspace: Workspace, clip_folder: Path, source: Source
) -> None:
    folder = clip_workspace.path.resolve()
    chosen = {"encoder way": "file", "chosen encoder file": clip_folder}
    app = visit(folder, source.images, further="Another encoder", **chosen)
    app.text_input(key="further Name of the encoder").set_value("half").run()
    assert "--engine" not in shlex.split(app.code[0].value)
    app.selectbox(key="encoder engine").set_value("bf16").run()
    command = ["embed", str(folder), "half", "--pretrained", str(clip_folder), "--engine", "bf16"]
    assert shlex.split(app.code[0].value) == ["edgecase", *command]
    _press(app, "Start")
    job = _ended(folder)
    assert job.state is State.DONE
    assert job.message.startswith("Embedded as half by torch in bfloat16 on cpu (mean cosine to float32 0.999")
    facts = visit(folder, source.images).dataframe[-1].value
    assert facts.set_index("").loc["Embedded by", "value"] == "torch in float32 on cpu"
