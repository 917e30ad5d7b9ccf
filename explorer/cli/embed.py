"""Further encoders of a workspace."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, engine_option, opened, print_json, progress_bars
from explorer.data.counts import counted
from explorer.errors import SourceError

if TYPE_CHECKING:
    import argparse

    from explorer.store.workspace import Workspace


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "embed", _run, "Give every image a further vector, of another encoder.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("name", nargs="?", metavar="NAME", help="what the encoder is called")
    command.add_argument("--model", metavar="NAME", help="an open_clip model (default ViT-B-32)")
    command.add_argument("--pretrained", metavar="TAG|FILE", help="an open_clip tag or a local weights file")
    engine_option(command)
    command.add_argument("--vectors", type=Path, metavar="FILE", help="your own vectors, .npy or Parquet")
    command.add_argument("--remove", metavar="NAME", help="take a further encoder out")
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> None:
    with progress_bars() as progress:
        workspace = _remove(arguments, progress) if arguments.remove else _embed(arguments, progress)
    if arguments.json:
        print_json(workspace.info()["encoders"])
    else:
        print(f"Took out {arguments.remove}" if arguments.remove else _done(workspace, arguments.name))


def _done(workspace: Workspace, name: str) -> str:
    ran = workspace.model_about(name).get("ran")
    return f"Embedded as {name}" + (f" by {ran}" if ran else "")


def _remove(arguments: argparse.Namespace, progress: Any) -> Workspace:  # noqa: ANN401
    from explorer.actions.embed_again import remove_encoder

    return remove_encoder(opened(arguments), arguments.remove, progress)


def _embed(arguments: argparse.Namespace, progress: Any) -> Workspace:  # noqa: ANN401
    from explorer.actions.embed_again import embed_again

    by_model = bool(arguments.model or arguments.pretrained or arguments.engine)
    if not arguments.name or (by_model and arguments.vectors):
        raise SourceError("Expected NAME, with a model or --vectors FILE but not both; or --remove NAME.")
    done = embed_again(
        opened(arguments),
        arguments.name,
        model=arguments.model,
        pretrained=arguments.pretrained,
        engine=arguments.engine,
        vectors=arguments.vectors,
        on_progress=progress,
    )
    if done.without_vector:
        print(
            f"edgecase: {counted(done.without_vector, 'image')} without a vector of {arguments.name}", file=sys.stderr
        )
    return done.workspace
