"""Labels: correcting and confirming them, and what was decided; the data stay as they came."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.events import author_of, list_events, reversals, say
from explorer.cli.options import add_command, decisions_option, listed_ids, opened, print_json, warn_of_decisions
from explorer.data.ids import printed_id

if TYPE_CHECKING:
    import argparse


_run_undo, _run_redo = reversals("label", attrgetter("corrections"))


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    group = commands.add_parser("label", help="Correct and confirm labels.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, run, summary in (
        ("correct", _run_correct, "Say what images or boxes are."),
        ("confirm", _run_confirm, "Say that their labels are right."),
        ("list", _run_list, "List the labels that were decided on."),
        ("history", _run_history, "List what was decided about labels, the newest first."),
        ("undo", _run_undo, "Take back an author's newest decision about labels."),
        ("redo", _run_redo, "Bring back what an author undid last."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name == "correct":
            command.add_argument("label", metavar="CLASS", help="what they are")
        if name in ("correct", "confirm"):
            command.add_argument("--ids", required=True, metavar="FILE|-", help="one id a line; - reads standard input")
            command.add_argument("--reason", default="", metavar="TEXT", help="why")
        if name not in ("list", "history"):
            command.add_argument("--author", metavar="NAME")
        decisions_option(command)
        command.add_argument("--json", action="store_true")


def _run_correct(arguments: argparse.Namespace) -> None:
    from explorer.actions.correct import correct

    workspace = opened(arguments)
    labels = dict.fromkeys(listed_ids(workspace, arguments.ids), arguments.label)
    how = {"author": author_of(arguments), "source": "command line", "reason": arguments.reason}
    say(correct(workspace, labels, **how), "label", arguments)


def _run_confirm(arguments: argparse.Namespace) -> None:
    from explorer.actions.correct import confirm

    workspace = opened(arguments)
    how = {"author": author_of(arguments), "source": "command line", "reason": arguments.reason}
    say(confirm(workspace, listed_ids(workspace, arguments.ids), **how), "label", arguments)


def _run_list(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    warn_of_decisions(workspace)
    decided = workspace.corrections.all().values()
    if arguments.json:
        print_json([{**vars(one), "confirmed": one.is_confirmed} for one in decided])
        return
    for one in decided:
        said = "confirmed" if one.is_confirmed else f"was {one.given or 'not labelled'}"
        print(f"{printed_id(one.id)}\t{one.label}\t{said}\t{one.author}\t{one.time:%Y-%m-%d %H:%M}")


def _run_history(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    warn_of_decisions(workspace)
    list_events(workspace.corrections.history(), "label", arguments)
