"""The examples of a category: where each comes from, whether it counts, how often it was used, and retiring them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.events import author_of, list_events
from explorer.cli.options import add_command, decisions_option, listed_ids, opened, print_json, warn_of_decisions
from explorer.data.counts import counted
from explorer.data.ids import printed_id

if TYPE_CHECKING:
    import argparse

    from explorer.actions.hygiene import Example


def add(verbs: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these verbs of `edgecase category`."""
    for name, run, summary in (
        ("examples", _run_examples, "List the examples of a category, whether each counts, and how often it was used."),
        ("retire-examples", _run_retire, "Take examples out of a category, with a reason; none is deleted."),
        ("changelog", _run_changelog, "List what was decided about a category and its examples, the newest first."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        command.add_argument("name", metavar="NAME")
        if name == "examples":
            together = "a column such as patient, scene or video: what the training split has of it does not count"
            command.add_argument("--group-by", metavar="COLUMN", help=together)
        if name == "retire-examples":
            command.add_argument("--ids", required=True, metavar="FILE|-", help="one id a line; - reads standard input")
            command.add_argument("--reason", required=True, metavar="TEXT")
            command.add_argument("--author", metavar="NAME")
        decisions_option(command)
        command.add_argument("--json", action="store_true")


def _run_examples(arguments: argparse.Namespace) -> None:
    from explorer.actions.analyzed import analyzed
    from explorer.actions.hygiene import examples, uses
    from explorer.points.opened_build import View

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    found = examples(analyzed(View(workspace), group_by=arguments.group_by), arguments.name)
    used = uses(workspace, [one.id for one in found])
    if arguments.json:
        rows = [{**one._asdict(), "leak": one.leak.way if one.leak else None} for one in found]
        print_json({"examples": rows, "used": [one._asdict() for one in used]})
        return
    for one in found:
        print("\t".join((printed_id(one.id), one.origin, one.author, one.split, _leak(one))).rstrip())
    counting = sum(one.leak is None for one in found)
    print(f"{counting:,} of {counted(len(found), 'example')} count.")
    for use in used:
        print(f"Used in the round {use.round} to judge {use.model or 'no model'}: {use.examples:,} of them.")


def _leak(one: Example) -> str:
    words = {"itself": "in the training split", "copy": "near copy of {}", "group": "hangs together with {}"}
    return words[one.leak.way].format(printed_id(one.of)) if one.leak else ""


def _run_retire(arguments: argparse.Namespace) -> None:
    from explorer.actions.hygiene import retire_examples

    workspace = opened(arguments)
    ids = listed_ids(workspace, arguments.ids)
    who = author_of(arguments)
    list_events(retire_examples(workspace, arguments.name, ids, author=who, reason=arguments.reason), "key", arguments)


def _run_changelog(arguments: argparse.Namespace) -> None:
    from explorer.actions.hygiene import changes

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    list_events(changes(workspace, arguments.name), "key", arguments)
