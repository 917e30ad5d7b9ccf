"""Images by words, by an image, or by an id."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, opened, positive, print_json, printed_id, space_options

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "search", _run, "Find images by words, by an image, or by an id.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    query = command.add_mutually_exclusive_group(required=True)
    query.add_argument("--text", metavar="TEXT")
    query.add_argument("--image", type=Path, metavar="FILE")
    query.add_argument("--like", metavar="ID")
    space_options(command, default=None)
    command.add_argument("-k", type=positive, default=25, help="how many (default 25)")
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.search import like_id, like_image, like_text

    workspace = opened(arguments)
    if arguments.text is not None:
        hits = like_text(workspace, arguments.text, arguments.k, arguments.space or "image")
    elif arguments.image is not None:
        hits = like_image(workspace, arguments.image, arguments.k, arguments.space or "image")
    else:
        hits = like_id(workspace, arguments.like, arguments.k, arguments.space)
    if arguments.json:
        print_json([hit._asdict() for hit in hits])
        return
    for hit in hits:
        print(f"{hit.similarity:.4f}\t{printed_id(hit.id)}")
