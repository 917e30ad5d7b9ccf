"""Building a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import (
    add_command,
    columns_option,
    engine_option,
    finite,
    named_columns,
    named_file,
    predictions_option,
    progress_bars,
    unmatched_option,
)
from explorer.data.counts import counted

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "build", _run, "Embed images and lay out their maps.")
    command.add_argument(
        "source",
        type=Path,
        metavar="SOURCE",
        help="a folder of images, a table, COCO, YOLO, or what this program exports",
    )
    command.add_argument("--workspace", type=Path, required=True, metavar="DIR")
    command.add_argument("--labels", type=Path, metavar="FILE", help="a table with image and label")
    predictions_option(command)
    columns_option(command)
    unmatched_option(command)
    command.add_argument("--vectors", type=Path, metavar="FILE", help="your own vectors, .npy or Parquet")
    command.add_argument("--model", metavar="NAME", help="an open_clip model (default ViT-B-32)")
    command.add_argument("--pretrained", metavar="TAG|FILE", help="an open_clip tag or a local weights file")
    engine_option(command)
    command.add_argument("--n-neighbors", type=int, default=15)
    command.add_argument("--min-dist", type=finite, default=0.1)
    command.add_argument("--seed", type=int, default=42)
    command.add_argument(
        "--margin", type=finite, default=0.1, help="of a box's crop, as a share of the box (default 0.1)"
    )
    command.add_argument("--name", metavar="NAME", help="what the workspace is called on screen")
    beside = "a review to begin with: categories.yaml, protocol.json and verdicts.csv, as the sample data has one"
    command.add_argument("--review", type=Path, metavar="FOLDER", help=beside)


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.build import build
    from explorer.data.left_out import left_out_in_words
    from explorer.store.recent import note

    with progress_bars() as progress:
        workspace = build(
            arguments.source,
            arguments.workspace,
            labels=arguments.labels,
            predictions=[named_file(text) for text in arguments.predictions],
            allow_unmatched=arguments.allow_unmatched,
            vectors=arguments.vectors,
            model=arguments.model,
            pretrained=arguments.pretrained,
            engine=arguments.engine,
            n_neighbors=arguments.n_neighbors,
            min_dist=arguments.min_dist,
            seed=arguments.seed,
            margin=arguments.margin,
            columns=named_columns(arguments.columns),
            name=arguments.name,
            on_progress=progress,
        )
    note(workspace.path)
    if arguments.review:
        _keep_review(arguments)
    said = left_out_in_words(workspace.skipped)
    print(f"{counted(len(workspace.ids), 'image')} on the map" + (f", {said} left out" if said else ""))
    if ran := workspace.manifest.model.get("ran"):
        print(f"Embedded by {ran}")
    print(f"Open it with: edgecase open {arguments.workspace}")


def _keep_review(arguments: argparse.Namespace) -> None:
    from explorer import open_workspace
    from explorer.actions.begin_review import begin_review
    from explorer.store.paths import WorkspacePaths

    own = WorkspacePaths(arguments.workspace).decisions  # a team's database is of the workspace that an app serves
    begin_review(open_workspace(arguments.workspace, own), arguments.review)
