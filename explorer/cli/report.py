"""A report of where a model fails: one HTML file that needs no network, or Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import (
    add_command,
    decisions_option,
    judging_option,
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
    command = add_command(commands, "report", _run, "Write where a model fails as one HTML file, or as Markdown.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    out_option(command, "a file that ends in .html or .md")
    command.add_argument("--model", metavar="NAME", help="whose failures (default: the round's model, else the last)")
    command.add_argument("--against", metavar="NAME", help="the version before (default: the one before it)")
    command.add_argument("--round", metavar="NAME", help="the round of review (default: the newest of the model)")
    what = "what each part must reach, YAML as of `check` (default: what the round's protocol says)"
    command.add_argument("--thresholds", type=Path, metavar="FILE", help=what)
    edited = "YAML with a summary and recommended actions to edit; written with drafts where it is not there"
    command.add_argument("--actions", type=Path, metavar="FILE", help=edited)
    together = "a column such as patient, scene or video: images with the same value are not independent"
    command.add_argument("--group-by", metavar="COLUMN", help=together)
    judging_option(command)
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.report import report

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    with progress_bars() as progress:
        done = report(
            workspace,
            arguments.out,
            model=arguments.model,
            against=arguments.against,
            round_name=arguments.round,
            thresholds=arguments.thresholds,
            actions=arguments.actions,
            group_by=arguments.group_by,
            on_progress=progress,
        )
    if arguments.json:
        print_json(done._asdict())
        return
    said = f"{counted(done.modes, 'failure mode')}, {counted(done.pictures, 'image')}, {done.bytes / 2**20:.1f} MiB"
    print(f"{said}, written to {done.path}")
