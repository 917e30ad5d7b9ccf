"""The `edgecase` command. Results go to stdout, progress and errors to stderr."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import ExplorerError, SourceError, SubsetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.library import Incoming
    from explorer.records import OnProgress
    from explorer.store.decisions import Subset
    from explorer.store.events import Origin
    from explorer.store.workspace import Workspace
    from explorer.subsets.rules import Rule

DEMO_WORKSPACE = "edgecase-demo"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 1 on an error, 130 when interrupted."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except ExplorerError as error:
        print(f"edgecase: {error}", file=sys.stderr)
    except BrokenPipeError:  # the reader of our output, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
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
    _match(commands)
    _library(commands)
    _export(commands)
    _relocate(commands)
    _backup(commands)
    _restore(commands)
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
    _decisions_option(command)


def _decisions_option(command: argparse.ArgumentParser) -> None:
    where = "where decisions are kept (default: WORKSPACE/decisions.db, or what EDGECASE_DECISIONS names)"
    command.add_argument("--decisions", metavar="FILE|URL", help=where)


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
    _decisions_option(command)


def _info(commands: Any) -> None:  # noqa: ANN401
    command = _command(commands, "info", _run_info, "Say what a workspace holds.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    _decisions_option(command)
    command.add_argument("--json", action="store_true")


def _subset(commands: Any) -> None:  # noqa: ANN401
    group = commands.add_parser("subset", help="List, create, combine, edit, show or delete edge-case subsets.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, run, summary in (
        ("list", _run_subset_list, "List the subsets."),
        ("create", _run_subset_create, "Make a subset from ids or a filter."),
        ("combine", _run_subset_combine, "Make a subset of what two others hold."),
        ("edit", _run_subset_edit, "Change what a subset is called and said to be."),
        ("show", _run_subset_show, "Show a subset and its members."),
        ("delete", _run_subset_delete, "Delete a subset; it can be restored in the app."),
    ):
        command = _command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name != "list":
            command.add_argument("name", metavar="NEW" if name == "combine" else "NAME")
        if name == "combine":
            operation = command.add_mutually_exclusive_group(required=True)
            operation.add_argument("--union", dest="operation", action="store_const", const="union", help="A or B")
            operation.add_argument("--intersection", dest="operation", action="store_const", const="intersection")
            operation.add_argument("--difference", dest="operation", action="store_const", const="difference")
            command.add_argument("first", metavar="A")
            command.add_argument("second", metavar="B")
        if name == "edit":
            command.add_argument("--rename", metavar="NEW")
        if name == "create":
            members = command.add_mutually_exclusive_group(required=True)
            members.add_argument("--ids", metavar="FILE|-", help="one id a line; - reads standard input")
            members.add_argument("--where", action="append", metavar="COLUMN=VALUE", help="repeat to narrow")
            command.add_argument("--live", action="store_true", help="keep the --where conditions, not their result")
        if name in ("create", "edit"):
            command.add_argument("--note", metavar="NOTE")
            command.add_argument("--category", metavar="CATEGORY")
            command.add_argument("--colour", type=_colour, metavar="#RRGGBB")
            command.add_argument("--target", type=int, metavar="N", help="members aimed at; 0 for none")
        if name not in ("list", "show"):
            command.add_argument("--author", metavar="NAME")
        _decisions_option(command)
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


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}|", text):
        raise argparse.ArgumentTypeError(f"expected a colour like #d95f02, found {text!r}")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def _match(commands: Any) -> None:  # noqa: ANN401
    command = _command(commands, "match", _run_match, "Say which stored edge cases new images belong to.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("source", type=Path, metavar="NEW_SOURCE", help="a folder of images or a table of them")
    command.add_argument(
        "--threshold",
        type=float,
        default=0.05,
        metavar="RATE",
        help="share of ordinary images that may match by mistake (default 0.05)",
    )
    _decisions_option(command)
    command.add_argument("--json", action="store_true")


def _library(commands: Any) -> None:  # noqa: ANN401
    group = commands.add_parser("library", help="Hand the edge-case library on, or take one in.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, run, summary in (
        ("export", _run_library_export, "Write every subset's detector into one file."),
        ("import", _run_library_import, "Add the detectors of an exported library."),
    ):
        command = _command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        command.add_argument("file", type=Path, metavar="FILE")
        _decisions_option(command)


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
    _decisions_option(command)


def _relocate(commands: Any) -> None:  # noqa: ANN401
    command = _command(commands, "relocate", _run_relocate, "Say where a moved image folder is now.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("new_root", type=Path, metavar="NEW_ROOT")
    command.add_argument("--json", action="store_true")


def _backup(commands: Any) -> None:  # noqa: ANN401
    command = _command(commands, "backup", _run_backup, "Write decisions and manifest into one file.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--full", action="store_true", help="also the samples, maps and vectors")
    _decisions_option(command)
    command.add_argument("--json", action="store_true")


def _restore(commands: Any) -> None:  # noqa: ANN401
    command = _command(commands, "restore", _run_restore, "Make a workspace of a backup.")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    _decisions_option(command)
    command.add_argument("--json", action="store_true")


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

    return serve(
        arguments.workspace,
        host=arguments.host,
        port=arguments.port,
        browser=not arguments.no_browser,
        decisions=arguments.decisions,
    )


def _run_info(arguments: argparse.Namespace) -> None:
    from explorer.store.relocation import image_warning

    workspace = _workspace(arguments)
    subsets = [{"name": each.name, "members": len(each.members)} for each in _looked_at(workspace)]
    info = {**workspace.info(), "subsets": subsets, "images_gone": image_warning(workspace)}
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
    if info["images_gone"]:
        print(f"edgecase: {info['images_gone']}", file=sys.stderr)


def _looked_at(workspace: Workspace) -> list[Subset]:
    """The subsets with what their rules find; a rule that cannot be asked is told on stderr."""
    from explorer.live import look, tables

    table_of = tables(workspace)
    found = [look(subset, table_of) for subset in workspace.subsets()]
    for subset, problem in found:
        if problem:
            print(f"edgecase: {subset.name}: {problem}", file=sys.stderr)
    return [subset for subset, _ in found]


def _run_subset_list(arguments: argparse.Namespace) -> None:
    subsets = _looked_at(_workspace(arguments))
    if arguments.json:
        facts = ("name", "category", "colour", "target")
        _print_json(
            [
                {**{fact: getattr(s, fact) for fact in facts}, "live": bool(s.rule), "members": len(s.members)}
                for s in subsets
            ]
        )
        return
    for subset in subsets:
        progress = f"{len(subset.members)} of {subset.target}" if subset.target else str(len(subset.members))
        print(f"{subset.name}\t{progress}\t{subset.category}\t{subset.note}")


def _run_subset_create(arguments: argparse.Namespace) -> None:
    from explorer.store.decisions import Member
    from explorer.store.workspace import author
    from explorer.subsets.rules import to_json

    if arguments.live and not arguments.where:
        raise SubsetError("A live subset needs conditions: give --where COLUMN=VALUE with --live, not --ids.")
    workspace = _workspace(arguments)
    rule = _rule(workspace, arguments.where) if arguments.where else None
    ids = _listed_ids(workspace, arguments.ids) if rule is None else _matching_ids(workspace, rule)
    origin: Origin = "ids" if rule is None else "rule"
    workspace.decisions.create_subset(
        arguments.name,
        author=arguments.author or author(),
        note=arguments.note or "",
        category=arguments.category or "",
        colour=arguments.colour or "",
        target=arguments.target,
        rule=to_json(rule) if rule and arguments.live else None,
        members=[] if arguments.live else [Member(sample, origin, None) for sample in ids],
        context={"where": arguments.where} if arguments.where else None,
    )
    _run_subset_show(arguments)


def _run_subset_combine(arguments: argparse.Namespace) -> None:
    from explorer.live import named_subset, refuse_mixed
    from explorer.store.combine import combine
    from explorer.store.workspace import author

    workspace = _workspace(arguments)
    first, second = (named_subset(workspace, name) for name in (arguments.first, arguments.second))
    refuse_mixed(workspace, first, second)
    who = arguments.author or author()
    combine(workspace.decisions, arguments.name, arguments.operation, first, second, who)
    _run_subset_show(arguments)


def _run_subset_edit(arguments: argparse.Namespace) -> None:
    from explorer.store.workspace import author

    workspace = _workspace(arguments)
    facts = {fact: getattr(arguments, fact) for fact in ("note", "category", "colour", "target")}
    edited = workspace.decisions.edit_subset(
        arguments.name, author=arguments.author or author(), name=arguments.rename, **facts
    )
    arguments.name = edited.subset
    _run_subset_show(arguments)


def _listed_ids(workspace: Workspace, file: str) -> list[str]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8-sig")
    except ValueError as error:
        raise SubsetError(f"Expected ids as UTF-8 text in {file}, found something else ({error}).") from error
    ids = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    unknown = [sample for sample in ids if sample not in workspace.point_ids]
    if unknown:
        raise SubsetError(f"Expected ids of this workspace, found {len(unknown)} unknown: {', '.join(unknown[:5])}.")
    return ids


def _rule(workspace: Workspace, where: list[str]) -> Rule:
    from explorer.columns import Table
    from explorer.subsets.filters import parse_where
    from explorer.subsets.rules import Rule

    table = Table(workspace.samples)
    return Rule(tuple(parse_where(text, table) for text in where))


def _matching_ids(workspace: Workspace, rule: Rule) -> list[str]:
    from explorer.columns import Table
    from explorer.subsets.rules import matching_ids

    return matching_ids(rule, Table(workspace.samples))


def _run_subset_show(arguments: argparse.Namespace) -> None:
    from explorer.live import named_subset
    from explorer.subsets.rules import described, from_json

    subset = named_subset(_workspace(arguments), arguments.name)
    if arguments.json:
        _print_json(_subset_json(subset))
        return
    progress = f"{len(subset.members)}{f' of {subset.target}' if subset.target else ''} images"
    live = f" Live: {described(from_json(subset.rule))}." if subset.rule else ""
    print(f"{subset.name}: {progress}.{live} {subset.category} {subset.note}".rstrip())
    for sample in subset.ids:
        print(sample)


def _subset_json(subset: Subset) -> dict[str, Any]:
    about = ("name", "key", "note", "category", "colour", "target", "rule")
    facts = (*about, "created_by", "created_at", "updated_at")
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


def _run_match(arguments: argparse.Namespace) -> None:
    from explorer.library import match_source

    with _progress() as progress:
        found = match_source(
            _workspace(arguments), arguments.source, false_alarm=arguments.threshold, on_progress=progress
        )
    for skipped in found.skipped:
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    if arguments.json:
        _print_json(_match_json(found))
        return
    for name, one in zip(found.table.index, found.matches, strict=True):
        print(f"{name}\t{', '.join(f'{each.name} {each.similarity:.2f}' for each in one) or '-'}")
    for detector in found.detectors:
        rate = detector.measured
        print(
            f"{detector.name}: {rate.value:.1%} of {rate.n} held-out ordinary images match by mistake "
            f"({rate.low:.1%} to {rate.high:.1%}); {detector.recall.hits} of {detector.recall.n} members recognised",
            file=sys.stderr,
        )


def _match_json(found: Incoming) -> dict[str, Any]:
    rows = zip(found.table.index, found.table["filepath"], found.matches, strict=True)
    return {
        "images": [{"id": i, "filepath": path, "matches": [m._asdict() for m in one]} for i, path, one in rows],
        "detectors": [
            {
                "name": one.name,
                "false_alarm": one.false_alarm,
                "measured_false_alarm": [one.measured.value, one.measured.low, one.measured.high],
                "recall": one.recall.value if one.recall.n else None,
            }
            for one in found.detectors
        ],
        "skipped": [one._asdict() for one in found.skipped],
    }


def _run_library_export(arguments: argparse.Namespace) -> None:
    from explorer.library import export_library

    for skipped in export_library(_workspace(arguments), arguments.file):
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    print(f"Library written to {arguments.file}")


def _run_library_import(arguments: argparse.Namespace) -> None:
    from explorer.library import import_library

    names = import_library(_workspace(arguments), arguments.file)
    print(f"{len(names)} detectors added: {', '.join(names)}")


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
    from explorer.live import named_subset
    from explorer.package import relabel_package
    from explorer.store.relocation import image_warning

    workspace = _workspace(arguments)
    package = relabel_package(workspace, named_subset(workspace, arguments.subset))
    written = FORMATS[arguments.format](package, arguments.out)
    for skipped in written.left_out:
        print(f"edgecase: left out {skipped.filepath}: {skipped.reason}", file=sys.stderr)
    gone = image_warning(workspace)
    if gone:
        print(f"edgecase: {gone}", file=sys.stderr)
    print(f"{written.images} images of {arguments.subset} written to {written.path}")


def _run_relocate(arguments: argparse.Namespace) -> None:
    from explorer.store.relocation import relocate

    done = relocate(_workspace(arguments), arguments.new_root)
    if arguments.json:
        _print_json(done._asdict())
        return
    print(f"{done.before} is now {done.now}: {done.found:,} of {done.images:,} images found, {done.compared} compared.")


def _run_backup(arguments: argparse.Namespace) -> None:
    from explorer.store.backup import backup

    done = backup(_workspace(arguments), arguments.file, full=arguments.full)
    if arguments.json:
        _print_json(done._asdict())
        return
    print(f"{done.events:,} events and {done.derived:,} derived files written to {done.path}")


def _run_restore(arguments: argparse.Namespace) -> None:
    from explorer import open_workspace
    from explorer.store.backup import restore

    done = restore(arguments.file, arguments.workspace, arguments.decisions)
    if arguments.json:
        _print_json(done._asdict())
        return
    print(f"{done.events:,} events and {done.derived:,} derived files restored to {done.path}")
    source = open_workspace(done.path).manifest.source
    how = f"edgecase open {done.path}" if done.derived else f"edgecase build {source} --workspace {done.path}"
    print(f"{'Open it' if done.derived else 'Make its maps again'} with: {how}")


def _workspace(arguments: argparse.Namespace) -> Workspace:
    from explorer import open_workspace

    return open_workspace(arguments.workspace, getattr(arguments, "decisions", None))


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
