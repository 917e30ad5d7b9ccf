"""Where a model fails, and what else is odd about the images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, opened, print_json, printed_id

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_SHOWN = 20


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "analyze", _run, "Say where a model fails, and what else is odd.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    only = "segments, outliers, duplicates or findings, with commas between (default: all)"
    command.add_argument("--only", default="", metavar="KIND,...", help=only)
    command.add_argument("--model", metavar="NAME", help="whose errors (default: the first model's)")
    command.add_argument("--seed", type=int, default=42, metavar="N", help="of what is drawn at random (default: 42)")
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.analyze import analyze

    kinds = [kind.strip() for kind in arguments.only.split(",") if kind.strip()]
    said = analyze(opened(arguments), kinds, arguments.model, seed=arguments.seed)
    if arguments.json:
        print_json(said)
        return
    reasons = said.pop("not_computed")
    for kind, rows in said.items():
        print(kind)
        for row in rows[:_SHOWN]:
            print(f"  {_LINES[kind](row)}")
        if len(rows) > _SHOWN:
            print(f"  and {len(rows) - _SHOWN:,} more: --only {kind} --json lists them")
        if not rows:
            print(f"  {reasons.get(kind, _NOTHING[kind])}")


def _segment(row: Mapping[str, Any]) -> str:
    named = f"{row['column']} {row.get('name') or row['value']}"
    if row["too_few"]:
        return f"{named}: too few to say ({row['images']} images)"
    return f"{named}: {row['rate']:.1%} of {row['n']:,} ({row['low']:.1%} to {row['high']:.1%}), q = {row['q']:.2g}"


def _outlier(row: Mapping[str, Any]) -> str:
    return f"{printed_id(row['id'])}: {row['score']:.3f}{', flagged' * row['flagged']}"


def _duplicate(row: Mapping[str, Any]) -> str:
    said = [f"{row['kind']} {row['similarity']:.4f}", *(["different labels"] * row["conflict"])]
    said += [f"splits {', '.join(row['splits'])}"] * (len(row["splits"]) > 1)
    return f"{', '.join(map(printed_id, row['ids']))}: {', '.join(said)}"


def _finding(row: Mapping[str, Any]) -> str:
    gained = _GAINED.get(row["figures"].get("metric"))
    return (
        f"{row['sentence']} Fixing it gains at most {100 * row['score']:.1f} {gained}." if gained else row["sentence"]
    )


_GAINED = {"accuracy": "points of accuracy", "found": "points of what is found"}
_LINES = {"segments": _segment, "outliers": _outlier, "duplicates": _duplicate, "findings": _finding}
_NOTHING = {
    "segments": "There is no column to divide the images by, and their map has no regions.",
    "outliers": "There are no images.",
    "duplicates": "No image is a copy of another.",
    "findings": "No part is clearly worse than the rest, no image is far from the others, and none is a copy.",
}
