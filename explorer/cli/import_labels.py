"""Labels that came back from a labelling tool: what they change, and taking that over."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.events import author_of
from explorer.cli.options import add_command, decisions_option, opened, print_json

if TYPE_CHECKING:
    import argparse

    from explorer.actions.import_labels import LabelDiff
    from explorer.store.decisions.events import Event

FORMATS = ("label-studio", "cvat", "coco", "fiftyone", "yolo", "table", "folder")
"""As `explorer.readers.returned.FORMS` has them; a test compares."""

_LISTED = 10


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(
        commands, "import-labels", _run, "Take over labels that came back corrected; the data stay as they came."
    )
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("source", type=Path, metavar="SOURCE", help="a file, a folder, or a ZIP of one")
    command.add_argument("--format", choices=FORMATS, help="default: what it looks like")
    command.add_argument("--author", metavar="NAME")
    command.add_argument("--reason", default="", metavar="TEXT", help="why")
    command.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.import_labels import compare_labels, import_labels

    workspace = opened(arguments)
    found = compare_labels(workspace, arguments.source, arguments.format)
    event = None
    if found.applicable and not arguments.dry_run:
        event = import_labels(workspace, found, author=author_of(arguments), reason=arguments.reason)
    if arguments.json:
        print_json(_as_json(found, event))
    else:
        _print(found, event, arguments.workspace, dry_run=arguments.dry_run)


def _as_json(found: LabelDiff, event: Event | None) -> dict[str, Any]:
    return {
        "source": str(found.source),
        "format": found.form,
        "counts": found.counts,
        "changes": [
            {
                **{name: value for name, value in asdict(change).items() if name not in ("key", "before", "after")},
                "before": change.before and change.before._asdict(),
                "after": change.after and change.after._asdict(),
            }
            for change in found.changes
            if change.kind != "unchanged"
        ],
        "doubts": found.doubts,
        "skipped": [one._asdict() for one in found.skipped],
        "applied": len(found.applicable) if event else 0,
        "event": event and event.sequence,
    }


def _print(found: LabelDiff, event: Event | None, workspace: Path, *, dry_run: bool) -> None:
    from explorer.corrections.diff import CHANGING, said

    for skipped in found.skipped:
        print(f"edgecase: {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    for kind, count in found.counts.items():
        if not count:
            continue
        print(f"{kind}: {count:,}")
        lines = [change for change in found.changes if change.kind == kind and kind != "unchanged"]
        for change in lines[:_LISTED]:
            print(f"  {change.image or change.where}: {said(change)}")
        if len(lines) > _LISTED:
            print(f"  … and {len(lines) - _LISTED:,} more (--json lists all)")
    for doubt in found.doubts:
        print(f"edgecase: {doubt}", file=sys.stderr)
    if event:
        undo = shlex.join(["edgecase", "label", "undo", str(workspace), "--author", event.author])
        print(f"{event.sentence} One decision: `{undo}` takes it back.")
    elif any(change.kind in CHANGING for change in found.changes) and dry_run:
        print("Nothing was changed, as --dry-run asks.")
    else:
        print("Nothing to change.")
