"""Predictions of further models on a built workspace."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, named_file, opened, print_json, progress_bars, unmatched_option
from explorer.errors import SourceError

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(
        commands, "add-predictions", _run, "Add a further model's predictions; no image is embedded again."
    )
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("predictions", nargs="*", metavar="NAME=FILE", help="a model and its predictions")
    command.add_argument("--replace", action="store_true", help="also where there are predictions of this name")
    unmatched_option(command)
    command.add_argument("--remove", metavar="NAME", help="take out a model that was added")
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    if bool(arguments.remove) == bool(arguments.predictions):
        raise SourceError("Expected predictions as NAME=FILE, or a model that was added after --remove.")
    if arguments.remove:
        _remove(arguments)
    else:
        _add(arguments)


def _add(arguments: argparse.Namespace) -> None:
    from explorer.actions.add_predictions import add_predictions

    named = [named_file(text) for text in arguments.predictions]
    with progress_bars() as progress:
        done = add_predictions(
            opened(arguments),
            named,
            replacing=arguments.replace,
            allow_unmatched=arguments.allow_unmatched,
            on_progress=progress,
        )
    for skipped in done.skipped:
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    if arguments.json:
        print_json({"added": done.names, "skipped": [one._asdict() for one in done.skipped]})
    else:
        print(f"Predictions added: {', '.join(done.names)}")


def _remove(arguments: argparse.Namespace) -> None:
    from explorer.actions.add_predictions import remove_predictions

    with progress_bars() as progress:
        left = remove_predictions(opened(arguments), arguments.remove, progress).manifest.predictions
    if arguments.json:
        print_json({"removed": arguments.remove, "left": left})
    else:
        print(f"Took out {arguments.remove}")
