"""Decisions, roles and manifest in one file, and a workspace made of it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, decisions_option, opened, out_option, print_json, warn_of_decisions
from explorer.data.counts import counted

if TYPE_CHECKING:
    import argparse

    from explorer.store.workspace import Workspace


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    _backup(commands)
    _restore(commands)


def _backup(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "backup", _run_backup, "Write decisions, roles and manifest into one file.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    out_option(command, "the new file", also="file")
    command.add_argument("--full", action="store_true", help="also the samples, maps and vectors")
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _restore(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "restore", _run_restore, "Make a workspace of a backup.")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _run_backup(arguments: argparse.Namespace) -> None:
    from explorer.store.backup import backup

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    done = backup(workspace, arguments.file, full=arguments.full)
    if arguments.json:
        print_json(done._asdict())
        return
    print(f"{counted(done.events, 'event')} and {counted(done.derived, 'derived file')} written to {done.path}")


def _run_restore(arguments: argparse.Namespace) -> None:
    from explorer import open_workspace
    from explorer.store.backup import restore

    done = restore(arguments.file, arguments.workspace, arguments.decisions)
    warn_of_decisions(open_workspace(done.path, arguments.decisions))
    if arguments.json:
        print_json(done._asdict())
        return
    print(f"{counted(done.events, 'event')} and {counted(done.derived, 'derived file')} restored to {done.path}")
    if done.derived:
        print(f"Open it with: edgecase open {done.path}")
    else:
        print(f"Make its maps again with: {_build_command(open_workspace(done.path))}")


def _build_command(workspace: Workspace) -> str:
    """How to build a workspace again, with a place for each file that the manifest does not name."""
    from explorer.embedding.clip import DEFAULT_MODEL, DEFAULT_PRETRAINED

    about = workspace.manifest
    options = [f"--predictions {name}=FILE" for name in about.predictions]
    if not about.model.get("text"):
        options.append("--vectors FILE")
    elif (about.model["name"], about.model["pretrained"]) != (DEFAULT_MODEL, DEFAULT_PRETRAINED):
        options.append(shlex.join(["--model", about.model["name"], "--pretrained", str(about.model["pretrained"])]))
    return " ".join([shlex.join(["edgecase", "build", about.source, "--workspace", str(workspace.path)]), *options])
