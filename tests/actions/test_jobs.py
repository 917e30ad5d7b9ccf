"""A job outlives whoever started it, says how far it is, and goes on where it was stopped."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer import open_workspace
from explorer.actions import jobs
from explorer.actions.demo import demo_command
from explorer.actions.jobs import Job, Reporter, State
from explorer.cli import parser
from explorer.data.records import Progress
from explorer.errors import WorkspaceError
from explorer.store.derived.building import building
from explorer.store.derived.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explorer.store.workspace import Workspace
    from tests.conftest import Source

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A workspace to be, whose job ends with the test."""
    yield tmp_path / "new" / "ws"
    jobs.cancel(tmp_path / "new" / "ws")


def _waited(workspace: Path, until: Callable[[Job], bool] = lambda job: job.state is not State.RUNNING) -> Job:
    """The job, once it is as wanted, or has ended."""
    while True:
        job = jobs.current(workspace)
        if job and (until(job) or job.state is not State.RUNNING):
            return job
        time.sleep(0.01)


def _made(folder: Path) -> dict[str, str]:
    """Every derived file with the hash of its bytes."""
    files = (file for file in sorted((folder / "derived").rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _said(folder: Path) -> dict[str, object]:
    """The manifest, but for when it was made."""
    return asdict(read_manifest(folder)) | {"built_at": ""}


def _touched(workspace: Path, text: str) -> None:
    (workspace / "job").mkdir(parents=True)
    (workspace / "job" / "command.json").write_text(text, encoding="utf-8")


_BUILD = {
    "arguments": ["build", "x", "--workspace", "y"],
    "folder": "/",
    "started_at": "2026-01-01",
    "pid": os.getpid(),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "end"),
    [("embedded", "kill"), ("image map", "kill"), ("image map", "cancel")],
    ids=["killed after embedding", "killed after the image map", "cancelled after the image map"],
)
def test_a_job_that_was_ended_goes_on_to_the_very_same_build(
    moment: str, end: str, source: Source, clip_folder: Path, clip_built: Workspace, folder: Path
) -> None:
    """The map of images can be opened meanwhile, and says that it is not all."""
    arguments = ["build", str(source.table), "--workspace", str(folder), "--pretrained", str(clip_folder)]
    job = jobs.start(folder, arguments)
    assert (job.command, job.state) == (tuple(arguments), State.RUNNING)
    has_map = (folder / "edgecase.json").exists
    job = _waited(folder, lambda now: has_map() if moment == "image map" else now.step != "")
    assert job.state is State.RUNNING
    if end == "kill":
        os.kill(job.pid, signal.SIGKILL)
    else:
        jobs.cancel(folder)
    job = _waited(folder)
    assert job.state is (State.STOPPED if end == "kill" else State.CANCELLED)
    if moment == "image map":
        unfinished = open_workspace(folder)
        assert unfinished.manifest.unfinished
        assert [str(space) for space in unfinished.spaces] == ["image"]
        assert unfinished.layout().xy.tobytes() == clip_built.layout().xy.tobytes()
        assert unfinished.samples["label"].tolist() == clip_built.samples["label"].tolist()
    jobs.go_on(folder)
    job = _waited(folder)
    assert (job.state, job.message) == (State.DONE, "60 images on the map")
    assert job.steps[-1] == "signals"
    assert _said(folder) == _said(clip_built.path)
    assert not read_manifest(folder).unfinished
    assert _made(folder) == _made(clip_built.path)


@pytest.mark.slow
def test_a_job_goes_on_when_its_server_is_killed(source: Source, folder: Path) -> None:
    arguments = ["build", str(source.table), "--workspace", str(folder), "--vectors", str(source.vectors)]
    script = (
        "import os, signal, sys; from pathlib import Path; from explorer.actions import jobs\n"
        f"jobs.start(Path({str(folder)!r}), {arguments!r}); os.killpg(0, signal.SIGKILL)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    server = subprocess.run([sys.executable, "-c", script], env=environment, start_new_session=True, check=False)
    assert server.returncode == -signal.SIGKILL
    assert _waited(folder).state is State.DONE
    assert len(open_workspace(folder).ids) == 60


@pytest.mark.slow
def test_two_builds_of_one_workspace_are_refused(source: Source, folder: Path) -> None:
    """Whether the other one is a job, or was started in a terminal."""
    arguments = ["build", str(source.table), "--workspace", str(folder), "--vectors", str(source.vectors)]
    jobs.start(folder, arguments)
    with pytest.raises(WorkspaceError, match="Another build is running"):
        jobs.start(folder, arguments)
    jobs.cancel(folder)
    with building(folder), pytest.raises(WorkspaceError, match="Another build is running"):
        jobs.go_on(folder)


@pytest.mark.slow
def test_a_job_that_is_cancelled_ends_with_a_sentence(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the midst of reading ids that never end."""
    monkeypatch.setattr(jobs, "_PATIENCE", 60.0)  # a busy machine takes longer, and what is killed says nothing
    endless = tmp_path / "endless.txt"
    os.mkfifo(endless)
    jobs.start(workspace.path, ["subset", "create", str(workspace.path), "new", "--ids", str(endless)])
    with _writer(endless):
        jobs.cancel(workspace.path)
        job = _waited(workspace.path)
    assert job.state is State.CANCELLED
    assert job.message == "interrupted; run the same command again to go on from here."


@contextmanager
def _writer(pipe: Path) -> Iterator[None]:
    """A pipe open for writing, once somebody reads it."""
    while True:
        try:
            descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.01)
        else:
            break
    yield
    os.close(descriptor)


@pytest.mark.slow
def test_what_went_wrong_is_the_readers_own_sentence(folder: Path) -> None:
    jobs.start(folder, ["build", str(folder / "none"), "--workspace", str(folder)])
    job = _waited(folder)
    assert job.state is State.FAILED
    assert job.message == f"Expected a folder of images or a table of them at {folder / 'none'}, found nothing."


@pytest.mark.slow
def test_a_command_that_cannot_be_parsed_has_failed(folder: Path) -> None:
    jobs.start(folder, ["build", "--workspace", str(folder)])
    job = _waited(folder)
    assert job.state is State.FAILED
    assert "SOURCE" in job.message


@pytest.mark.parametrize("address", ["postgresql://ada:secret@host/db", "--decisions=postgresql+psycopg://host/db"])
def test_an_address_is_never_written_down(address: str, folder: Path) -> None:
    with pytest.raises(WorkspaceError, match="EDGECASE_DECISIONS"):
        jobs.start(folder, ["info", str(folder), "--decisions", address])
    assert not folder.exists()


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="found other files"):
        jobs.start(tmp_path, ["build", "x", "--workspace", str(tmp_path)])
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_without_a_job_there_is_none_and_nothing_to_go_on_with(tmp_path: Path) -> None:
    assert jobs.current(tmp_path) is None
    jobs.cancel(tmp_path)
    with pytest.raises(WorkspaceError, match="found none"):
        jobs.go_on(tmp_path)


@pytest.mark.parametrize("text", ["", "{", '{"arguments": ', "[]", "\x00"])
def test_a_half_written_file_is_no_job_yet(text: str, tmp_path: Path) -> None:
    _touched(tmp_path, text)
    assert jobs.current(tmp_path) is None


@pytest.mark.parametrize("text", ["", '{"step": "images", "do', "[1]"])
def test_a_half_written_report_is_none(text: str, tmp_path: Path) -> None:
    _touched(tmp_path, json.dumps(_BUILD))
    (tmp_path / "job" / "progress.json").write_text(text, encoding="utf-8")
    job = jobs.current(tmp_path)
    assert job
    assert (job.state, job.step, job.done, job.steps) == (State.STOPPED, "", 0, ())


def test_a_process_that_took_the_number_of_a_job_is_not_the_job(tmp_path: Path) -> None:
    """It is this one, which goes on after it was cancelled."""
    _touched(tmp_path, json.dumps(_BUILD))
    (tmp_path / "job" / "alive").touch()
    jobs.cancel(tmp_path)
    job = jobs.current(tmp_path)
    assert job
    assert (job.pid, job.state) == (os.getpid(), State.STOPPED)


def test_progress_says_what_is_done_left_out_and_still_to_come(tmp_path: Path) -> None:
    """What remains gets less by itself while nothing is reported."""
    _touched(tmp_path, json.dumps(_BUILD))
    report = Reporter(tmp_path / "job")
    report(Progress("images", 0, 100))
    with (tmp_path / "job" / "alive").open("ab") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        first = jobs.current(tmp_path)
        assert first
        assert (first.state, first.step, first.total, first.remaining) == (State.RUNNING, "images", 100, None)
        for done in (25, 50, 100):
            time.sleep(0.01)
            report(Progress("images", done, 100, left_out=3))
        report(Progress("map of images", 0, 500, left_out=3))
        file = tmp_path / "job" / "progress.json"
        said = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps(said | {"remaining": 3600.0, "at": time.time() - 1800}), encoding="utf-8")
        job = jobs.current(tmp_path)
    assert job
    assert (job.steps, job.step, job.done, job.total, job.left_out) == (("images",), "map of images", 0, 500, 3)
    assert job.remaining == pytest.approx(1800, abs=60)


def test_the_pace_of_a_step_leaves_out_what_comes_before_its_first_report(tmp_path: Path) -> None:
    """Loading a model, or compiling."""
    (tmp_path / "job").mkdir()
    report, remaining = Reporter(tmp_path / "job"), []
    for done in (10, 20, 30, 100):
        report(Progress("images", done, 100))
        remaining.append(json.loads((tmp_path / "job" / "progress.json").read_text("utf-8"))["remaining"])
        time.sleep(0.3)
    assert remaining[:2] == [None, None]
    assert remaining[2] > 0
    assert remaining[3] == 0


def test_what_a_command_prints_is_bounded_and_its_end_is_kept(tmp_path: Path) -> None:
    job = tmp_path / "job"
    job.mkdir()
    with (job / "errors.txt").open("ab", buffering=0) as errors:
        errors.write(b"noise\n" * 200_000)
        Reporter(job)(Progress("images", 1, 1))
        errors.write(b"edgecase: the end")
    text = (job / "errors.txt").read_text("utf-8")
    assert len(text) < 256 * 1024
    assert text.endswith("noise\nedgecase: the end")


def test_a_job_is_shown_as_the_command_that_does_the_same(tmp_path: Path) -> None:
    arguments = ["build", "my photos/", "--workspace", "work", "--predictions", "v1=a b.csv"]
    assert jobs.command_line(arguments) == "edgecase build 'my photos/' --workspace work --predictions 'v1=a b.csv'"
    _touched(tmp_path, json.dumps(_BUILD))
    job = jobs.current(tmp_path)
    assert job
    assert jobs.command_line(job) == "edgecase build x --workspace y"


@pytest.mark.parametrize("detection", [False, True])
def test_the_demo_is_a_command_like_any_other(detection: bool, tmp_path: Path) -> None:  # noqa: FBT001
    said = parser().parse_args(demo_command(tmp_path, detection=detection))
    assert Path(said.source).exists()
    assert all(Path(text.partition("=")[2]).exists() for text in said.predictions)
    assert said.name == ("Detection demo" if detection else "Fashion demo")
