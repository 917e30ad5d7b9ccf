"""Where a model fails, and what else is odd about the images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import (
    add_command,
    decisions_option,
    duplicates_option,
    judging_option,
    opened,
    positive,
    print_json,
    progress_bars,
    seed,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

_SHOWN = 20


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "analyze", _run, "Say where a model fails, and what else is odd.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    only = "such as segments, or findings over all kinds, with commas between (default: all)"
    command.add_argument("--only", default="", metavar="KIND,...", help=only)
    command.add_argument("--model", metavar="NAME", help="whose errors (default: the first model's)")
    groups = "a column, such as patient or video: images with the same value are not independent"
    command.add_argument("--group-by", metavar="COLUMN", help=groups)
    encoder = "whose vectors: on labels all named ones vote, the rest looks at the first; repeatable (default: all)"
    command.add_argument("--encoder", action="append", default=[], dest="encoders", metavar="NAME", help=encoder)
    signal = "a function of yours that gives a number for an image, repeat for more; see the README"
    command.add_argument(
        "--signal", action="append", default=[], dest="own_signals", metavar="MODULE:FUNCTION", help=signal
    )
    budget = "how many images one would label next (default: 20)"
    command.add_argument("--budget", type=positive, default=20, metavar="K", help=budget)
    duplicates_option(command)
    between = "compare two values of a split, batch or date for drift (default: all with the first, dates in order)"
    command.add_argument("--between", nargs=3, metavar=("COLUMN", "BEFORE", "AFTER"), help=between)
    command.add_argument("--seed", type=seed, default=42, metavar="N", help="of what is drawn at random (default: 42)")
    judging_option(command)
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.analyze import FINDINGS, KINDS, analyze
    from explorer.actions.findings import NO_FINDINGS, finding_line
    from explorer.actions.signal_findings import SIGNALS
    from explorer.actions.signal_findings import line as line_of_signal
    from explorer.analysis.divided import Between

    with progress_bars() as progress:
        said = analyze(
            opened(arguments),
            [kind.strip() for kind in arguments.only.split(",") if kind.strip()],
            arguments.model,
            seed=arguments.seed,
            group_by=arguments.group_by,
            encoders=arguments.encoders,
            own_signals=arguments.own_signals,
            budget=arguments.budget,
            duplicate_threshold=arguments.duplicate_threshold,
            between=Between(*arguments.between) if arguments.between else None,
            on_progress=progress,
        )
    if arguments.json:
        print_json(said)
        return
    lines: dict[str, Callable[[Any], str]] = {
        SIGNALS: line_of_signal,
        FINDINGS: finding_line,
        **{kind.name: kind.line for kind in KINDS.values()},
    }
    nothing = {
        SIGNALS: "There are no signals.",
        FINDINGS: NO_FINDINGS,
        **{kind.name: kind.nothing for kind in KINDS.values()},
    }
    reasons = said.pop("not_computed")
    for kind, held in said.items():
        every = list(held.items()) if kind == SIGNALS else held
        rows = [row for row in every if "dismissed" not in row]
        print(kind)
        for row in rows[:_SHOWN]:
            print(f"  {lines[kind](row)}")
        if len(rows) > _SHOWN:
            print(f"  and {len(rows) - _SHOWN:,} more: --only {kind} --json lists them")
        if kind in reasons or not rows:
            print(f"  {reasons.get(kind, nothing[kind])}")
        if len(rows) < len(every):
            print(f"  {len(every) - len(rows):,} dismissed: edgecase finding list WORKSPACE --dismissed tells why")
