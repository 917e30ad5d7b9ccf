"""The log of decisions as a file, and checking such a file without the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, decisions_option, opened, out_option, print_json, warn_of_decisions
from explorer.data.counts import counted

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    group = commands.add_parser("audit", help="Write the whole log of decisions into a file, and check such a file.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    export = add_command(verbs, "export", _run_export, "Write every decision, with its checksum, as JSON Lines.")
    export.add_argument("workspace", type=Path, metavar="WORKSPACE")
    out_option(export, "the file", also="file")
    decisions_option(export)
    export.add_argument("--json", action="store_true")
    verify = add_command(verbs, "verify", _run_verify, "Check a file of decisions without the workspace; 1 if broken.")
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument("--json", action="store_true")


def _run_export(arguments: argparse.Namespace) -> None:
    from explorer.store.audit import export_log

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    events = export_log(workspace, arguments.file)
    if arguments.json:
        print_json({"path": str(arguments.file), "events": events})
        return
    print(f"{counted(events, 'event')} written to {arguments.file}")


def _run_verify(arguments: argparse.Namespace) -> int:
    from explorer.store.audit import verify_log

    found = verify_log(arguments.file)
    whole = found.broken_link is None
    if arguments.json:
        print_json({**found._asdict(), "whole": whole})
        return 0 if whole else 1
    print(f"{found.workspace}: {counted(found.events, 'event')} by {', '.join(found.authors) or 'nobody'}")
    print(f"last checksum: {found.newest or 'none'}")
    print("The chain is whole." if found.broken_link is None else f"The chain is broken: {found.broken_link.reason}.")
    return 0 if whole else 1
