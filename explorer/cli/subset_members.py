"""What is in a subset: adding and removing, growing, explaining, and taking decisions back."""

from __future__ import annotations

import math
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.events import author_of, list_events, reversals, say
from explorer.cli.options import (
    add_command,
    decisions_option,
    finite,
    listed_ids,
    opened,
    positive,
    print_json,
    warn_of_decisions,
)
from explorer.data.ids import printed_id

if TYPE_CHECKING:
    import argparse

    from explorer.points.points import Points
    from explorer.subsets.explain import Explanation


_run_undo, _run_redo = reversals("subset", attrgetter("decisions"))


def add(verbs: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these verbs of `edgecase subset`."""
    for name, run, summary in (
        ("add", _run_add, "Put more members into a subset."),
        ("remove", _run_remove, "Take members out of a subset."),
        ("grow", _run_grow, "List what is most like a subset and not decided on yet."),
        ("explain", _run_explain, "Say what sets a subset apart from the rest."),
        ("restore", _run_restore, "Bring a deleted subset back."),
        ("history", _run_history, "List what was decided, the newest first."),
        ("undo", _run_undo, "Take back an author's newest decision."),
        ("redo", _run_redo, "Bring back what an author undid last."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name == "history":
            command.add_argument("name", nargs="?", metavar="NAME", help="one subset (default: all)")
        elif name not in ("undo", "redo"):
            command.add_argument("name", metavar="NAME")
        if name in ("add", "remove"):
            command.add_argument("--ids", required=True, metavar="FILE|-", help="one id a line; - reads standard input")
        if name == "remove":
            command.add_argument("--reject", action="store_true", help="and never propose them for it again")
        if name == "grow":
            query = command.add_mutually_exclusive_group()
            query.add_argument("--text", metavar="TEXT", help="rank by words (default: by members and rejections)")
            query.add_argument("--image", type=Path, metavar="FILE", help="rank by an image")
            among = "image, label, prediction or prediction/MODEL: where to look (default: where its members are from)"
            command.add_argument("--among", metavar="SPACE", help=among)
            command.add_argument(
                "--at-least", type=finite, default=-math.inf, metavar="SCORE", help="leave out what scores lower"
            )
            command.add_argument("-k", type=positive, default=50, help="how many (default 50)")
        if name not in ("grow", "explain", "history"):
            command.add_argument("--author", metavar="NAME")
        decisions_option(command)
        command.add_argument("--json", action="store_true")


def _run_add(arguments: argparse.Namespace) -> None:
    from explorer.store.decisions.subsets import Member

    workspace = opened(arguments)
    members = [Member(each, "ids") for each in listed_ids(workspace, arguments.ids)]
    say(workspace.decisions.add_members(arguments.name, members, author=author_of(arguments)), "subset", arguments)


def _run_remove(arguments: argparse.Namespace) -> None:
    from explorer.actions.decide import take_out

    workspace, who = opened(arguments), author_of(arguments)
    ids = listed_ids(workspace, arguments.ids)
    event = take_out(workspace.decisions, arguments.name, ids, author=who, never_again=arguments.reject)
    say(event, "subset", arguments)


def _run_restore(arguments: argparse.Namespace) -> None:
    say(opened(arguments).decisions.restore_subset(arguments.name, author=author_of(arguments)), "subset", arguments)


def _run_history(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    warn_of_decisions(workspace)
    list_events(workspace.decisions.history(arguments.name), "subset", arguments)


def _run_grow(arguments: argparse.Namespace) -> None:
    from explorer.actions.grow import grow

    options = {name: getattr(arguments, name) for name in ("text", "image", "among", "at_least")}
    found = grow(opened(arguments), arguments.name, arguments.k, **options).candidates
    if arguments.json:
        print_json([candidate._asdict() for candidate in found])
        return
    for candidate in found:
        print(f"{candidate.score:.4f}\t{printed_id(candidate.id)}")


def _run_explain(arguments: argparse.Namespace) -> None:
    from explorer.actions.explain import explain_subset

    found, points = explain_subset(opened(arguments), arguments.name)
    if arguments.json:
        print_json(_explanation_json(found, points))
    else:
        _print_explanation(found, points)


def _explanation_json(found: Explanation, points: Points) -> dict[str, Any]:
    return {
        "members": found.size,
        "cohesion": found.cohesion._asdict(),
        "over_represented": [one._asdict() for one in found.over_represented],
        "differences": [one._asdict() for one in found.differences],
        "phrases": [one._asdict() for one in found.phrases],
        "typical": points.space.ids_of(found.typical),
        "extreme": points.space.ids_of(found.extreme),
    }


def _print_explanation(found: Explanation, points: Points) -> None:
    print(f"{points.space.counted(found.size)}. {found.cohesion.sentence}")
    for phrase in found.phrases[:6]:
        print(f"  {phrase.score:+.2f}  {phrase.text}")
    for value in found.over_represented[:8]:
        print(f"  {value.lift:.1f}x  {value.column} {value.value} ({value.share:.0%}, p {value.p:.1g})")
    for one in found.differences[:8]:
        print(f"  {one.effect:+.2f}  {one.column}: median {one.median:.3g}, rest {one.rest:.3g} (p {one.p:.1g})")
    print(f"most typical: {', '.join(points.space.ids_of(found.typical[:5]))}")
    print(f"most extreme: {', '.join(points.space.ids_of(found.extreme[:5]))}")
