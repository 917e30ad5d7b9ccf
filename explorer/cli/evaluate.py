"""How good the models are."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import (
    add_command,
    confidence_option,
    decisions_option,
    finite,
    judging_option,
    opened,
    print_json,
)
from explorer.data.counts import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from explorer.data.thresholds import Thresholds
    from explorer.points.opened_build import View


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "evaluate", _run, "Print how good the models are.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    command.add_argument("--model", metavar="NAME", help="one model (default: all)")
    command.add_argument("--iou", type=finite, default=0.5, help="a box counts as found from this IoU on (default 0.5)")
    confidence_option(command)
    _parts_options(command)
    judging_option(command)
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _parts_options(command: argparse.ArgumentParser) -> None:
    """Let the person ask for segments, classes and thresholds."""
    by = "how good on each part: the values of these columns, or - for all columns and regions"
    command.add_argument("--by", metavar="COLUMN,...", help=by)
    command.add_argument("--two-way", action="store_true", help="--by two columns, each value with each")
    metric = "of --by: accuracy or f1; of boxes found, f1, fp_per_image, fn_per_image or AP (default: the first)"
    command.add_argument("--metric", default="", metavar="NAME", help=metric)
    bins = "how numbers are cut: quantile:N, equal:N, or the ends as 0.2,0.5 (default quantile:4)"
    command.add_argument("--bins", default="quantile:4", metavar="BINS", help=bins)
    command.add_argument("--against", metavar="NAME", help="another model beside each part, with the paired difference")
    groups = "a column, such as patient or video: images with the same value are not independent"
    command.add_argument("--group-by", metavar="COLUMN", help=groups)
    command.add_argument(
        "--per-class", action="store_true", help="precision, recall, F1 and best threshold of each class"
    )
    command.add_argument("--thresholds", action="store_true", help="what becomes of the counts, and the best threshold")
    command.add_argument(
        "--without", action="append", default=[], metavar="SUBSET", help="also without its members; repeat for more"
    )
    removed = "also without the members of every subset that is marked for removal"
    command.add_argument("--without-removed", action="store_true", help=removed)
    cost = "what a false alarm costs, and a miss (default 1:1)"
    command.add_argument("--cost", type=_costs, default="1:1", metavar="FP:FN", help=cost)
    command.add_argument("--seed", type=int, default=42, metavar="N", help="of what is drawn at random (default: 42)")


def _costs(text: str) -> tuple[float, float]:
    costs = [float(part) if part.replace(".", "", 1).isdecimal() else -1 for part in text.split(":")]
    if len(costs) != 2 or min(costs) < 0 or not any(costs):  # noqa: PLR2004 - a false alarm and a miss
        raise argparse.ArgumentTypeError(f"expected two numbers such as 1:5, found {text!r}")
    return costs[0], costs[1]


def _run(arguments: argparse.Namespace) -> None:
    from explorer.actions.evaluate import confidence_of, evaluate
    from explorer.data.thresholds import Thresholds
    from explorer.points.opened_build import View

    workspace = opened(arguments)
    figures = evaluate(workspace, arguments.model, iou=arguments.iou, confidence=arguments.confidence)
    view = View(workspace)
    for model, one in figures.items():
        at = Thresholds(arguments.iou, confidence_of(workspace, model, arguments.confidence))
        one.update(_parts(view, model, at, arguments))
        if arguments.without or arguments.without_removed:
            one["without"] = _without(view, model, at, arguments)
    if arguments.json:
        print_json(figures)
        return
    for model, one in figures.items():
        print(model)
        for name, value in one.items():
            for line in _LINES.get(name, _plain)(name, value):
                print(f"  {line}")


def _parts(view: View, model: str, at: Thresholds, arguments: argparse.Namespace) -> dict[str, Any]:
    """The segments, classes and thresholds that were asked for."""
    from explorer.actions.class_figures import best_of, class_rows, predictions_made, threshold_rows
    from explorer.actions.segments import rows_of, segmented
    from explorer.data.bins import Bins
    from explorer.evaluation.thresholds import Costs

    said: dict[str, Any] = {}
    costs, drawn = Costs(*arguments.cost), {"group_by": arguments.group_by, "seed": arguments.seed}
    if arguments.by:
        table = segmented(
            view,
            model,
            at,
            arguments.metric,
            columns=None if arguments.by == _ALL else [name.strip() for name in arguments.by.split(",")],
            two_way=arguments.two_way,
            bins=Bins.parse(arguments.bins),
            against=arguments.against,
            **drawn,
        )
        said["segments"] = rows_of(table)
    if arguments.per_class:
        said["classes"] = class_rows(view, model, at, costs, **drawn)
    if arguments.thresholds:
        found = predictions_made(view, model, at.iou).sweep()
        said["best"], said["thresholds"] = best_of(found, costs), threshold_rows(found, costs)
    return said


def _without(view: View, model: str, at: Thresholds, arguments: argparse.Namespace) -> dict[str, Any]:
    """By every measure, with all and without the members of subsets."""
    from explorer.actions.analyzed import analyzed
    from explorer.actions.removal import leaving, to_be_removed, without
    from explorer.actions.segments import metrics

    subsets = to_be_removed(view.workspace, arguments.without, marked=arguments.without_removed)
    gone = leaving(view, subsets)
    of = replace(analyzed(view, model, seed=arguments.seed), points=view.labels(at))
    found = without(of, gone, metrics(view))
    return {
        "subsets": [one.name for one in subsets],
        "images": len(gone.images),
        "boxes": len(gone.boxes),
        "figures": [one.row for one in found],
        "sentences": [one.sentence for one in found],
    }


def _lines_without(_: str, said: Mapping[str, Any]) -> Iterator[str]:
    images, boxes = counted(said["images"], "image"), counted(said["boxes"], "single box", "single boxes")
    yield f"without {' and '.join(said['subsets'])}: {images}, {boxes}"
    yield from (f"  {sentence}" for sentence in said["sentences"])


def _plain(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - a figure of any kind
    yield f"{name:10} {'-' if value is None else value}"


def _errors(name: str, counts: Mapping[str, int]) -> Iterator[str]:
    yield f"{name:10} {', '.join(f'{count} {kind}' for kind, count in counts.items())}"


def _segments(_: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    from explorer.actions.segments import called, figures_line, in_figures

    for row in rows:
        yield f"{called(row)}: {figures_line(row)}"
        if "against" in row and not row["too_few"]:
            apart = row["difference"]
            low, high = (in_figures(apart[end], row["metric"]) for end in ("low", "high"))
            other = in_figures(row["against"]["rate"], row["metric"])
            yield f"  the other model {other}, apart by {low} to {high}, q = {apart['q']:.2g}"


def _classes(_: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        said = (f"{name} {row[name]:.3f} ({row[f'{name}_low']:.3f} to {row[f'{name}_high']:.3f})" for name in _SHARES)
        yield f"{row['label']}: {', '.join(said)}, best F1 {_threshold(row['best']['f1'])}"


def _best(_: str, best: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield f"best F1    {best['f1']['f1']:.3f} {_threshold(best['f1'])}"
    yield f"least cost {best['cost']['cost']:g} {_threshold(best['cost'])}"


def _threshold(row: Mapping[str, Any]) -> str:
    return "with nothing counted" if row["confidence"] is None else f"from {row['confidence']:.4g}"


def _nothing(_: str, __: object) -> Iterator[str]:
    """What only `--json` prints."""
    yield from ()


_ALL = "-"
_SHARES = ("precision", "recall", "f1")
_LINES: dict[str, Callable[[str, Any], Iterator[str]]] = {
    "errors": _errors,
    "segments": _segments,
    "classes": _classes,
    "best": _best,
    "without": _lines_without,
    "thresholds": _nothing,
    "confusion": _nothing,
}
