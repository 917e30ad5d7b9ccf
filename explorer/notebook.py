"""What a notebook uses: a build with its progress, data that is in memory, and the app beside it."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from explorer.cli.options import progress_bars
from explorer.errors import WorkspaceError
from explorer.store.paths import DECISIONS
from explorer.store.served import served_at
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    import pandas as pd

    from explorer.data.records import OnProgress

_START_SECONDS = 120
_ASK_AGAIN_SECONDS = 0.2


class BuildOptions(TypedDict, total=False):
    """What else a build takes; see `explorer.actions.build.build`."""

    labels: Path | str | None
    predictions: Sequence[tuple[str, Path | str]] | Mapping[str, Path | str]
    allow_unmatched: bool
    model: str | None
    pretrained: str | None
    engine: str | None
    n_neighbors: int
    min_dist: float
    seed: int
    margin: float
    columns: Mapping[str, str]
    name: str | None


class NotebookWorkspace(Workspace):
    """A workspace that can show itself."""

    def show(self, port: int | None = None) -> str:
        """The address at which the app shows this workspace; it is started where none runs, and ends with Python.

        Args:
            port: to listen on, where it is started; None takes the first free one from 8501.

        Raises:
            WorkspaceError: the app does not start.
        """
        own = self.decisions_location == self.paths.decisions
        decisions = "" if own else str(self.decisions_location)
        return served_at(self.paths, decisions) or self._serve(decisions, port)

    def _serve(self, decisions: str, port: int | None) -> str:
        command = [sys.executable, "-m", "explorer", "open", str(self.path.resolve()), "--no-browser"]
        command += ["--port", str(port)] if port else []
        environment = os.environ | ({DECISIONS: decisions} if decisions else {})
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(  # noqa: S603 - this program
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said
            )
            atexit.register(process.terminate)
            until = time.monotonic() + _START_SECONDS
            while process.poll() is None and time.monotonic() < until:
                if address := served_at(self.paths, decisions):
                    return address
                time.sleep(_ASK_AGAIN_SECONDS)
            process.terminate()
            said.seek(0)
            last = said.read().decode(errors="replace").strip().rpartition("\n")[2]
        raise WorkspaceError(f"The app did not start for {self.path}: {last or 'it does not answer'}.")


def build(
    source: Path | str | pd.DataFrame | Sequence[Mapping[str, Any]],
    workspace: Path | str,
    *,
    vectors: Path | str | None = None,
    on_progress: OnProgress | None = None,
    **options: Unpack[BuildOptions],
) -> NotebookWorkspace:
    """Embed images, labels and predictions, lay out their maps, and make that a workspace's current build.

    Args:
        source: a folder of images, a table of them, a COCO file or a YOLO dataset; or a DataFrame or a list of records
            with a column `image` or `filepath`, which are kept in the workspace.
        workspace: the folder to build in.
        vectors: own vectors instead of a CLIP model: a file, or the name of a DataFrame's column of arrays; columns
            `vector` and `embedding` are taken where no model is named.
        on_progress: called with the current step, units done, and units in all; None shows bars in a notebook and on
            a terminal.
        options: see `explorer.actions.build.build`.

    Raises:
        SourceError: the source, labels, predictions or vectors cannot be used.
        ModelError: the model cannot be loaded.
        WorkspaceError: the workspace cannot be written.
    """
    from explorer.actions.build import build as build_files

    with _progress(on_progress) as progress:
        if isinstance(source, str | Path):
            built = build_files(source, workspace, vectors=vectors, on_progress=progress, **options)
        else:
            built = _build_table(source, Path(workspace), vectors, progress, options)
    return NotebookWorkspace(built.path, built.decisions_location)


def _build_table(
    rows: pd.DataFrame | Sequence[Mapping[str, Any]],
    folder: Path,
    vectors: Path | str | None,
    progress: OnProgress | None,
    options: BuildOptions,
) -> Workspace:
    """Build from what is in memory, kept in the workspace first."""
    from explorer.actions.build import build as build_files
    from explorer.actions.keep_table import VECTOR_COLUMNS, forget_other_tables, keep_table

    columns = {str(name) for name in (rows.columns if hasattr(rows, "columns") else rows[0] if rows else ())}
    own = () if options.get("model") or options.get("pretrained") or vectors else VECTOR_COLUMNS
    column = next((name for name in (str(vectors), *own) if name in columns), None)
    kept = keep_table(folder, rows, column)
    called: BuildOptions = {"name": folder.resolve().name, **options}
    built = build_files(kept.table, folder, vectors=kept.vectors or vectors, on_progress=progress, **called)
    forget_other_tables(folder, kept)
    return built


def _progress(given: OnProgress | None) -> AbstractContextManager[OnProgress | None]:
    """What is told about progress: bars where somebody watches and nothing else was given."""
    return progress_bars() if given is None and _is_watched() else nullcontext(given)


def _is_watched() -> bool:
    """Whether what is written to stderr is read as it comes: on a terminal, or below the cell of a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules
