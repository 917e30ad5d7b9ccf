"""Taking images as they arrive in a folder."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, decisions_option, finite, opened, share, threshold_option
from explorer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.store.workspace import Workspace


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "watch", _run, "Add images as they arrive in a folder, until it is interrupted.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("folder", type=Path, metavar="FOLDER", help="where images arrive, below it as well")
    said = "what a model of the workspace says of them, a file that grows: a table, of boxes COCO results by file_name"
    command.add_argument("--predictions", metavar="[NAME=]FILE", help=said)
    threshold_option(command)
    low = "below it a model counts as unsure of an image (default 0.5)"
    command.add_argument("--low-confidence", type=share, default=0.5, metavar="SHARE", help=low)
    command.add_argument("--once", action="store_true", help="take what is there, and end")
    often = "seconds between two looks; a file is taken once two see the same (default 2)"
    command.add_argument("--interval", type=_seconds, default=2.0, metavar="SECONDS", help=often)
    decisions_option(command)
    command.add_argument("--json", action="store_true", help="a JSON object a line, as it happens")


def _seconds(text: str) -> float:
    number = finite(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"expected seconds above 0, found {text!r}")
    return number


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.watch import Watch

    workspace = opened(arguments)
    watch = Watch(
        workspace,
        arguments.folder,
        _print_json if arguments.json else _print,
        predictions=_predictions(workspace, arguments.predictions),
        false_alarm=arguments.threshold,
        low_confidence=arguments.low_confidence,
    )
    if arguments.once:
        watch.once(arguments.interval)
    else:
        watch.run(arguments.interval)


def _predictions(workspace: Workspace, given: str | None) -> tuple[str, Path] | None:
    """The model and its file; the newest model where none is named."""
    if not given:
        return None
    name, equals, path = given.partition("=")
    if equals:
        return name, Path(path).expanduser()
    models = workspace.manifest.predictions
    if not models:
        raise SourceError("Expected a workspace with a model to add predictions of, found none: leave them out.")
    return models[-1], Path(given)


def _print_json(event: Mapping[str, Any]) -> None:
    print(json.dumps(event, ensure_ascii=False), flush=True)


def _print(event: Mapping[str, Any]) -> None:
    if event["event"] == "taken":
        matches = ", ".join(f"{one['name']} {one['similarity']:.2f}" for one in event["matches"])
        near = event["nearest"]
        like = f"no known edge case, nearest {near['name']} {near['similarity']:.2f}" if near else "no known edge case"
        unsure = f", low confidence of {', '.join(event['low_confidence'])}" if event["low_confidence"] else ""
        print(f"{event['id']}\t{matches or like}{unsure}", flush=True)
    else:
        print(f"{event.get('filepath', event['event'].replace('_', ' '))}: {event['reason']}", flush=True)
