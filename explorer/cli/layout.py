"""Further layouts of a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, finite, opened, print_json, progress_bars

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "layout", _run, "Lay out all maps once more; the first ones stay.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--name", metavar="NAME", help="what the layout is called")
    which.add_argument("--remove", metavar="NAME", help="take a further layout out")
    command.add_argument("--n-neighbors", type=int, default=15, metavar="N")
    command.add_argument("--min-dist", type=finite, default=0.1, metavar="D")
    command.add_argument("--seed", type=int, default=42, metavar="S")
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.lay_out_again import lay_out_again, remove_layout

    with progress_bars() as progress:
        if arguments.remove:
            workspace = remove_layout(opened(arguments), arguments.remove, progress)
        else:
            workspace = lay_out_again(
                opened(arguments),
                arguments.name,
                n_neighbors=arguments.n_neighbors,
                min_dist=arguments.min_dist,
                seed=arguments.seed,
                on_progress=progress,
            )
    if arguments.json:
        print_json(workspace.info()["layouts"])
    else:
        print(f"Took out {arguments.remove}" if arguments.remove else f"Laid out as {arguments.name}")
