"""Asking a workspace: what is alike, how good the models are, what new images match."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.common import (
    add_command,
    decisions_option,
    named_file,
    opened,
    positive,
    predictions_option,
    print_json,
    progress_bars,
    space_options,
)

if TYPE_CHECKING:
    import argparse

    from explorer.actions.match import Incoming


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    _search(commands)
    _evaluate(commands)
    _match(commands)
    _library(commands)


def _search(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "search", _run_search, "Find images by words, by an image, or by an id.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    query = command.add_mutually_exclusive_group(required=True)
    query.add_argument("--text", metavar="TEXT")
    query.add_argument("--image", type=Path, metavar="FILE")
    query.add_argument("--like", metavar="ID")
    space_options(command, default=None)
    command.add_argument("-k", type=positive, default=25, help="how many (default 25)")
    command.add_argument("--json", action="store_true")


def _evaluate(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "evaluate", _run_evaluate, "Print how good the models are.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("--model", metavar="NAME", help="one model (default: all)")
    command.add_argument("--iou", type=float, default=0.5, help="a box counts as found from this IoU on (default 0.5)")
    command.add_argument("--json", action="store_true")


def _match(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "match", _run_match, "Say which stored edge cases new images belong to.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("source", type=Path, metavar="NEW_SOURCE", help="images: a folder, a table, COCO or YOLO")
    predictions_option(command)
    command.add_argument(
        "--threshold",
        type=float,
        default=0.05,
        metavar="RATE",
        help="share of ordinary images that may match by mistake (default 0.05)",
    )
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _library(commands: Any) -> None:  # noqa: ANN401
    group = commands.add_parser("library", help="Hand the edge-case library on, or take one in.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, run, summary in (
        ("export", _run_library_export, "Write every subset's detector into one file."),
        ("import", _run_library_import, "Add the detectors of an exported library."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        command.add_argument("file", type=Path, metavar="FILE")
        decisions_option(command)


def _run_search(arguments: argparse.Namespace) -> None:
    from explorer.actions.search import like_id, like_image, like_text

    workspace = opened(arguments)
    if arguments.text is not None:
        hits = like_text(workspace, arguments.text, arguments.k, arguments.space or "image")
    elif arguments.image is not None:
        hits = like_image(workspace, arguments.image, arguments.k, arguments.space or "image")
    else:
        hits = like_id(workspace, arguments.like, arguments.k, arguments.space)
    if arguments.json:
        print_json([hit._asdict() for hit in hits])
        return
    for hit in hits:
        print(f"{hit.similarity:.4f}\t{hit.id}")


def _run_match(arguments: argparse.Namespace) -> None:
    from explorer.actions.match import match_source
    from explorer.data.records import Space

    with progress_bars() as progress:
        found = match_source(
            opened(arguments),
            arguments.source,
            predictions=[named_file(text) for text in arguments.predictions],
            false_alarm=arguments.threshold,
            on_progress=progress,
        )
    for skipped in found.skipped:
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    if arguments.json:
        print_json(_match_json(found))
        return
    looked_for = {one.margin is None for one in found.detectors}
    for name, space, one in zip(found.table.index, found.table["space"], found.matches, strict=True):
        if (space == Space.IMAGE) in looked_for:
            print(f"{name}\t{', '.join(f'{each.name} {each.similarity:.2f}' for each in one) or '-'}")
    for detector in found.detectors:
        rate, of = detector.measured, "images" if detector.margin is None else "boxes"
        print(
            f"{detector.name}: {rate.value:.1%} of {rate.n} held-out ordinary {of} match by mistake "
            f"({rate.low:.1%} to {rate.high:.1%}); {detector.recall.hits} of {detector.recall.n} members recognised",
            file=sys.stderr,
        )


def _match_json(found: Incoming) -> dict[str, Any]:
    from explorer.actions.match import figures
    from explorer.data.records import Space

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


def _run_library_export(arguments: argparse.Namespace) -> None:
    from explorer.actions.library import export_library

    for skipped in export_library(opened(arguments), arguments.file):
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    print(f"Library written to {arguments.file}")


def _run_library_import(arguments: argparse.Namespace) -> None:
    from explorer.actions.library import import_library

    names = import_library(opened(arguments), arguments.file)
    print(f"{len(names)} detectors added: {', '.join(names)}")


def _run_evaluate(arguments: argparse.Namespace) -> None:
    from explorer.actions.evaluate import evaluate

    figures = evaluate(opened(arguments), arguments.model, iou=arguments.iou)
    if arguments.json:
        print_json(figures)
        return
    for model, one in figures.items():
        print(model)
        for name, value in one.items():
            if name == "errors":
                print(f"  {name:10} {', '.join(f'{count} {kind}' for kind, count in value.items())}")
            elif name != "confusion":
                print(f"  {name:10} {'-' if value is None else value}")
