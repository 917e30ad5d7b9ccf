"""Pushing what is chosen to a Label Studio server, and noting among the decisions that it was."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.actions.export import note_export, said, write_export
from explorer.errors import ExportError
from explorer.exporters.push import KEY, push_label_studio

if TYPE_CHECKING:
    from explorer.actions.export import Chosen, Options
    from explorer.exporters.push import Pushed
    from explorer.store.workspace import Workspace

FORM = "label-studio"
"""The format of which a server can be pushed to."""


def push(workspace: Workspace, what: Chosen, url: str, options: Options, *, title: str = "") -> Pushed:
    """Make a project of what is chosen; the key is that of the environment variable `KEY`.

    Args:
        workspace: where it is.
        what: what is chosen.
        url: of the server.
        options: of the format label-studio; images that are copied go along in the tasks.
        title: of the project; by default the names of what is chosen.

    Raises:
        ExportError: another format is asked for, or the server cannot be reached or refuses.
    """
    if options.form != FORM:
        raise ExportError(f"Expected --format {FORM} with --push, found {options.form}: export it and upload that.")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "out"
        write_export(workspace, what, folder, options)
        named = title or f"{workspace.manifest.name}: {said(what)}"
        pushed = push_label_studio(folder, url, os.environ.get(KEY, ""), named[:50])
        return pushed._replace(warning=note_export(workspace, folder / "manifest.json", pushed.address))
