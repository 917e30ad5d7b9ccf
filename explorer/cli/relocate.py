"""Where a moved image folder is now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, opened, print_json
from explorer.data.counts import counted

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "relocate", _run, "Say where a moved image folder is now.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("new_root", type=Path, metavar="NEW_ROOT")
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.store.relocation import relocate

    done = relocate(opened(arguments), arguments.new_root)
    if arguments.json:
        print_json(done._asdict())
        return
    print(
        f"{done.before} is now {done.now}: {done.found:,} of {counted(done.images, 'image')} found, "
        f"{done.compared} compared."
    )
