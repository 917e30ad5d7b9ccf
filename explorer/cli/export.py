"""Exporting subsets, findings and saved views, or all images without some, for relabeling and for training."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.finding import found_key
from explorer.cli.options import (
    add_command,
    decisions_option,
    opened,
    progress_bars,
    warn_of_decisions,
)
from explorer.data.counts import counted

if TYPE_CHECKING:
    import argparse

    from explorer.actions.findings import Known
    from explorer.store.workspace import Workspace


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    from explorer.exporters import FORMATS

    command = add_command(commands, "export", _run, "Write images with labels, predictions and tags for other tools.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("subsets", nargs="*", metavar="SUBSET", help="one or several; or --all")
    command.add_argument("--all", dest="everything", action="store_true", help="all images of the workspace")
    command.add_argument(
        "--without", action="append", default=[], metavar="SUBSET", help="leave its members out; repeat for more"
    )
    command.add_argument(
        "--without-removed", action="store_true", help="leave out every subset that is marked for removal"
    )
    command.add_argument(
        "--view", action="append", default=[], metavar="NAME", help="a saved view: what is selected in it, or shown"
    )
    command.add_argument(
        "--finding", action="append", default=[], metavar="KEY", help="of `edgecase finding list`, or its beginning"
    )
    command.add_argument("--format", choices=FORMATS, help="(default: parquet where -o ends in it, else csv)")
    where = command.add_mutually_exclusive_group(required=True)
    where.add_argument("-o", "--out", type=Path, metavar="PATH", help="the file or the folder to write")
    key = "make a project on a Label Studio server; its key is in the environment variable LABEL_STUDIO_API_KEY"
    where.add_argument("--push", metavar="URL", help=key)
    command.add_argument("--project", default="", metavar="TITLE", help="of the project (default: what is in it)")
    command.add_argument(
        "--labels",
        default="given",
        metavar="given|corrected|MODEL",
        help="which labels: as given, as corrected, or what a model said (default given)",
    )
    media = command.add_mutually_exclusive_group()
    media.add_argument(
        "--copy-images", dest="media", action="store_const", const="copy", default="", help="put copies beside"
    )
    media.add_argument("--link", dest="media", action="store_const", const="link", help="put symbolic links beside")
    decisions_option(command)


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.export import Options, chosen, export
    from explorer.actions.push import push

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    found = _findings(workspace, arguments.finding)
    what = chosen(
        workspace,
        arguments.subsets,
        everything=arguments.everything,
        without=arguments.without,
        without_removed=arguments.without_removed,
        findings=found,
        views=arguments.view,
    )
    options = Options(arguments.format or _format_of(arguments.out), arguments.labels, arguments.media)
    if arguments.push:
        pushed = push(workspace, what, arguments.push, options, title=arguments.project)
        print(f"{counted(pushed.tasks, 'task')} pushed to {pushed.address}")
        if pushed.warning:
            print(f"edgecase: {pushed.warning}", file=sys.stderr)
        return
    done = export(workspace, what, arguments.out, options)
    for skipped in done.written.left_out:
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    if done.warning:
        print(f"edgecase: {done.warning}", file=sys.stderr)
    if done.written.kept:
        print(f"edgecase: another table was there; it is kept as {done.written.kept}", file=sys.stderr)
    of = f" of {' and '.join(subset.name for subset in what.subsets)}" if what.subsets else ""
    without = f" without {' and '.join(subset.name for subset in what.without)}" if what.without else ""
    print(f"{done.many}{of}{without} written to {done.written.path}")


def _format_of(path: Path | None) -> str:
    """The format that the ending of a file says."""
    return "parquet" if path and path.suffix.lower() == ".parquet" else "csv"


def _findings(workspace: Workspace, keys: list[str]) -> list[Known]:
    """What the analyses claim under these keys; nothing is computed where there is none."""
    if not keys:
        return []
    from explorer.actions.analyze import findings_of

    with progress_bars() as progress:
        every = {one.key: one for one in findings_of(workspace, None, on_progress=progress)}
    titles = {key: one.finding.title for key, one in every.items()}
    return [every[found_key(key, titles)] for key in keys]
