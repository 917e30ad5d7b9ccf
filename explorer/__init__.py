"""Edgecase Explorer: find where a vision model fails, on a map of its data.

The way through, in one line:

    folder or table -> Dataset -> embeddings (image, label, prediction) -> one kNN graph -> layout + signals
    -> map in the browser -> lasso -> subset -> grow -> export

`build` runs that pipeline into a workspace folder, `open_workspace` reads one, and the `edgecase` command does
both and starts the app. Everything else is described in its own module; `explorer.data.records` holds the nouns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer._version import __version__ as __version__
from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.notebook import NotebookWorkspace, build


__all__ = ["ExplorerError", "build", "open_workspace"]


def open_workspace(path: Path | str, decisions: Path | str | None = None) -> NotebookWorkspace:
    """Open a workspace that `build` made.

    Args:
        path: its folder.
        decisions: where its decisions are, unless in the folder: a SQLite file or `postgresql://USER@HOST/NAME`.

    Raises:
        WorkspaceError: there is none at `path`, or it cannot be read.
    """
    from explorer.notebook import NotebookWorkspace

    return NotebookWorkspace(path, decisions)


def __getattr__(name: str) -> object:
    """Load `build` when it is first used: it brings pandas and numpy along."""
    if name == "build":
        from explorer.notebook import build

        return build
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
