"""What got better and worse from one model version to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import (
    add_command,
    decisions_option,
    judging_option,
    leaking_options,
    opened,
    print_json,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_SHOWN = 20
_LISTS = ("categories", "subsets", "segments")


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "compare", _run, "Say what got better and worse from one model to another.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("before", metavar="A", help="a model")
    command.add_argument("after", metavar="B", help="the model to compare with it, such as its next version")
    leaking_options(command)
    judging_option(command)
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.compare_versions import compare_versions

    said = compare_versions(
        opened(arguments),
        arguments.before,
        arguments.after,
        group_by=arguments.group_by,
        count_leaking=arguments.count_leaking,
        leave_out_leaking=arguments.leave_out_leaking,
    )
    if arguments.json:
        print_json(said)
        return
    _overall(said)
    for name in _LISTS:
        _rows(name, said[name])
    if any(row.get("left_out") for row in (said["overall"], *said["categories"])):
        print("What is left out the models may have learnt from.")
    _versions(said["versions"])
    for drifted in said["drift_sentences"]:
        print(drifted)
    for problem in said["not_evaluated"]:
        print(problem)


def _overall(said: Mapping[str, Any]) -> None:
    one, what = said["overall"], "correct" if said["metric"] == "accuracy" else "found"
    print(f"{said['before']} -> {said['after']}, of {one['n']:,} {said['of']} that both were judged on")
    print(f"  {what}: {_change(one)}{_left_out(one)}")
    if "false_alarms" in one:
        print("  false alarms: {:,} -> {:,}".format(*one["false_alarms"].values()))


def _rows(name: str, rows: list[Mapping[str, Any]]) -> None:
    from explorer.actions.segments import called

    if rows:
        print(name)
    for row in rows[:_SHOWN]:
        print(f"  {called(row) if name == 'segments' else row['value']}: {_line(row)}")
    if len(rows) > _SHOWN:
        print(f"  and {len(rows) - _SHOWN:,} more: --json lists them")


def _line(row: Mapping[str, Any]) -> str:
    out = _left_out(row)
    if row["too_few"]:
        return f"too few to say ({row['images']} images), {row['fixed']} fixed, {row['regressed']} regressed{out}"
    return f"{_change(row)}, q = {row['q']:.2g}{out}"


def _left_out(row: Mapping[str, Any]) -> str:
    return f", {row['left_out']:,} left out" if row.get("left_out") else ""


def _change(row: Mapping[str, Any]) -> str:
    difference = row["difference"]
    ends = " -> ".join(f"{one['rate']:.1%} ({one['low']:.1%} to {one['high']:.1%})" for one in _both(row))
    points = "{:+.1f} points ({:+.1f} to {:+.1f})".format(*(100 * difference[end] for end in ("value", "low", "high")))
    p = " (too few to say)" if row["too_few"] else f", p = {row['p']:.2g}"
    return f"{ends} of {row['n']:,}, {points}, {row['fixed']} fixed, {row['regressed']} regressed{p}"


def _both(row: Mapping[str, Any]) -> list[Mapping[str, float]]:
    return [row["before"], row["after"]]


def _versions(lines: list[Mapping[str, Any]]) -> None:
    print("versions")
    for line in lines:
        went = " -> ".join(f"{one['model']} {one['rate']:.1%}" for one in line["models"])
        print(f"  {line['subset'] or 'all'}: {went}{' (too few to say)' if line['too_few'] else ''}")
