"""Verdicts of a round: giving them, settling differences, agreement, spreadsheets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.events import author_of
from explorer.cli.options import (
    add_command,
    decisions_option,
    model_of,
    opened,
    opened_view,
    positive,
    print_json,
    seed,
    warn_of_decisions,
)
from explorer.data.counts import counted
from explorer.data.ids import printed_id, read_id
from explorer.data.verdicts import ROLES, SEVERITIES, VERDICTS
from explorer.errors import ReviewError

if TYPE_CHECKING:
    import argparse

    from explorer.actions.review import Disagreement
    from explorer.data.verdicts import Item, Round, Verdict
    from explorer.store.workspace import Workspace


def add(verbs: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these verbs of `edgecase review`."""
    for name, run, summary in (
        ("next", _run_next, "Show the item that a reviewer judges next, without what is blinded."),
        ("verdict", _run_verdict, "Give a verdict on the next item, or on one that is named."),
        ("disagreements", _run_disagreements, "List the items on which reviewers differ, with votes without names."),
        ("adjudicate", _run_adjudicate, "Settle an item on which reviewers differ; all votes stay."),
        ("agreement", _run_agreement, "Measure how far reviewers agree, beyond chance too."),
        ("export", _run_export, "Write a round as a spreadsheet."),
        ("import", _run_import, "Take in the verdicts of a spreadsheet, all or none."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name != "import":
            command.add_argument("round", metavar="ROUND")
        if name in _OPTIONS:
            _OPTIONS[name](command)
        if name in ("next", "verdict", "adjudicate", "import"):
            command.add_argument("--author", metavar="NAME")
        decisions_option(command)
        command.add_argument("--json", action="store_true")


def _said_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("verdict", choices=list(VERDICTS), metavar="VERDICT", help=", ".join(VERDICTS))
    command.add_argument("--severity", choices=SEVERITIES, default="")
    command.add_argument("--reason", default="", metavar="TEXT", help="why the model failed")
    command.add_argument(
        "--category", action="append", default=[], dest="categories", metavar="NAME", help="it belongs to; repeat"
    )
    command.add_argument("--comment", default="", metavar="TEXT")


def _verdict_options(command: argparse.ArgumentParser) -> None:
    _said_options(command)
    command.add_argument("--id", metavar="ID", help="of the item (default: the reviewer's next)")


def _adjudicate_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", metavar="ID")
    _said_options(command)


def _agreement_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--draws", type=positive, default=1000, metavar="N", help="of the bootstrap (1000)")
    command.add_argument("--seed", type=seed, default=42)


def _export_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the CSV file")
    command.add_argument("--wide", action="store_true", help="a column to tick for each category")
    command.add_argument("--full", action="store_true", help="also reasons, times, second readings, adjudications")
    command.add_argument("--person", metavar="NAME", help="who will read it: no more than they may see (default: you)")
    command.add_argument("--role", choices=ROLES, help="what they are (default: as roles.yaml of the workspace says)")


def _import_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--round", default="", metavar="NAME", help="(default: the name of the file); begun if new")
    command.add_argument("--reviewer", default="", metavar="NAME", help="where the sheet does not say who judged")
    command.add_argument("--model", metavar="NAME", help="whose predictions were judged (default: the first model's)")


_OPTIONS = {
    "verdict": _verdict_options,
    "adjudicate": _adjudicate_options,
    "agreement": _agreement_options,
    "export": _export_options,
    "import": _import_options,
}


def _run_next(arguments: argparse.Namespace) -> None:
    from explorer.actions.review import next_item, seen
    from explorer.review.blinding import shown_id

    workspace = opened(arguments)
    who = author_of(arguments)
    one = workspace.rounds.find(arguments.round)
    item = next_item(workspace, one.key, who)
    if item is None:
        print("null" if arguments.json else _done(workspace, one, who))
        return
    facts, name = seen(opened_view(workspace), one, item.id, "reviewer"), shown_id(item.id, one, "reviewer")
    if arguments.json:
        print_json({**vars(facts), "id": name, "hidden": sorted(facts.hidden), "place": item.place})
        return
    print(f"Item {item.place + 1}: {printed_id(name)}")
    for title, text in (("label", facts.label), ("prediction", facts.prediction), *facts.metadata.items()):
        if text:
            print(f"{title}: {text}")
    print(f"hidden: {', '.join(sorted(facts.hidden)) or 'nothing'}")


def _done(workspace: Workspace, one: Round, who: str) -> str:
    from explorer.actions.review import queue_of

    gone = sum(each.verdict is None for each in queue_of(workspace, one.key, who))
    if not gone:
        return f"{who} has judged every item of “{one.name}”."
    items = counted(gone, "item is", "items are")
    return f"{who} has judged every item of “{one.name}” that is in this build; {items} not in it any more."


def _run_verdict(arguments: argparse.Namespace) -> None:
    from explorer.actions.review import give_verdict

    workspace = opened(arguments)
    who = author_of(arguments)
    item = _item(workspace, arguments, who)
    given = give_verdict(workspace, arguments.round, item, arguments.verdict, reviewer=who, **_said(arguments))
    _print_verdict(given, workspace, arguments)


def _run_disagreements(arguments: argparse.Namespace) -> None:
    from explorer.actions.review import disagreements
    from explorer.review.blinding import shown_id

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    one = workspace.rounds.find(arguments.round)
    found = [(shown_id(each.id, one, "adjudicator"), each) for each in disagreements(workspace, one.key)]
    if arguments.json:
        print_json([_difference(name, each) for name, each in found])
        return
    for name, each in found:
        votes = ", ".join(VERDICTS[vote.verdict] for vote in each.votes)
        print(f"{printed_id(name)}\t{votes}\t{each.adjudicated.shown if each.adjudicated else 'waits'}")


def _run_adjudicate(arguments: argparse.Namespace) -> None:
    from explorer.actions.item_names import Names
    from explorer.actions.review import adjudicate

    workspace = opened(arguments)
    item = Names(workspace, workspace.rounds.find(arguments.round)).id_of(read_id(arguments.id))
    who = author_of(arguments)
    said = _said(arguments)
    given = adjudicate(workspace, arguments.round, item, arguments.verdict, adjudicator=who, **said)
    _print_verdict(given, workspace, arguments)


def _run_agreement(arguments: argparse.Namespace) -> None:
    from explorer.actions.review_agreement import agreement_of
    from explorer.review.agreement import as_json, in_lines

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    found = agreement_of(opened_view(workspace), arguments.round, draws=arguments.draws, seed=arguments.seed)
    if arguments.json:
        print_json(as_json(found))
        return
    for line in in_lines(found):
        print(line)


def _run_export(arguments: argparse.Namespace) -> None:
    from explorer.actions.review_sheets import export_verdicts
    from explorer.review.people import read_people
    from explorer.store.workspace import author

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    person = arguments.person or author()
    lines = export_verdicts(
        opened_view(workspace),
        arguments.round,
        arguments.out,
        "wide" if arguments.wide else "long",
        role=arguments.role or read_people(workspace.paths.roles).role(person),
        person=person,
        full=arguments.full,
    )
    if arguments.json:
        print_json({"path": str(arguments.out), "lines": lines})
        return
    print(f"{lines:,} items and reviewers written to {arguments.out}")


def _run_import(arguments: argparse.Namespace) -> None:
    from explorer.actions.review_sheets import import_verdicts

    workspace = opened(arguments)
    done = import_verdicts(
        workspace,
        arguments.file,
        author=author_of(arguments),
        name=arguments.round,
        reviewer=arguments.reviewer,
        model=model_of(workspace, arguments.model),
    )
    if arguments.json:
        print_json(
            {"round": done.round.name, "verdicts": done.verdicts, "waiting": done.waiting, "left_out": done.left_out}
        )
        return
    print(
        f"{counted(done.verdicts, 'verdict')} taken into the round “{done.round.name}”, "
        f"{counted(done.waiting, 'line')} without one."
    )
    if done.left_out:
        print(f"Columns that mean nothing here: {', '.join(done.left_out)}")


def _item(workspace: Workspace, arguments: argparse.Namespace, reviewer: str) -> Item:
    """The item of a reviewer's queue that is meant: the next one, or of an id where it waits, else the first."""
    from explorer.actions.item_names import Names
    from explorer.actions.review import next_item, queue_of

    if arguments.id is None:
        item = next_item(workspace, arguments.round, reviewer)
        if item is None:
            raise ReviewError(f"{reviewer} has judged every item already. Name one with --id to change its verdict.")
        return item
    wanted = Names(workspace, workspace.rounds.find(arguments.round)).id_of(read_id(arguments.id))
    places = [each for each in queue_of(workspace, arguments.round, reviewer) if each.id == wanted]
    if not places:
        raise ReviewError(f"Expected an item that {reviewer} judges, found {arguments.id!r}. See: review next.")
    return next((each for each in places if each.verdict is None), places[0])


def _difference(name: str, one: Disagreement) -> dict[str, Any]:
    votes = [vars(vote) for vote in one.votes]
    return {"id": name, "votes": votes, "adjudicated": _plain(one.adjudicated, name)}


def _said(arguments: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in ("severity", "reason", "categories", "comment")}


def _print_verdict(given: Verdict, workspace: Workspace, arguments: argparse.Namespace) -> None:
    from explorer.review.blinding import shown_id

    name = shown_id(given.id, workspace.rounds.find(given.round), "reviewer")
    if arguments.json:
        print_json(_plain(given, name))
        return
    print(f"{given.reviewer}: {printed_id(name)} {given.shown}{f', {given.severity}' if given.severity else ''}")


def _plain(given: Verdict | None, name: str) -> dict[str, Any] | None:
    """A verdict as JSON; on what occasion an item came does not show."""
    if given is None:
        return None
    return {**{fact: value for fact, value in vars(given).items() if fact != "reading"}, "id": name}
