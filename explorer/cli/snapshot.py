"""Writing a snapshot: a read-only page of the map that needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import (
    add_command,
    decisions_option,
    opened,
    out_option,
    print_json,
    progress_bars,
    warn_of_decisions,
)
from explorer.data.counts import counted

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "snapshot", _run, "Write the map as a read-only page that opens without a server.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    out_option(command, "a folder, or one file that ends in .html")
    command.add_argument(
        "--subset", action="append", dest="subsets", metavar="NAME", help="repeat for more (default: all subsets)"
    )
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.snapshot import snapshot

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    with progress_bars() as report:
        done = snapshot(workspace, arguments.out, arguments.subsets, on_progress=report)
    if arguments.json:
        print_json(done._asdict())
        return
    print(
        f"{counted(done.points, 'point')} and {counted(done.pictures, 'picture')}, "
        f"{done.bytes / 2**20:.1f} MiB, written to {done.path}"
    )
    for sentence in done.said:
        print(f"  {sentence}")
