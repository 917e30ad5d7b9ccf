"""Jobs: `edgecase` commands on a workspace that run in a process of their own, and outlive whoever started them.

A job is a folder of the workspace with three files: `command.json` says what was asked for, `progress.json` how far it
is, and `output.txt` and `errors.txt` hold what the command printed. The process holds a lock on the folder from before
its first instruction to its end, however that comes, so that nobody takes another process for it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import traceback
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from explorer.errors import WorkspaceError, in_words
from explorer.store.derived.artefacts import write_json
from explorer.store.derived.building import is_building, make_folder
from explorer.store.paths import WorkspacePaths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from explorer.data.records import Progress

JOB = "EDGECASE_JOB"
"""Environment variable that names the folder of the job that a process is."""

ANALYZE = "analyze"
"""The command that gives way to others: what it has computed stays, and it goes on from there."""

INTERRUPTED = 130
"""What a command that was interrupted exits with."""

_COMMAND, _PROGRESS, _OUTPUT, _ERRORS, _ALIVE = "command.json", "progress.json", "output.txt", "errors.txt", "alive"
_MOST_PRINTED = 256 * 1024
"""Bytes that are kept of what a command prints on stderr; libraries may print without end."""

_EVERY = 0.25
"""Seconds between two reports, at least."""

_WINDOW = 30.0
"""Seconds over which the pace is measured: what was stored by an earlier build goes by faster than what is new."""

_PATIENCE = 5.0
"""Seconds that a process is given to end by itself."""

_AGAIN = 1.0
"""Seconds after which it is asked again."""

_URL = re.compile(r"(?:^|=)[a-z][a-z0-9+.]*://", re.IGNORECASE)


class State(StrEnum):
    """How a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    """Its process is gone, and nobody asked it to go."""


@dataclass(frozen=True)
class Job:
    """A command on a workspace, as its files tell of it.

    Attributes:
        command: arguments after `edgecase`.
        state: how it stands.
        step: the current one, or the last; empty before the first.
        done: units done of the step.
        total: units of the step in all.
        remaining: seconds that the rest of the step will take; None where that is not known yet.
        steps: those that are finished, in their order.
        left_out: inputs that were left out so far.
        message: what went wrong, or the command's first line of output.
        started_at: UTC time, ISO 8601.
        pid: of its process.
    """

    command: tuple[str, ...]
    state: State
    step: str
    done: int
    total: int
    remaining: float | None
    steps: tuple[str, ...]
    left_out: int
    message: str
    started_at: str
    pid: int


def start(workspace: Path, arguments: Sequence[str]) -> Job:
    """Run a command on a workspace in a process of its own.

    Args:
        workspace: its folder, which is made if need be.
        arguments: what comes after `edgecase`; they are written down, so a database's address is not among them.

    Raises:
        WorkspaceError: a job or another build is running there, the folder is no workspace or cannot be written, or
            an argument is an address.
    """
    if any(_URL.search(argument) for argument in arguments):
        raise WorkspaceError(
            "Expected arguments that may be written down, found an address, which may hold a password. Name the "
            "database in EDGECASE_DECISIONS instead."
        )
    return _start(workspace, list(arguments), str(Path.cwd()))


def go_on(workspace: Path, further: Sequence[str] = ()) -> Job:
    """Run the last command again, with further options: it goes on where it stopped.

    Raises:
        WorkspaceError: there was none, or as for `start`.
    """
    said = _read(WorkspacePaths(workspace).job / _COMMAND)
    if not said:
        raise WorkspaceError(f"Expected a command to go on with in {workspace}, found none. Start a new one.")
    return _start(workspace, [*said["arguments"], *further], said["folder"])


