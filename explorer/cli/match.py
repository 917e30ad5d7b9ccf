"""Which stored edge cases new images belong to."""

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

if TYPE_CHECKING:
    import argparse

    from explorer.actions.match import Matched


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "match", _run, "Say which stored edge cases new images belong to.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("source", type=Path, metavar="NEW_SOURCE", help="images: a folder, a table, COCO or YOLO")
    predictions_option(command)
    unmatched_option(command)
    threshold_option(command)
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.match import match_source
    from explorer.data.spaces import Space

    with progress_bars() as progress:
        found = match_source(
            opened(arguments),
            arguments.source,
            predictions=[named_file(text) for text in arguments.predictions],
            allow_unmatched=arguments.allow_unmatched,
            false_alarm=arguments.threshold,
            on_progress=progress,
        )
    for skipped in found.skipped:
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    if arguments.json:
        print_json(_match_json(found))
        return
    looked_for = {one.of_boxes for one in found.detectors}
    for name, space, one in zip(found.table.index, found.table["space"], found.matches, strict=True):
        if (space != Space.IMAGE) in looked_for:
            print(f"{name}\t{', '.join(f'{each.name} {each.similarity:.2f}' for each in one) or '-'}")
    for detector in found.detectors:
        rate, of = detector.measured, "boxes" if detector.of_boxes else "images"
        print(
            f"{detector.name}: {rate.value:.1%} of {rate.n} held-out ordinary {of} match by mistake "
            f"({rate.low:.1%} to {rate.high:.1%}); {detector.recall.hits} of {detector.recall.n} members recognised",
            file=sys.stderr,
        )


def _match_json(found: Matched) -> dict[str, Any]:
    from explorer.actions.match import figures
    from explorer.data.spaces import Space

    said: dict[str, list[dict[str, Any]]] = {"images": [], "boxes": []}
    rows = zip(found.table.reset_index(names="id").to_dict("records"), found.matches, strict=True)
    for row, matches in rows:
        kind, facts = ("images", ()) if row["space"] == Space.IMAGE else ("boxes", ("sample", "label", "space"))
        about = {name: row[name] for name in ("id", "filepath", *facts)}
        if kind == "boxes":
            about |= {"box": json.loads(row["box"]), "confidence": row.get("confidence")}
        said[kind].append({**about, "matches": [one._asdict() for one in matches]})
    return {
        **said,
        "detectors": [figures(one) for one in found.detectors],
        "skipped": [one._asdict() for one in found.skipped],
    }
