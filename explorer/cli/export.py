"""Exporting a subset for relabeling."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, decisions_option, opened, out_option, warn_of_decisions

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    from explorer.exporters import FORMATS

    command = add_command(commands, "export", _run, "Write a subset's images or table for relabeling.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("subset", metavar="SUBSET")
    command.add_argument("--format", choices=FORMATS, default="csv")
    out_option(command, "the file or the folder to write")
    decisions_option(command)


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.export import export
    from explorer.points.live_subsets import named_subset

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    done = export(workspace, named_subset(workspace, arguments.subset), arguments.format, arguments.out)
    for skipped in done.written.left_out:
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    if done.warning:
        print(f"edgecase: {done.warning}", file=sys.stderr)
    if done.written.kept:
        print(f"edgecase: another table was there; it is kept as {done.written.kept}", file=sys.stderr)
    print(f"{done.written.images} {done.of} of {arguments.subset} written to {done.written.path}")
