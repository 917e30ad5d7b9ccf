"""Adding new images to a built workspace."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import (
    add_command,
    decisions_option,
    named_file,
    opened,
    predictions_option,
    print_json,
    progress_bars,
    threshold_option,
    unmatched_option,
)
from explorer.data.counts import counted

if TYPE_CHECKING:
    import argparse

    from explorer.actions.add import Added


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "add", _run, "Add new images to the maps; no old point moves.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("source", type=Path, metavar="SOURCE", help="images: a folder, a table, COCO or YOLO")
    command.add_argument("--batch", metavar="NAME", help="what they are called together (default: as the source)")
    predictions_option(command)
    unmatched_option(command)
    threshold_option(command)
    command.add_argument("--vectors", type=Path, metavar="FILE", help="their vectors, where the workspace has own ones")
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.add import add as add_images
    from explorer.actions.add import told
    from explorer.actions.drift import batch_drift, sentence
    from explorer.data.left_out import left_out_in_words
    from explorer.points.opened_build import View

    with progress_bars() as progress:
        done = add_images(
            opened(arguments),
            arguments.source,
            batch=arguments.batch,
            predictions=[named_file(text) for text in arguments.predictions],
            allow_unmatched=arguments.allow_unmatched,
            vectors=arguments.vectors,
            false_alarm=arguments.threshold,
            on_progress=progress,
        )
    for skipped in [*done.refused, *done.skipped]:
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    if done.unmatched:
        print(f"edgecase: not matched with any edge case: {done.unmatched}", file=sys.stderr)
    points = View(done.workspace).images
    drifted = batch_drift(points, done.name)
    if arguments.json:
        print_json({**_as_json(done), "drift": drifted.rows if drifted else []})
        return
    images = counted(len(done.ids), "image")
    said = left_out_in_words([*done.refused, *done.skipped])
    print(f"{images} added as batch {done.name}" + (f", {said} left out" if said else ""))
    if drifted:
        print(sentence(drifted, points, surely=drifted.is_sure))
    for each, matches in done.matches.items():
        print(f"{each}\t{', '.join(f'{one.name} {one.similarity:.2f}' for one in matches)}")
    for each, original in done.copies.items():
        print(f"{each}\tthe same file as {original}")
    for one in told(done):
        if one["low_confidence"]:
            print(f"{one['id']}\tlow confidence of {', '.join(one['low_confidence'])}")


def _as_json(done: Added) -> dict[str, Any]:
    from explorer.actions.add import told

    return {
        "batch": done.name,
        "images": told(done),
        "boxes": _boxes(done),
        "unmatched": done.unmatched,
        "refused": [one._asdict() for one in done.refused],
        "skipped": [one._asdict() for one in done.skipped],
    }


def _boxes(done: Added) -> list[dict[str, Any]]:
    from explorer.data.boxes import BOX

    rows = []
    for space in done.workspace.object_spaces:
        table = done.workspace.objects(space)
        table = table.loc[table["sample"].isin(done.ids), ["sample", "label", *BOX]]
        facts = json.loads(table.to_json(orient="records"))
        for each, row in zip(table.index, facts, strict=True):
            rows.append({"id": each, "space": str(space), **row, **_matches(done, each)})
    return rows


def _matches(done: Added, point: str) -> dict[str, Any]:
    return {"matches": [one._asdict() for one in done.matches.get(point, [])]}
