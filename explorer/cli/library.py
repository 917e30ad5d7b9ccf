"""Handing the edge-case library on, and taking one in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, decisions_option, opened, out_option
from explorer.data.counts import counted

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    group = commands.add_parser("library", help="Hand the edge-case library on, or take one in.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, run, summary in (
        ("export", _run_library_export, "Write every subset's detector into one file."),
        ("import", _run_library_import, "Add the detectors of an exported library."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name == "export":
            out_option(command, "the file to write", also="file")
        else:
            command.add_argument("file", type=Path, metavar="FILE")
        decisions_option(command)


def _run_library_export(arguments: argparse.Namespace) -> None:
    from explorer.actions.library import export_library

    for skipped in export_library(opened(arguments), arguments.file):
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    print(f"Library written to {arguments.file}")


def _run_library_import(arguments: argparse.Namespace) -> None:
    from explorer.actions.library import import_library

    names, left_out = import_library(opened(arguments), arguments.file)
    for skipped in left_out:
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    print(f"{counted(len(names), 'detector')} added: {', '.join(names)}")
