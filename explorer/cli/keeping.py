"""Saying what a workspace holds, and keeping it safe."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.common import add_command, counted, decisions_option, looked_at, opened, print_json

if TYPE_CHECKING:
    import argparse

    from explorer.store.workspace import Workspace


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    _info(commands)
    _relocate(commands)
    _backup(commands)
    _restore(commands)


def _info(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "info", _run_info, "Say what a workspace holds.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _relocate(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "relocate", _run_relocate, "Say where a moved image folder is now.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("new_root", type=Path, metavar="NEW_ROOT")
    command.add_argument("--json", action="store_true")


def _backup(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "backup", _run_backup, "Write decisions and manifest into one file.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--full", action="store_true", help="also the samples, maps and vectors")
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _restore(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "restore", _run_restore, "Make a workspace of a backup.")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _run_info(arguments: argparse.Namespace) -> None:
    from explorer.store.derived.manifest import damaged_files
    from explorer.store.relocation import image_warning

    workspace = opened(arguments)
    subsets = [{"name": each.name, "members": len(each.members)} for each in looked_at(workspace)]
    damaged = [str(file) for file in damaged_files(workspace.path, workspace.manifest)]
    info = {**workspace.info(), "subsets": subsets, "images_gone": image_warning(workspace), "damaged": damaged}
    if arguments.json:
        print_json(info)
        return
    print(f"{info['name']}: {counted(info['samples'])} from {info['source']}, built {info['built_at']}")
    print(f"  model            {info['model']['name']}")
    print(f"  spaces           {', '.join(info['spaces'])}")
    print(f"  predictions      {', '.join(info['predictions']) or 'none'}")
    for name, title in (("trustworthiness", "trustworthiness"), ("neighbors_kept", "neighbors kept")):
        print(f"  {title:16} {'too few images to say' if info[name] is None else info[name]}")
    print(f"  left out         {len(info['skipped'])}")
    for skipped in info["skipped"]:
        print(f"    {skipped['filepath']}: {skipped['reason']}")
    for subset in info["subsets"]:
        print(f"  subset           {subset['name']} ({subset['members']})")
    if info["images_gone"]:
        print(f"edgecase: {info['images_gone']}", file=sys.stderr)
    for file in damaged:
        print(f"edgecase: {file} is not as it was written: run the build again to make it anew.", file=sys.stderr)


def _run_relocate(arguments: argparse.Namespace) -> None:
    from explorer.store.relocation import relocate

    done = relocate(opened(arguments), arguments.new_root)
    if arguments.json:
        print_json(done._asdict())
        return
    print(f"{done.before} is now {done.now}: {done.found:,} of {done.images:,} images found, {done.compared} compared.")


def _run_backup(arguments: argparse.Namespace) -> None:
    from explorer.store.backup import backup

    done = backup(opened(arguments), arguments.file, full=arguments.full)
    if arguments.json:
        print_json(done._asdict())
        return
    print(f"{done.events:,} events and {done.derived:,} derived files written to {done.path}")


def _run_restore(arguments: argparse.Namespace) -> None:
    from explorer import open_workspace
    from explorer.store.backup import restore

    done = restore(arguments.file, arguments.workspace, arguments.decisions)
    if arguments.json:
        print_json(done._asdict())
        return
    print(f"{done.events:,} events and {done.derived:,} derived files restored to {done.path}")
    if done.derived:
        print(f"Open it with: edgecase open {done.path}")
    else:
        print(f"Make its maps again with: {_build_command(open_workspace(done.path))}")


def _build_command(workspace: Workspace) -> str:
    """How to build a workspace again, with a place for each file that the manifest does not name."""
    from explorer.embedding import DEFAULT_MODEL, DEFAULT_PRETRAINED

    about = workspace.manifest
    options = [f"--predictions {name}=FILE" for name in about.predictions]
    if not about.model.get("text"):
        options.append("--vectors FILE")
    elif (about.model["name"], about.model["pretrained"]) != (DEFAULT_MODEL, DEFAULT_PRETRAINED):
        options.append(shlex.join(["--model", about.model["name"], "--pretrained", str(about.model["pretrained"])]))
    return " ".join([shlex.join(["edgecase", "build", about.source, "--workspace", str(workspace.path)]), *options])