def current(workspace: Path) -> Job | None:
    """The job that runs on a workspace, or that ran there last; None where there was none."""
    folder = WorkspacePaths(workspace).job
    said = _read(folder / _COMMAND)
    if not said:
        return None
    running = is_running(workspace)
    told = _read(folder / _PROGRESS)
    state = State.RUNNING if running else _ENDED.get(told.get("code"), State.FAILED)
    return Job(
        command=tuple(said["arguments"]),
        state=state,
        step=told.get("step", ""),
        done=told.get("done", 0),
        total=told.get("total", 0),
        remaining=_remaining(told) if running else None,
        steps=tuple(told.get("steps", ())),
        left_out=told.get("left_out", 0),
        message="" if running else _message(folder, state),
        started_at=said["started_at"],
        pid=said["pid"],
    )


def is_running(workspace: Path) -> bool:
    """Whether a job's process is alive."""
    try:
        with (WorkspacePaths(workspace).job / _ALIVE).open("rb") as file:
            return not _locked(file, fcntl.LOCK_SH)
    except OSError:
        return False


def cancel(workspace: Path) -> None:
    """End a job's process; what it embedded and laid out stays, and a later start goes on from there.

    It is asked first, and killed where it has not ended after some seconds; nothing half done is ever taken for whole.
    """
    folder, job = WorkspacePaths(workspace).job, current(workspace)
    if job is None or job.state is not State.RUNNING:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        if _ends(workspace, job.pid, number):
            break
    write_json(folder / _PROGRESS, {"code": INTERRUPTED} | _read(folder / _PROGRESS))


def give_way(workspace: Path) -> None:
    """End an analysis that runs on a workspace: what it has computed stays, and another one goes on from there."""
    running = current(workspace)
    if running and running.command[0] == ANALYZE:
        cancel(workspace)


def command_line(job: Job | Sequence[str]) -> str:
    """A command as one would type it."""
    return shlex.join(["edgecase", *(job.command if isinstance(job, Job) else job)])


# In the process of the job.


class Reporter:
    """Writes down how far a job is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._steps: list[str] = []
        self._now: dict[str, Any] = {}
        self._told = 0.0
        self._pace: deque[tuple[float, int]] = deque()

    def __call__(self, progress: Progress) -> None:
        """Report one step's progress; nothing is written where the last report is not long ago."""
        at = time.time()
        if progress.step != self._now.get("step"):
            self._steps += [self._now["step"]] if self._now else []
            self._told = 0.0
        if (progress.step, progress.total) != (self._now.get("step"), self._now.get("total")):
            self._pace.clear()  # until the first report models are loaded and code is compiled: that is no pace
        else:
            self._pace.append((at, progress.done))
        while len(self._pace) > 2 and self._pace[1][0] < at - _WINDOW:  # noqa: PLR2004 - two points make a pace
            self._pace.popleft()
        self._now = {**progress._asdict(), "steps": self._steps, "at": at, "remaining": self._remaining(progress)}
        if at - self._told >= _EVERY or progress.done == progress.total:
            self._told = at
            self._write()
            _bound(self._folder / _ERRORS)

    def _remaining(self, progress: Progress) -> float | None:
        if not self._pace or self._pace[-1][1] == self._pace[0][1]:
            return None
        (began, before), (now, done) = self._pace[0], self._pace[-1]
        return (progress.total - done) * (now - began) / (done - before)

    def end(self, code: int) -> None:
        """Write down what the command exits with."""
        if code == 0 and self._now:
            self._now |= {"steps": [*self._steps, self._now["step"]]}
        self._now |= {"code": code}
        self._write()

    def _write(self) -> None:
        write_json(self._folder / _PROGRESS, self._now)


def run_reported(folder: Path, run: Callable[[], int]) -> NoReturn:
    """Run a command as a job: a request to end interrupts it, its exit code is written down, and the process ends.

    It ends at once: nothing is left to do, and libraries take seconds to tidy up.

    Args:
        folder: of the job.
        run: the command; gives its exit code.
    """
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.default_int_handler)
    code: object = 1
    try:
        code = run()
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BaseException:  # noqa: BLE001 - as the interpreter would, and then an end of our own
        traceback.print_exc()
    finally:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_IGN)  # it ends, however often it is asked to
        ended = code if isinstance(code, int) else 1
        reporter(folder).end(ended)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended)


_reporters: dict[Path, Reporter] = {}


