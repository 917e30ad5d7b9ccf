"""Batches of added images: listed, and taken out again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, decisions_option, opened, print_json, progress_bars

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    group = commands.add_parser("batch", help="List the batches of added images, or take one out.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, run, summary in (
        ("list", _run_list, "List the batches of added images."),
        ("remove", _run_remove, "Take a batch out; what people decided about its images stays."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name == "remove":
            command.add_argument("name", metavar="NAME")
        decisions_option(command)
        command.add_argument("--json", action="store_true")


def _run_list(arguments: argparse.Namespace) -> None:
    from explorer.actions.batches import left_out_batches

    workspace = opened(arguments)
    found = workspace.manifest.batches
    for name, reason in left_out_batches(workspace).items():
        print(f"edgecase: {name} is not on the map: {reason}", file=sys.stderr)
    if arguments.json:
        print_json(found)
        return
    for batch in found:
        print(f"{batch['name']}\t{batch['images']}\t{batch['added_at'][:16]}\t{batch['source']}")


def _run_remove(arguments: argparse.Namespace) -> None:
    from explorer.actions.batches import take_out

    with progress_bars() as progress:
        left = take_out(opened(arguments), arguments.name, on_progress=progress).manifest.batches
    if arguments.json:
        print_json({"removed": arguments.name, "left": [batch["name"] for batch in left]})
    else:
        print(f"Took out {arguments.name}")
