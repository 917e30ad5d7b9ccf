"""Rounds of review: starting them, how far they are, departures from the protocol, another version of the model."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli import review_verdicts
from explorer.cli.events import author_of, list_events, say
from explorer.cli.options import (
    add_command,
    decisions_option,
    finite,
    listed_ids,
    model_of,
    opened,
    opened_view,
    positive,
    print_json,
    progress_bars,
    share,
    warn_of_decisions,
)
from explorer.data.counts import counted
from explorer.data.verdicts import (
    ADJUDICATIONS,
    BLINDABLE,
    FIRST_BLINDED,
    FIRST_REPEATS,
    THRESHOLDS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explorer.actions.review_sources import Gathered
    from explorer.data.verdicts import Round
    from explorer.store.workspace import Workspace


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    group = commands.add_parser(
        "review", help="Have people judge images blind, in rounds, and measure their agreement."
    )
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    _rounds(verbs)
    review_verdicts.add(verbs)


def _rounds(verbs: Any) -> None:  # noqa: ANN401
    for name, run, summary in (
        ("start", _run_start, "Freeze a protocol and open its round."),
        ("list", _run_list, "List the rounds."),
        ("status", _run_status, "Show a round: its protocol and hash, deviations, and how far each reviewer is."),
        ("deviate", _run_deviate, "Write down a departure from the protocol, with its reason."),
        ("close", _run_close, "End a round: nothing is judged any more, nothing is blinded."),
        ("reopen", _run_reopen, "Go on with a closed round."),
        ("repeat", _run_repeat, "Open a round of the same items for another version of the model."),
        ("changes", _run_changes, "Show what differs between a round and the one it repeats."),
        ("history", _run_history, "List what was decided about rounds, the newest first."),
        ("undo", _run_undo, "Take back a reviewer's newest verdict of a round, or without one the newest decision."),
        ("redo", _run_redo, "Bring back what was undone last."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name in ("history", "undo", "redo"):
            command.add_argument("round", nargs="?", metavar="ROUND")
        elif name != "list":
            command.add_argument("round", metavar="ROUND")
        if name in _OPTIONS:
            _OPTIONS[name](command)
        if name not in ("list", "status", "changes", "history"):
            command.add_argument("--author", metavar="NAME")
        decisions_option(command)
        command.add_argument("--json", action="store_true")


def _start_options(command: argparse.ArgumentParser) -> None:
    for name, dest, told in (
        ("--subset", "subsets", "its members; repeat"),
        ("--category", "categories", "its examples; repeat"),
        ("--flagged", "flagged", "a batch: its images that match an edge case; repeat"),
        ("--unmatched", "unmatched", "a batch: its images that match none; repeat"),
    ):
        command.add_argument(name, action="append", default=[], dest=dest, metavar="NAME", help=told)
    command.add_argument("--against", default="", metavar="MODEL", help="where this model says something else")
    command.add_argument("--ids", metavar="FILE", help="these images or boxes, one a line; - for standard input")
    command.add_argument("--all", action="store_true", dest="everything", help="all images")
    command.add_argument("--below", type=share, metavar="CONFIDENCE", help="keep what the model is less sure of")
    command.add_argument("--findings", action="store_true", help="keep what findings are about")
    command.add_argument("--model", metavar="NAME", help="whose predictions are judged (default: the first model's)")
    command.add_argument("--calibration", metavar="SUBSET", help="its members come first, for everybody")
    command.add_argument("--repeats", type=share, default=FIRST_REPEATS, metavar="SHARE", help="come again (0.05)")
    command.add_argument("--group-by", default="", metavar="COLUMN", help="whose images hang together (patient, scene)")
    command.add_argument("--seed", type=int, default=42, help="from which each reviewer's order follows")
    command.add_argument("--reason", default="", metavar="TEXT")
    _rule_options(command, "all of them", FIRST_BLINDED)


def _rule_options(command: argparse.ArgumentParser, overlap: str, blinded: Iterable[str]) -> None:
    """The rules that may change while a round is open."""
    command.add_argument("--reviewer", action="append", dest="reviewers", metavar="NAME", help="who judges; repeat")
    command.add_argument("--overlap", type=positive, metavar="N", help=f"reviewers of each item (default: {overlap})")
    told = f"hidden, of {', '.join(BLINDABLE)}; or none (default: {', '.join(blinded) or 'as before'})"
    command.add_argument("--blind", type=_blinded, metavar="WHAT,...", help=told)
    numbers = f"repeat; of {', '.join(THRESHOLDS)}"
    command.add_argument("--threshold", action="append", type=_threshold, metavar="NAME=NUMBER", help=numbers)
    command.add_argument("--adjudication", choices=list(ADJUDICATIONS), help="who settles differing verdicts")


def _deviate_options(command: argparse.ArgumentParser) -> None:
    _rule_options(command, "as before", ())
    command.add_argument("--reason", required=True, metavar="TEXT", help="why, or what happened")


def _close_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reason", default="finished", metavar="TEXT")


def _repeat_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", required=True, metavar="NAME", help="the version that is judged now")
    command.add_argument(
        "--name", default="", metavar="NAME", help="of the new round (default: the old one's, with it)"
    )


_OPTIONS = {
    "start": _start_options,
    "deviate": _deviate_options,
    "close": _close_options,
    "repeat": _repeat_options,
}


def _blinded(text: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in text.split(",") if part.strip())
    if parts == ("none",):
        return ()
    if not parts or not set(parts) <= set(BLINDABLE):
        raise argparse.ArgumentTypeError(f"expected none, or some of {', '.join(BLINDABLE)}, found {text!r}")
    return parts


def _threshold(text: str) -> tuple[str, float]:
    name, equals, number = text.partition("=")
    if not equals or name not in THRESHOLDS:
        raise argparse.ArgumentTypeError(f"expected NAME=NUMBER, a name of {', '.join(THRESHOLDS)}, found {text!r}")
    return name, finite(number)


def _run_start(arguments: argparse.Namespace) -> None:
    from explorer.actions.review import start_round
    from explorer.data.verdicts import Protocol
    from explorer.store.decisions.round_stream import refuse_taken

    workspace = opened(arguments)
    refuse_taken(workspace.rounds.all(), arguments.round)  # before what may take long
    who = author_of(arguments)
    model = model_of(workspace, arguments.model)
    items = _items(workspace, arguments, model)
    rules = _rules(arguments)
    protocol = Protocol(
        **{
            "name": arguments.round,
            "items": items.ids,
            "reviewers": (who,),
            "sources": items.words,
            "model": model,
            "repeats": arguments.repeats,
            "calibration": _calibration(workspace, arguments.calibration),
            "group": arguments.group_by,
            "seed": arguments.seed,
            **rules,
        }
    )
    one = start_round(workspace, protocol, author=who, reason=arguments.reason)
    if arguments.json:
        print_json(_about(one))
        return
    many = counted(len(one.protocol.ids), "item")
    print(f"{who} started the round “{one.name}” of {many} for {_listed(one.protocol.reviewers)}.")
    print(f"The protocol is frozen: SHA-256 {one.digest}")


def _run_list(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    warn_of_decisions(workspace)
    found = workspace.rounds.all()
    if arguments.json:
        print_json([_about(each) for each in found])
        return
    for one in found:
        state = f"closed: {one.closed}" if one.closed else "open"
        print(f"{one.name}\t{counted(len(one.protocol.ids), 'item')}\t{one.protocol.model}\t{state}")


def _run_status(arguments: argparse.Namespace) -> None:
    from explorer.actions.review import disagreements, progress

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    one = workspace.rounds.find(arguments.round)
    far = progress(workspace, one.key)
    waiting = sum(each.adjudicated is None for each in disagreements(workspace, one.key))
    if arguments.json:
        told = [{"reviewer": p.reviewer, "done": p.done, "total": p.total, "seconds": p.seconds} for p in far]
        print_json({**_about(one), "progress": told, "waiting": waiting})
        return
    protocol = one.protocol
    print(f"{one.name}: {f'closed ({one.closed})' if one.closed else 'open'}, started by {one.started_by}")
    print(
        f"Items: {len(protocol.items):,}, from {_listed(protocol.sources)}; {len(protocol.calibration):,} to calibrate"
    )
    print(f"Model: {protocol.model or 'none'}; hidden from reviewers: {_listed(protocol.blinded)}")
    print(f"Each item is seen by {protocol.overlap or 'all'}; {protocol.repeats:.0%} come again; seed {protocol.seed}")
    print(f"{ADJUDICATIONS[protocol.adjudication]} {waiting:,} waiting.")
    print(f"Protocol: SHA-256 {one.digest}")
    for each in one.deviations:
        print(f"Deviation of {each.time:%Y-%m-%d} by {each.author}: {each.reason} {_changed(each.changes)}".rstrip())
    for p in far:
        median = "" if math.isnan(p.seconds) else f", {p.seconds:.1f} s an item"
        print(f"{p.reviewer}: {p.done:,} of {p.total:,}{median}")


def _run_deviate(arguments: argparse.Namespace) -> None:
    changes = {name: list(value) if isinstance(value, tuple) else value for name, value in _rules(arguments).items()}
    if "thresholds" in changes:
        changes["thresholds"] = dict(changes["thresholds"])
    rounds = opened(arguments).rounds
    say(
        rounds.deviate(arguments.round, author=author_of(arguments), reason=arguments.reason, **changes),
        "round",
        arguments,
    )


def _run_close(arguments: argparse.Namespace) -> None:
    rounds = opened(arguments).rounds
    say(rounds.close(arguments.round, author=author_of(arguments), reason=arguments.reason), "round", arguments)


def _run_reopen(arguments: argparse.Namespace) -> None:
    say(opened(arguments).rounds.reopen(arguments.round, author=author_of(arguments)), "round", arguments)


def _run_repeat(arguments: argparse.Namespace) -> None:
    from explorer.actions.review import repeat_round
    from explorer.actions.review_changes import changelog

    workspace = opened(arguments)
    who = author_of(arguments)
    one = repeat_round(workspace, arguments.round, arguments.model, author=who, new_name=arguments.name)
    found = changelog(opened_view(workspace), one.key)
    if arguments.json:
        print_json({**_about(one), "changes": found.lines})
        return
    print(
        f"{who} started the round “{one.name}” of the same {counted(len(one.protocol.ids), 'item')}, "
        "each in a new order."
    )
    for line in found.lines:
        print(line)


def _run_changes(arguments: argparse.Namespace) -> None:
    from explorer.actions.review_changes import changelog

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    found = changelog(opened_view(workspace), arguments.round)
    if arguments.json:
        print_json(
            {
                "before": found.before.name,
                "after": found.after.name,
                "rules": found.rules,
                "predictions": [each._asdict() for each in found.predictions],
                "verdicts": [each._asdict() for each in found.verdicts],
                "settled": found.settled,
            }
        )
        return
    for line in found.lines:
        print(line)


def _run_history(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    warn_of_decisions(workspace)
    list_events(workspace.rounds.history(arguments.round), "round", arguments)


def _run_undo(arguments: argparse.Namespace) -> None:
    from explorer.actions.review import undo

    workspace, who = opened(arguments), author_of(arguments)
    said = undo(workspace, arguments.round, who) if arguments.round else workspace.rounds.undo(who)
    say(said, "verdict" if arguments.round else "round", arguments)


def _run_redo(arguments: argparse.Namespace) -> None:
    from explorer.actions.review import redo

    workspace, who = opened(arguments), author_of(arguments)
    said = redo(workspace, arguments.round, who) if arguments.round else workspace.rounds.redo(who)
    say(said, "verdict" if arguments.round else "round", arguments)


def _items(workspace: Workspace, arguments: argparse.Namespace, model: str) -> Gathered:
    from explorer.actions.analyze import findings_of
    from explorer.actions.review_sources import Sources, gathered

    told: list[tuple[str, ...]] = []
    if arguments.findings:
        with progress_bars() as progress:
            found = findings_of(workspace, model or None, on_progress=progress)
        told = [each.finding.ids for each in found if not each.dismissed]
    sources = Sources(
        subsets=arguments.subsets,
        categories=arguments.categories,
        ids=listed_ids(workspace, arguments.ids) if arguments.ids else (),
        flagged=arguments.flagged,
        unmatched=arguments.unmatched,
        against=arguments.against,
        everything=arguments.everything,
        below=arguments.below,
        found=arguments.findings,
    )
    return gathered(opened_view(workspace), sources, model, told)


def _calibration(workspace: Workspace, subset: str | None) -> tuple[str, ...]:
    from explorer.points.live_subsets import named_subset

    return named_subset(workspace, subset).ids if subset else ()


def _rules(arguments: argparse.Namespace) -> dict[str, Any]:
    """The rules that were given, by field of a protocol."""
    said = {
        "reviewers": arguments.reviewers and tuple(arguments.reviewers),
        "overlap": arguments.overlap,
        "blinded": arguments.blind,
        "thresholds": arguments.threshold and tuple(arguments.threshold),
        "adjudication": arguments.adjudication,
    }
    return {field: value for field, value in said.items() if value is not None}


def _about(one: Round) -> dict[str, Any]:
    return {
        "key": one.key,
        **one.protocol.facts(),
        "digest": one.digest,
        "started_by": one.started_by,
        "started_at": one.started_at,
        "deviations": [vars(each) for each in one.deviations],
        "repeats_round": one.repeats,
        "closed": one.closed,
    }


def _changed(changes: Any) -> str:  # noqa: ANN401 - by field of a protocol
    told = "; ".join(
        f"{field}: {_listed(value) if isinstance(value, list) else value}" for field, value in changes.items()
    )
    return f"({told})" if told else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"
