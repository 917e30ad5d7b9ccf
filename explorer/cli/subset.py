"""Edge-case subsets: listing, making and showing them."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli import subset_members
from explorer.cli.events import author_of
from explorer.cli.options import (
    actions_option,
    add_command,
    confidence_option,
    decisions_option,
    duplicates_option,
    evaluated_subsets,
    listed_ids,
    opened,
    print_json,
    share,
    space_options,
    warn_of_decisions,
)
from explorer.data.ids import printed_id
from explorer.errors import SubsetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.filters import Filters
    from explorer.data.subsets import Origin
    from explorer.store.decisions.subsets import Subset
    from explorer.store.workspace import Workspace
    from explorer.subsets.rules import Rule


_VALUES = 10


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    group = commands.add_parser("subset", help="Make, change, grow, explain and list edge-case subsets.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    _subset(verbs)
    subset_members.add(verbs)


def _subset(verbs: Any) -> None:  # noqa: ANN401
    for name, run, summary in (
        ("list", _run_subset_list, "List the subsets."),
        ("create", _run_subset_create, "Make a subset from ids, a filter, or copies."),
        ("combine", _run_subset_combine, "Make a subset of what two others hold."),
        ("edit", _run_subset_edit, "Change what a subset is called and said to be."),
        ("show", _run_subset_show, "Show a subset and its members."),
        ("delete", _run_subset_delete, "Delete a subset; it can be restored."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name != "list":
            command.add_argument("name", metavar="NEW" if name == "combine" else "NAME")
        if name == "combine":
            operation = command.add_mutually_exclusive_group(required=True)
            operation.add_argument("--union", dest="operation", action="store_const", const="union", help="A or B")
            operation.add_argument("--intersection", dest="operation", action="store_const", const="intersection")
            operation.add_argument("--difference", dest="operation", action="store_const", const="difference")
            command.add_argument("first", metavar="A")
            command.add_argument("second", metavar="B")
        if name == "edit":
            command.add_argument("--rename", metavar="NEW")
        if name == "create":
            given = command.add_mutually_exclusive_group(required=True)
            given.add_argument("--ids", metavar="FILE|-", help="one id a line; - reads standard input")
            given.add_argument("--where", action="append", metavar="COLUMN=VALUE", help="repeat to narrow")
            copies = "all but one of each group of copies, marked for removal; says how good models are without them"
            given.add_argument("--copies", action="store_true", help=copies)
            duplicates_option(command)
            command.add_argument("--live", action="store_true", help="keep the --where conditions, not their result")
            space_options(command)
            command.add_argument(
                "--iou", type=share, default=0.5, help="from which a box counts as found (default 0.5)"
            )
            confidence_option(command)
        if name in ("create", "edit"):
            command.add_argument("--note", metavar="NOTE")
            command.add_argument("--category", metavar="CATEGORY")
            command.add_argument("--colour", type=_colour, metavar="#RRGGBB")
            command.add_argument("--target", type=int, metavar="N", help="members aimed at; 0 for none")
            marked = command.add_mutually_exclusive_group()
            out = "mark it for removal: `export` and `evaluate --without-removed` leave its members out"
            marked.add_argument("--remove", action="store_true", default=None, help=out)
            marked.add_argument("--keep", dest="remove", action="store_false", default=None, help="mark it no longer")
            actions_option(command)
        if name not in ("list", "show"):
            command.add_argument("--author", metavar="NAME")
        decisions_option(command)
        command.add_argument("--json", action="store_true")


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}|", text):
        raise argparse.ArgumentTypeError(f"expected a colour like #d95f02, found {text!r}")
    return text


def _run_subset_list(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    subsets = evaluated_subsets(workspace)
    warn_of_decisions(workspace)
    if arguments.json:
        facts = ("name", "category", "colour", "target")
        print_json(
            [
                {**{fact: getattr(s, fact) for fact in facts}, "live": bool(s.rule), "members": len(s.members)}
                for s in subsets
            ]
        )
        return
    for subset in subsets:
        progress = f"{len(subset.members)} of {subset.target}" if subset.target else str(len(subset.members))
        print(f"{subset.name}\t{progress}\t{subset.category}\t{subset.note}")


def _run_subset_create(arguments: argparse.Namespace) -> None:
    from explorer.store.decisions.subsets import Member
    from explorer.subsets.rules import to_json

    if arguments.live and not arguments.where:
        raise SubsetError(
            "A live subset needs conditions: give --where COLUMN=VALUE with --live, not --ids or --copies."
        )
    workspace = opened(arguments)
    if arguments.copies:
        _create_of_copies(workspace, arguments)
        return
    rule = _rule(workspace, arguments) if arguments.where else None
    ids: Sequence[str] = ()
    if not arguments.live:
        ids = listed_ids(workspace, arguments.ids) if rule is None else _matching_ids(workspace, rule)
    origin: Origin = "ids" if rule is None else "rule"
    workspace.decisions.create_subset(
        arguments.name,
        author=author_of(arguments),
        note=arguments.note or "",
        category=arguments.category or "",
        colour=arguments.colour or "",
        target=arguments.target,
        rule=to_json(rule) if rule and arguments.live else None,
        remove=arguments.remove,
        actions=arguments.actions,
        members=[Member(sample, origin, None) for sample in ids],
        context={"where": arguments.where} if arguments.where else None,
    )
    _run_subset_show(arguments)


def _create_of_copies(workspace: Workspace, arguments: argparse.Namespace) -> None:
    from explorer.actions.analyzed import analyzed
    from explorer.actions.drop_copies import dropped, members, note
    from explorer.actions.duplicate_findings import threshold_of
    from explorer.actions.removal import Leaving, of_every_model
    from explorer.points.opened_build import View

    of = analyzed(View(workspace), duplicate_threshold=arguments.duplicate_threshold)
    workspace.decisions.create_subset(
        arguments.name,
        author=author_of(arguments),
        note=arguments.note or note(of),
        category=arguments.category or "",
        colour=arguments.colour or "",
        target=arguments.target,
        remove=arguments.remove is not False,
        actions=arguments.actions,
        members=members(of),
        context={"duplicate_threshold": threshold_of(of)},
    )
    figures = of_every_model(of, Leaving(dropped(of)))
    if arguments.json:
        print_json({**_subset_json(workspace.subset(arguments.name)), "without": [one.row for one in figures]})
        return
    _run_subset_show(arguments)
    for one in figures:
        print(one.sentence, file=sys.stderr)


def _run_subset_combine(arguments: argparse.Namespace) -> None:
    from explorer.points.live_subsets import named_subset, refuse_mixed
    from explorer.store.decisions.combine import combine

    workspace = opened(arguments)
    first, second = (named_subset(workspace, name) for name in (arguments.first, arguments.second))
    refuse_mixed(workspace, first, second)
    who = author_of(arguments)
    combine(workspace.decisions, arguments.name, arguments.operation, first, second, who)
    _run_subset_show(arguments)


def _run_subset_edit(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    facts = {fact: getattr(arguments, fact) for fact in ("note", "category", "colour", "target", "remove", "actions")}
    edited = workspace.decisions.edit_subset(
        arguments.name, author=author_of(arguments), name=arguments.rename, **facts
    )
    arguments.name = edited.key
    _run_subset_show(arguments)


def _rule(workspace: Workspace, arguments: argparse.Namespace) -> Rule:
    """The conditions of --where on the points of --space."""
    from explorer.data.filters import parse_where
    from explorer.points.live_subsets import tables
    from explorer.subsets.rules import Rule

    space = workspace.space_name(arguments.space).of_points  # a rule asks points, wherever they are placed
    everything = Rule((), str(space), arguments.iou)
    table = tables(workspace)(everything)
    filters = tuple(parse_where(text, table) for text in arguments.where)
    confidence = _least_confidence(workspace, arguments.confidence, space.model, filters)
    return replace(everything, confidence=confidence, filters=filters)


def _least_confidence(workspace: Workspace, given: float | str, model: str | None, filters: Filters) -> float:
    """From which confidence on detections count; the best is that of the one model that is asked about."""
    from explorer.actions.evaluate import BEST_F1, confidence_of

    if given != BEST_F1:
        return float(given)
    models = workspace.manifest.predictions
    named = [one for one in models if any(each.column.startswith(f"{one}.") for each in filters)]
    asked = [model] if model else named or models
    if len(asked) != 1:
        raise SubsetError(
            f"Expected --where or --space to name one model for --confidence {BEST_F1}, found "
            f"{' and '.join(asked) or 'none'}: ask for v1.outcome=fn, say, or in --space prediction/v1."
        )
    return confidence_of(workspace, asked[0], BEST_F1)


def _matching_ids(workspace: Workspace, rule: Rule) -> list[str]:
    """Ids of what a rule finds now.

    Raises:
        SubsetError: it finds nothing.
    """
    from explorer.data.columns import Categorical
    from explorer.data.filters import OneOf
    from explorer.points.live_subsets import tables
    from explorer.subsets.rules import described, matching_ids

    table = tables(workspace)(rule)
    found = matching_ids(rule, table)
    if found:
        return found
    columns = {one.column: table[one.column] for one in rule.filters if isinstance(one, OneOf)}
    values = [
        f" {name} has {', '.join(column.values[:_VALUES])}{', …' if len(column.values) > _VALUES else ''}."
        for name, column in columns.items()
        if isinstance(column, Categorical)
    ]
    raise SubsetError(
        f"Expected points of {rule.space} for the subset, found none where {described(rule)}.{''.join(values)} "
        "With --live it may find some later."
    )


def _run_subset_show(arguments: argparse.Namespace) -> None:
    from explorer.data.spaces import IMAGES
    from explorer.points.live_subsets import named_subset
    from explorer.subsets.rules import described, from_json

    workspace = opened(arguments)
    warn_of_decisions(workspace)
    subset = named_subset(workspace, arguments.name)
    if arguments.json:
        print_json(_subset_json(subset))
        return
    of = "images" if workspace.space_of(subset.ids) == IMAGES else "boxes"
    progress = f"{len(subset.members)}{f' of {subset.target}' if subset.target else ''} {of}"
    live = f" Live: {described(from_json(subset.rule))}." if subset.rule else ""
    removed = " To be removed." if subset.remove else ""
    to_do = f" To do: {'; '.join(subset.actions)}" if subset.actions else ""
    print(f"{subset.name}: {progress}.{removed}{live} {subset.category} {subset.note}{to_do}".rstrip())
    for sample in subset.ids:
        print(printed_id(sample))


def _subset_json(subset: Subset) -> dict[str, Any]:
    about = ("name", "key", "note", "category", "colour", "target", "rule", "remove", "actions")
    facts = (*about, "created_by", "created_at", "updated_at")
    members = [member._asdict() for member in subset.members.values()]
    return {**{name: getattr(subset, name) for name in facts}, "ids": list(subset.ids), "members": members}


def _run_subset_delete(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    subset = workspace.subset(arguments.name)
    workspace.decisions.delete_subset(subset.key, author=author_of(arguments))
    if arguments.json:
        print_json({"deleted": subset.name})
    else:
        again = shlex.join(["edgecase", "subset", "restore", str(arguments.workspace), subset.name])
        print(f"Deleted {subset.name}. Bring it back with: {again}")
