"""Exporting a subset for relabeling."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, decisions_option, opened

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    from explorer.exporters import FORMATS

    command = add_command(commands, "export", _run, "Write a subset's images or table for relabeling.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("subset", metavar="SUBSET")
    command.add_argument("--format", choices=FORMATS, default="csv")
    command.add_argument("--out", type=Path, required=True, metavar="PATH")
    decisions_option(command)


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.export import relabel_package
    from explorer.exporters import exporter
    from explorer.points.live_subsets import named_subset
    from explorer.store.relocation import image_warning

    workspace = opened(arguments)
    package = relabel_package(workspace, named_subset(workspace, arguments.subset))
    written = exporter(arguments.format)(package, arguments.out)
    for skipped in written.left_out:
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    gone = image_warning(workspace)
    if gone:
        print(f"edgecase: {gone}", file=sys.stderr)
    if written.kept:
        print(f"edgecase: another table was there; it is kept as {written.kept}", file=sys.stderr)
    of = "images" if arguments.format == "images" or "sample" not in package.table else "boxes"
    print(f"{written.images} {of} of {arguments.subset} written to {written.path}")
