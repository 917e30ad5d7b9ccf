"""Building a workspace and opening it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.common import add_command, counted, decisions_option, named_file, predictions_option, progress_bars

if TYPE_CHECKING:
    import argparse

DEMO_WORKSPACE = "edgecase-demo"


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    _demo(commands)
    _build(commands)
    _open(commands)


def _demo(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "demo", _run_demo, "Build the sample data and open it.")
    command.add_argument("--detection", action="store_true", help="scenes with boxes instead of single garments")
    command.add_argument("--workspace", type=Path, metavar="DIR", help=f"default: {DEMO_WORKSPACE}[-detection]")
    _server_options(command, host=False)
    decisions_option(command)


def _build(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "build", _run_build, "Embed images and lay out their maps.")
    command.add_argument("source", type=Path, metavar="SOURCE", help="a folder of images or a table of them")
    command.add_argument("--workspace", type=Path, required=True, metavar="DIR")
    command.add_argument("--labels", type=Path, metavar="FILE", help="a table with image and label")
    predictions_option(command)
    command.add_argument("--vectors", type=Path, metavar="FILE", help="your own vectors, .npy or Parquet")
    command.add_argument("--model", metavar="NAME", help="an open_clip model (default ViT-B-32)")
    command.add_argument("--pretrained", metavar="TAG|FILE", help="an open_clip tag or a local weights file")
    command.add_argument("--n-neighbors", type=int, default=15)
    command.add_argument("--min-dist", type=float, default=0.1)
    command.add_argument("--seed", type=int, default=42)
    command.add_argument(
        "--margin", type=float, default=0.1, help="of a box's crop, as a share of the box (default 0.1)"
    )


def _open(commands: Any) -> None:  # noqa: ANN401
    command = add_command(commands, "open", _run_open, "Open a workspace in the browser.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    _server_options(command, host=True)
    decisions_option(command)


def _server_options(command: argparse.ArgumentParser, *, host: bool) -> None:
    if host:
        command.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    else:
        command.set_defaults(host="127.0.0.1")
    command.add_argument("--port", type=port, metavar="N", help="default: the first free one from 8501")
    command.add_argument("--no-browser", action="store_true", help="do not open a browser window")


def port(text: str) -> int:
    """Read a port number."""
    number = int(text)
    if not 0 < number < 65536:  # noqa: PLR2004 - ports are 16 bits
        raise ValueError(text)
    return number


def _run_demo(arguments: argparse.Namespace) -> int:
    from explorer.actions.demo import FASHION, SCENES, build_demo, build_detection_demo, is_built

    arguments.workspace = arguments.workspace or Path(DEMO_WORKSPACE + "-detection" * arguments.detection)
    source, build = (SCENES, build_detection_demo) if arguments.detection else (FASHION, build_demo)
    if not is_built(arguments.workspace, source):
        with progress_bars() as progress:
            build(arguments.workspace, on_progress=progress)
    return _run_open(arguments)


def _run_build(arguments: argparse.Namespace) -> None:
    from explorer.actions.build import build

    with progress_bars() as progress:
        workspace = build(
            arguments.source,
            arguments.workspace,
            labels=arguments.labels,
            predictions=[named_file(text) for text in arguments.predictions],
            vectors=arguments.vectors,
            model=arguments.model,
            pretrained=arguments.pretrained,
            n_neighbors=arguments.n_neighbors,
            min_dist=arguments.min_dist,
            seed=arguments.seed,
            margin=arguments.margin,
            on_progress=progress,
        )
    skipped = len(workspace.skipped)
    print(f"{counted(len(workspace.ids))} on the map" + (f", {skipped} left out" if skipped else ""))
    print(f"Open it with: edgecase open {arguments.workspace}")


def _run_open(arguments: argparse.Namespace) -> int:
    from explorer.serve import serve

    return serve(
        arguments.workspace,
        host=arguments.host,
        port=arguments.port,
        browser=not arguments.no_browser,
        decisions=arguments.decisions,
    )
