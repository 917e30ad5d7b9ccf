"""How good the models are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, confidence_option, finite, opened, print_json

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "evaluate", _run, "Print how good the models are.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("--model", metavar="NAME", help="one model (default: all)")
    command.add_argument("--iou", type=finite, default=0.5, help="a box counts as found from this IoU on (default 0.5)")
    confidence_option(command)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.evaluate import evaluate

    figures = evaluate(opened(arguments), arguments.model, iou=arguments.iou, confidence=arguments.confidence)
    if arguments.json:
        print_json(figures)
        return
    for model, one in figures.items():
        print(model)
        for name, value in one.items():
            if name == "errors":
                print(f"  {name:10} {', '.join(f'{count} {kind}' for kind, count in value.items())}")
            elif name != "confusion":
                print(f"  {name:10} {'-' if value is None else value}")
