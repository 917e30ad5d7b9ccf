"""The `edgecase` command. Results go to stdout, progress and errors to stderr."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from explorer._version import __version__
from explorer.cli import open as open_
from explorer.cli.terminal import shown_as_text
from explorer.errors import ExplorerError, in_words, without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    *("demo", "inspect", "build", "open", "subset", "category", "search", "evaluate", "analyze", "finding", "compare"),
    *("check", "report", "label", "review", "export", "import-labels", "match", "add", "watch", "batch"),
    *("add-predictions", "layout", "embed", "library", "view", "snapshot", "info", "relocate", "backup", "audit"),
)
"""In the order of the help; each has a module of its name, that of `backup` describes `restore` too."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 1 on an error (`check`: 4), 130 when interrupted."""
    if "EDGECASE_JOB" in os.environ:
        from explorer.actions.jobs import JOB, run_reported

        run_reported(Path(os.environ[JOB]), lambda: _run(argv))
    return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    arguments = parser(*argv[:1]).parse_args(argv)
    with shown_as_text():
        return _done(arguments)


def _done(arguments: argparse.Namespace) -> int:
    """Do what was asked; whatever is wrong is one sentence."""
    try:
        return int(arguments.run(arguments) or 0)
    except ExplorerError as error:
        print(f"edgecase: {error}", file=sys.stderr)
    except BrokenPipeError:  # the reader of our output, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(
            f"edgecase: {in_words(without_secrets(what))}. Check the path, its permissions and the free space.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("\nedgecase: interrupted; run the same command again to go on from here.", file=sys.stderr)
        return 130
    return int(arguments.error_code)


class _Parser(argparse.ArgumentParser):
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401 - of several forms
        """Read arguments; the last of many names may stand behind options, which argparse knows since Python 3.12.7."""
        found, rest = super().parse_known_args(args, namespace)
        many = [action.dest for action in self._get_positional_actions() if action.nargs == argparse.ZERO_OR_MORE]
        for name in many:
            behind = [each for each in rest if not each.startswith("-")]
            setattr(found, name, [*getattr(found, name), *behind])
            rest = [each for each in rest if each.startswith("-")]
        return found, rest

    def error(self, message: str) -> NoReturn:
        """Say what was wrong with the arguments, which a password may be among."""
        super().error(without_secrets(message))


def parser(first: str = "") -> argparse.ArgumentParser:
    """Describe every command; the README's reference is held against this. No command is the start page.

    Args:
        first: the first argument; where it is a command, only that one is described, and nothing else imported.
    """
    top = _Parser(prog="edgecase", description="Find a vision model's edge cases on a map.")
    top.add_argument("--version", action="version", version=f"edgecase-explorer {__version__}")
    top.set_defaults(error_code=1)
    open_.start_page(top)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for name in [first] if first in COMMANDS else COMMANDS:
        importlib.import_module(f"explorer.cli.{name.replace('-', '_')}").add(commands)
    return top
