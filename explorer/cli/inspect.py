"""What a source holds, before anything is computed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import (
    add_command,
    columns_option,
    named_columns,
    named_file,
    predictions_option,
    print_json,
    unmatched_option,
)
from explorer.data.counts import counted

if TYPE_CHECKING:
    import argparse

    from explorer.actions.inspect_source import Found

_MOST_CLASSES = 12


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "inspect", _run, "Say what a source holds, before anything is computed.")
    command.add_argument("source", type=Path, metavar="SOURCE", help="as for build")
    command.add_argument("--labels", type=Path, metavar="FILE", help="a table with image and label")
    predictions_option(command)
    unmatched_option(command)
    command.add_argument("--vectors", type=Path, metavar="FILE", help="your own vectors, .npy or Parquet")
    columns_option(command)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.inspect_source import inspect_source

    found = inspect_source(
        arguments.source,
        labels=arguments.labels,
        predictions=[named_file(text) for text in arguments.predictions],
        allow_unmatched=arguments.allow_unmatched,
        vectors=arguments.vectors,
        columns=named_columns(arguments.columns),
    )
    if arguments.json:
        print_json(_as_json(found))
    else:
        print("\n".join(_lines(found)))


def _as_json(found: Found) -> dict[str, Any]:
    return {
        **vars(found),
        "classes": dict(found.classes),
        "columns": dict(found.columns),
        "predictions": dict(found.predictions),
        "problems": [one._asdict() for one in found.problems],
    }


def _lines(found: Found) -> list[str]:
    boxes = f", {counted(found.boxes, 'box', 'boxes')}" if found.boxes else ""
    lines = [f"{found.kind}: {counted(found.images, 'image')}{boxes}, {found.task}"]
    if found.classes:
        named = ", ".join(f"{name} {count}" for name, count in found.classes[:_MOST_CLASSES])
        more = f", and {len(found.classes) - _MOST_CLASSES} more" if len(found.classes) > _MOST_CLASSES else ""
        lines.append(f"classes: {named}{more}")
    lines += [f"predictions of {model}: {count}" for model, count in found.predictions.items()]
    lines += [f"vectors of {found.vectors} numbers"] if found.vectors else []
    lines += [f"column {name}: {role}" for name, role in found.columns]
    unread = "not read: {}, a table; give it instead of the folder if it names the images"
    lines += [unread.format(file.name) for file in found.tables]
    if found.problem_count:
        lines.append(f"left out, or worth knowing: {found.problem_count}")
        lines += [f"  {one.filepath}: {one.reason}" for one in found.problems]
    return lines
