"""The `edgecase` command. Results go to stdout, progress and errors to stderr."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import ExplorerError, SourceError, SubsetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.records import OnProgress
    from explorer.store.decisions import Subset
    from explorer.store.events import Origin
    from explorer.store.workspace import Workspace

DEMO_WORKSPACE = "edgecase-demo"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 1 on an error, 130 when interrupted."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except ExplorerError as error:
        print(f"edgecase: {error}", file=sys.stderr)
    except OSError as error:
        print(f"edgecase: {error}. Check the path, its permissions and the free space.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nedgecase: interrupted; run the same command again to go on from here.", file=sys.stderr)
        return 130
    return 1


def parser() -> argparse.ArgumentParser:
    """Describe every command; the README's reference is held against this."""
    from explorer import __version__

    top = argparse.ArgumentParser(prog="edgecase", description="Find a vision model's edge cases on a map.")
    top.add_argument("--version", action="version", version=f"edgecase-explorer {__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _demo(commands)
    _build(commands)
    _open(commands)
    _info(commands)
    _subset(commands)
    _search(commands)
    _evaluate(commands)
    _export(commands)
    return top


def _command(commands: Any, name: str, run: Any, summary: str) -> argparse.ArgumentParser:  # noqa: ANN401 - argparse's own subparser type is private
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(run=run)
    return command


def _demo(commands: Any) -> None:  # noqa: ANN401
    command = _command(commands, "demo", _run_demo, "Build the sample data and open it.")
    command.add_argument("--detection", action="store_true", help="scenes with boxes instead of single garments")
    command.add_argument("--workspace", type=Path, metavar="DIR", help=f"default: {DEMO_WORKSPACE}[-detection]")
    _server_options(command, host=False)


def _build(commands: Any) -> None:  # noqa: ANN401
    command = _command(commands, "build", _run_build, "Embed images and lay out their maps.")
    command.add_argument("source", type=Path, metavar="SOURCE", help="a folder of images or a table of them")
    command.add_argument("--workspace", type=Path, required=True, metavar="DIR")
    command.add_argument("--labels", type=Path, metavar="FILE", help="a table with image and label")
    command.add_argument("--predictions", action="append", default=[], metavar="NAME=FILE")
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
    command = _command(commands, "open", _run_open, "Open a workspace in the browser.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    _server_options(command, host=True)


def _info(commands: Any) -> None:  # noqa: ANN401
    command = _command(commands, "info", _run_info, "Say what a workspace holds.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("--json", action="store_true")


def _subset(commands: Any) -> None:  # noqa: ANN401
    group = commands.add_parser("subset", help="List, create, show or delete edge-case subsets.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, run, summary in (
        ("list", _run_subset_list, "List the subsets."),
        ("create", _run_subset_create, "Make a subset from ids or a filter."),
        ("show", _run_subset_show, "Show a subset and its members."),
        ("delete", _run_subset_delete, "Delete a subset; it can be restored in the app."),
    ):
        command = _command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name != "list":
            command.add_argument("name", metavar="NAME")
        if name == "create":
            members = command.add_mutually_exclusive_group(required=True)
            members.add_argument("--ids", metavar="FILE|-", help="one id a line; - reads standard input")
            members.add_argument("--where", action="append", metavar="COLUMN=VALUE", help="repeat to narrow")
            command.add_argument("--note", default="")
            command.add_argument("--category", default="")
        if name in ("create", "delete"):
            command.add_argument("--author", metavar="NAME")
        command.add_argument("--json", action="store_true")


def _search(commands: Any) -> None:  # noqa: ANN401
    command = _command(commands, "search", _run_search, "Find images by words, by an image, or by an id.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    query = command.add_mutually_exclusive_group(required=True)
    query.add_argument("--text", metavar="TEXT")
    query.add_argument("--image", type=Path, metavar="FILE")
    query.add_argument("--like", metavar="ID")
    command.add_argument("-k", type=_positive, default=25, help="how many (default 25)")
    command.add_argument("--json", action="store_true")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def _evaluate(commands: Any) -> None:  # noqa: ANN401
    command = _command(commands, "evaluate", _run_evaluate, "Print how good the models are.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("--model", metavar="NAME", help="one model (default: all)")
    command.add_argument("--iou", type=float, default=0.5, help="a box counts as found from this IoU on (default 0.5)")
    command.add_argument("--json", action="store_true")


def _export(commands: Any) -> None:  # noqa: ANN401
    from explorer.exporters import FORMATS

    command = _command(commands, "export", _run_export, "Write a subset's images or table for relabeling.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("subset", metavar="SUBSET")
    command.add_argument("--format", choices=sorted(FORMATS), default="csv")
    command.add_argument("--out", type=Path, required=True, metavar="PATH")


def _server_options(command: argparse.ArgumentParser, *, host: bool) -> None:
    if host:
        command.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    else:
        command.set_defaults(host="127.0.0.1")
    command.add_argument("--port", type=int, metavar="N", help="default: the first free one from 8501")
    command.add_argument("--no-browser", action="store_true", help="do not open a browser window")


def _run_demo(arguments: argparse.Namespace) -> int:
    from explorer.demo import build_demo, build_detection_demo

    arguments.workspace = arguments.workspace or Path(DEMO_WORKSPACE + "-detection" * arguments.detection)
    with _progress() as progress:
        (build_detection_demo if arguments.detection else build_demo)(arguments.workspace, on_progress=progress)
    return _run_open(arguments)


def _run_build(arguments: argparse.Namespace) -> None:
    from explorer.pipeline import build

    with _progress() as progress:
        workspace = build(
            arguments.source,
            arguments.workspace,
            labels=arguments.labels,
            predictions=[_named_file(text) for text in arguments.predictions],
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
    print(f"{len(workspace.ids)} images on the map" + (f", {skipped} left out" if skipped else ""))
    print(f"Open it with: edgecase open {arguments.workspace}")


def _named_file(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise SourceError(f"Expected --predictions NAME=FILE, found {text!r}.")
    return name, Path(path)


def _run_open(arguments: argparse.Namespace) -> int:
    from explorer.serve import serve

    return serve(arguments.workspace, host=arguments.host, port=arguments.port, browser=not arguments.no_browser)


def _run_info(arguments: argparse.Namespace) -> None:
    info = _workspace(arguments).info()
    if arguments.json:
        _print_json(info)
        return
    print(f"{info['name']}: {info['samples']} images from {info['source']}, built {info['built_at']}")
    print(f"  model            {info['model']['name']}")
    print(f"  spaces           {', '.join(info['spaces'])}")
    print(f"  predictions      {', '.join(info['predictions']) or 'none'}")
    print(f"  trustworthiness  {info['trustworthiness']}")
    print(f"  neighbors kept   {info['neighbors_kept']}")
    print(f"  left out         {len(info['skipped'])}")
    for skipped in info["skipped"]:
        print(f"    {skipped['filepath']}: {skipped['reason']}")
    for subset in info["subsets"]:
        print(f"  subset           {subset['name']} ({subset['members']})")


def _run_subset_list(arguments: argparse.Namespace) -> None:
    subsets = _workspace(arguments).subsets()
    if arguments.json:
        _print_json([{"name": s.name, "category": s.category, "members": len(s.members)} for s in subsets])
        return
    for subset in subsets:
        print(f"{subset.name}\t{len(subset.members)}\t{subset.category}\t{subset.note}")


def _run_subset_create(arguments: argparse.Namespace) -> None:
    from explorer.store.decisions import Member
    from explorer.store.workspace import author

    workspace = _workspace(arguments)
    origin: Origin = "ids" if arguments.ids else "rule"
    ids = _listed_ids(workspace, arguments.ids) if arguments.ids else _matching_ids(workspace, arguments.where)
    workspace.decisions.create_subset(
        arguments.name,
        author=arguments.author or author(),
        note=arguments.note,
        category=arguments.category,
        members=[Member(sample, origin, None) for sample in ids],
        context={"where": arguments.where} if arguments.where else None,
    )
    _run_subset_show(arguments)


def _listed_ids(workspace: Workspace, file: str) -> list[str]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8-sig")
    except ValueError as error:
        raise SubsetError(f"Expected ids as UTF-8 text in {file}, found something else ({error}).") from error
    ids = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    unknown = [sample for sample in ids if sample not in workspace.rows]
    if unknown:
        raise SubsetError(f"Expected ids of this workspace, found {len(unknown)} unknown: {', '.join(unknown[:5])}.")
    return ids


def _matching_ids(workspace: Workspace, where: list[str]) -> list[str]:
    from explorer.columns import Table
    from explorer.subsets.filters import matching, parse_where

    table = Table(workspace.samples)
    mask = matching(table, tuple(parse_where(text, table) for text in where))
    return list(workspace.samples.index[mask])


def _run_subset_show(arguments: argparse.Namespace) -> None:
    subset = _workspace(arguments).subset(arguments.name)
    if arguments.json:
        _print_json(_subset_json(subset))
        return
    print(f"{subset.name}: {len(subset.members)} images. {subset.category} {subset.note}".rstrip())
    for sample in subset.ids:
        print(sample)


def _subset_json(subset: Subset) -> dict[str, Any]:
    facts = ("name", "key", "note", "category", "created_by", "created_at", "updated_at")
    members = [member._asdict() for member in subset.members.values()]
    return {**{name: getattr(subset, name) for name in facts}, "ids": list(subset.ids), "members": members}


def _run_subset_delete(arguments: argparse.Namespace) -> None:
    from explorer.store.workspace import author

    workspace = _workspace(arguments)
    subset = workspace.subset(arguments.name)
    workspace.decisions.delete_subset(subset.key, author=arguments.author or author())
    if arguments.json:
        _print_json({"deleted": subset.name})
    else:
        print(f"Deleted {subset.name}; restore it on the app's Subsets page.")


def _run_search(arguments: argparse.Namespace) -> None:
    from explorer.search import like_id, like_image, like_text

    workspace = _workspace(arguments)
    if arguments.text is not None:
        hits = like_text(workspace, arguments.text, arguments.k)
    elif arguments.image is not None:
        hits = like_image(workspace, arguments.image, arguments.k)
    else:
        hits = like_id(workspace, arguments.like, arguments.k)
    if arguments.json:
        _print_json([hit._asdict() for hit in hits])
        return
    for hit in hits:
        print(f"{hit.similarity:.4f}\t{hit.id}")


def _run_evaluate(arguments: argparse.Namespace) -> None:
    from explorer.evaluate import evaluate

    figures = evaluate(_workspace(arguments), arguments.model, iou=arguments.iou)
    if arguments.json:
        _print_json(figures)
        return
    for model, one in figures.items():
        print(model)
        for name, value in one.items():
            if name == "errors":
                print(f"  {name:10} {', '.join(f'{count} {kind}' for kind, count in value.items())}")
            elif name != "confusion":
                print(f"  {name:10} {'-' if value is None else value}")


def _run_export(arguments: argparse.Namespace) -> None:
    from explorer.exporters import FORMATS
    from explorer.package import relabel_package

    workspace = _workspace(arguments)
    package = relabel_package(workspace, workspace.subset(arguments.subset))
    written = FORMATS[arguments.format](package, arguments.out)
    for skipped in written.left_out:
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    print(f"{written.images} images of {arguments.subset} written to {written.path}")


def _workspace(arguments: argparse.Namespace) -> Workspace:
    from explorer import open_workspace

    return open_workspace(arguments.workspace)


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


class _progress:  # noqa: N801 - reads as a verb where it is used
    """One bar per step on stderr, with a remaining time."""

    def __enter__(self) -> OnProgress:
        self._bar: Any = None
        self._step = ""
        return self._show

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def _show(self, report: Any) -> None:  # noqa: ANN401
        from tqdm import tqdm

        if report.step != self._step or self._bar is None:
            self.__exit__()
            self._step = report.step
            self._bar = tqdm(total=report.total, desc=report.step, file=sys.stderr, leave=True, delay=0.5)
        self._bar.update(report.done - self._bar.n)