def reporter(folder: Path) -> Reporter:
    """The one reporter of a job's process."""
    return _reporters.setdefault(folder, Reporter(folder))


# The files.

_ENDED = {None: State.STOPPED, 0: State.DONE, INTERRUPTED: State.CANCELLED}
"""What exit codes mean; any other is a failure."""


def _start(workspace: Path, arguments: list[str], folder: str) -> Job:
    paths = WorkspacePaths(workspace.resolve())
    if arguments[0] != ANALYZE:
        give_way(workspace)
    try:
        make_folder(paths.folder)
        paths.job.mkdir(exist_ok=True)
        with _held(paths) as alive:
            if is_building(paths.folder):
                raise _busy(workspace)
            for name in (_COMMAND, _PROGRESS, _OUTPUT, _ERRORS):
                (paths.job / name).unlink(missing_ok=True)
            process = _process(paths.job, arguments, folder, alive)
            about = {"arguments": arguments, "folder": folder, "pid": process.pid}
            write_json(paths.job / _COMMAND, about | {"started_at": datetime.now(UTC).isoformat(timespec="seconds")})
    except OSError as error:
        raise WorkspaceError(f"The workspace {workspace} cannot be written ({error}).") from error
    job = current(workspace)
    assert job
    return job


@contextmanager
def _held(paths: WorkspacePaths) -> Iterator[IO[bytes]]:
    """The lock that a job's process will hold, ours until it is handed on."""
    with (paths.job / _ALIVE).open("ab") as file:
        for _ in range(5):
            if _locked(file, fcntl.LOCK_EX):
                yield file
                return
            time.sleep(0.02)  # somebody may just be asking whether a job runs
    raise _busy(paths.folder)


def _busy(workspace: Path) -> WorkspaceError:
    return WorkspaceError(f"Another build is running in {workspace}. Wait for it to finish, or cancel it.")


def _locked(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _process(job: Path, arguments: list[str], folder: str, alive: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a process that inherits the lock, and neither a terminal nor an end with ours."""
    package = str(Path(__file__).parents[2])
    environment = os.environ | {
        JOB: str(job),
        "PYTHONPATH": os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")])),
        "PYTHONUNBUFFERED": "1",
    }
    with (job / _OUTPUT).open("ab") as output, (job / _ERRORS).open("ab") as errors:
        return subprocess.Popen(  # noqa: S603 - our own program, and no shell
            [sys.executable, "-P", "-m", "explorer", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            pass_fds=[alive.fileno()],
            start_new_session=True,
        )


def _read(file: Path) -> dict[str, Any]:
    """A file's JSON; nothing where it is missing, or not written to its end."""
    try:
        said = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _remaining(told: dict[str, Any]) -> float | None:
    remaining = told.get("remaining")
    return None if remaining is None else max(0.0, remaining - (time.time() - told["at"]))


def _message(folder: Path, state: State) -> str:
    """The first line of the result, or the last error."""
    if state is State.DONE:
        return next(iter(_text(folder / _OUTPUT).splitlines()), "")
    errors = _text(folder / _ERRORS).strip()
    found = errors.rpartition("edgecase: ")[2] if "edgecase: " in errors else errors.rpartition("\n")[2]
    return in_words(found.strip())


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", errors="replace")
    except OSError:
        return ""


def _bound(file: Path) -> None:
    """Keep the end of a file that grew too large; whoever writes to it appends."""
    if file.exists() and file.stat().st_size > _MOST_PRINTED:
        with file.open("r+b") as opened:
            opened.seek(-_MOST_PRINTED // 2, os.SEEK_END)
            kept = opened.read()
            opened.seek(0)
            opened.write(kept)
            opened.truncate()


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _ends(workspace: Path, pid: int, number: int) -> bool:
    """Signal a job's process until it has ended, for some seconds: what just begins to wait would miss a single one."""
    start = time.monotonic()
    asked = start - _AGAIN
    while is_running(workspace) and (now := time.monotonic()) < start + _PATIENCE:
        if now >= asked + _AGAIN:
            _signal(pid, number)
            asked = now
        time.sleep(0.05)
    return not is_running(workspace)
