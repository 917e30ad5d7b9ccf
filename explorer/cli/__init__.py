"""The `edgecase` command. Results go to stdout, progress and errors to stderr."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from explorer._version import __version__
from explorer.cli import (
    add,
    add_predictions,
    analyze,
    backup,
    batch,
    build,
    category,
    demo,
    embed,
    evaluate,
    export,
    info,
    inspect,
    layout,
    library,
    match,
    relocate,
    search,
    snapshot,
    subset,
    view,
)
from explorer.cli import (
    open as open_,
)
from explorer.errors import ExplorerError, without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    *(demo, inspect, build, open_, subset, category, export, search, evaluate, analyze, match, add, batch),
    *(add_predictions, layout, embed, library, view, snapshot, info, relocate, backup),
)
"""In the order of the help."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 1 on an error, 130 when interrupted."""
    if "EDGECASE_JOB" in os.environ:
        from explorer.actions.jobs import JOB, run_reported

        run_reported(Path(os.environ[JOB]), lambda: _run(argv))
    return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except ExplorerError as error:
        print(f"edgecase: {error}", file=sys.stderr)
    except BrokenPipeError:  # the reader of our output, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(
            f"edgecase: {without_secrets(what)}. Check the path, its permissions and the free space.", file=sys.stderr
        )
    except KeyboardInterrupt:
        print("\nedgecase: interrupted; run the same command again to go on from here.", file=sys.stderr)
        return 130
    return 1


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what was wrong with the arguments, which a password may be among."""
        super().error(without_secrets(message))


def parser() -> argparse.ArgumentParser:
    """Describe every command; the README's reference is held against this. No command is the start page."""
    top = _Parser(prog="edgecase", description="Find a vision model's edge cases on a map.")
    top.add_argument("--version", action="version", version=f"edgecase-explorer {__version__}")
    open_.start_page(top)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return top
