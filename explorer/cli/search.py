"""Images by words, by an image, by an id, or by examples."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, finite, opened, positive, print_json, space_options
from explorer.data.ids import printed_id
from explorer.errors import SubsetError

if TYPE_CHECKING:
    import argparse

    from explorer.actions.search import Found


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "search", _run, "Find images by words, by an image, by an id, or by examples.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    query = command.add_mutually_exclusive_group(required=True)
    query.add_argument("--text", metavar="TEXT")
    query.add_argument("--image", type=Path, metavar="FILE")
    query.add_argument("--like", metavar="ID")
    query.add_argument("--more", nargs="+", metavar="ID", help="find more like these")
    command.add_argument("--less", nargs="+", default=[], metavar="ID", help="with --more: and less like these")
    space_options(command, default=None)
    command.add_argument("-k", "--count", type=positive, default=25, help="how many at most (default 25)")
    least = "the smallest similarity (with --more, score) that is still given"
    command.add_argument("--threshold", type=finite, default=-math.inf, metavar="SIMILARITY", help=least)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    found = _found(arguments)
    if arguments.json:
        print_json({"nothing_like_it": found.nothing_like_it, "hits": [hit._asdict() for hit in found.hits]})
        return
    if found.nothing_like_it:
        from explorer.subsets.chance import NOTHING_LIKE_IT

        print(f"edgecase: {NOTHING_LIKE_IT}", file=sys.stderr)
    for hit in found.hits:
        print(f"{hit.similarity:.4f}\t{printed_id(hit.id)}")


def _found(arguments: argparse.Namespace) -> Found:
    from explorer.actions.search import like_examples, like_id, like_image, like_text

    if arguments.less and not arguments.more:
        raise SubsetError("Expected --more beside --less, found none. Say with --more ID what to find.")
    workspace, k, least = opened(arguments), arguments.count, arguments.threshold
    pictures = arguments.space or "image"
    if arguments.text is not None:
        return like_text(workspace, arguments.text, k, pictures, at_least=least)
    if arguments.image is not None:
        return like_image(workspace, arguments.image, k, pictures, at_least=least)
    if arguments.more:
        return like_examples(workspace, arguments.more, arguments.less, k, arguments.space, at_least=least)
    return like_id(workspace, arguments.like, k, arguments.space, at_least=least)
