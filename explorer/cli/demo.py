"""The sample data, built and opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.open import run, server_options
from explorer.cli.options import add_command, decisions_option, opened, progress_bars

if TYPE_CHECKING:
    import argparse

DEMO_WORKSPACE = "edgecase-demo"


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "demo", _run, "Build the sample data and open it.")
    command.add_argument("--detection", action="store_true", help="scenes with boxes instead of single garments")
    command.add_argument("--workspace", type=Path, metavar="DIR", help=f"default: {DEMO_WORKSPACE}[-detection]")
    server_options(command, host=False)
    decisions_option(command)


def _keep_review(arguments: argparse.Namespace) -> None:
    from explorer.actions.begin_review import begin_review
    from explorer.actions.demo import REVIEW, sample_data

    begin_review(opened(arguments), sample_data() / REVIEW)


def _run(arguments: argparse.Namespace) -> int:
    from explorer.actions.demo import FASHION, SCENES, build_demo, build_detection_demo, is_built

    arguments.workspace = arguments.workspace or Path(DEMO_WORKSPACE + "-detection" * arguments.detection)
    source, build = (SCENES, build_detection_demo) if arguments.detection else (FASHION, build_demo)
    if not is_built(arguments.workspace, source):
        with progress_bars() as progress:
            build(arguments.workspace, on_progress=progress)
        if not arguments.detection:
            _keep_review(arguments)
    return run(arguments)
