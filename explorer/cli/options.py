"""What the commands share: options, the opened workspace, output and progress."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.data.corrections import CORRECTED, GIVEN
from explorer.data.engines import ENGINES
from explorer.data.ids import read_id
from explorer.errors import SourceError, SubsetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import OnProgress
    from explorer.points.opened_build import View
    from explorer.store.decisions.subsets import Subset
    from explorer.store.workspace import Workspace


NOTHING_CORRECTED = "Nobody corrected a label: judged by those in the data"
"""What is said where corrected labels are asked for and there are none."""


def add_command(commands: Any, name: str, run: Any, summary: str) -> argparse.ArgumentParser:  # noqa: ANN401 - argparse's own subparser type is private
    """Add one command that calls `run` with its arguments."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(run=run)
    return command


def decisions_option(command: argparse.ArgumentParser) -> None:
    """Let the person say where decisions are kept."""
    where = "where decisions are kept (default: WORKSPACE/decisions.db, or what EDGECASE_DECISIONS names)"
    command.add_argument("--decisions", metavar="FILE|URL", help=where)


def out_option(command: argparse.ArgumentParser, what: str, *, also: str = "") -> None:
    """Let the person say where to write; `also` names an argument that says the same, FILE behind WORKSPACE."""
    if not also:
        command.add_argument("-o", "--out", type=Path, required=True, metavar="PATH", help=what)
        return
    given = command.add_mutually_exclusive_group(required=True)
    given.add_argument(also, nargs="?", type=Path, action=_IfGiven, metavar=also.upper(), help=what)
    given.add_argument("-o", "--out", dest=also, type=Path, metavar="PATH", help=what)


class _IfGiven(argparse.Action):
    """An argument that is left out leaves what an option said."""

    def __call__(self, _parser: object, namespace: argparse.Namespace, values: object, _option: object = None) -> None:
        if values is not None:
            setattr(namespace, self.dest, values)


def predictions_option(command: argparse.ArgumentParser) -> None:
    """Let the person name files of predictions."""
    command.add_argument(
        "--predictions", action="append", default=[], metavar="NAME=FILE", help="repeat for more models"
    )


def columns_option(command: argparse.ArgumentParser) -> None:
    """Let the person say which column of a table is what."""
    command.add_argument(
        "--column",
        action="append",
        default=[],
        dest="columns",
        metavar="ROLE=NAME",
        help="which column is the image, id, label, prediction, confidence, split, group, time, latitude or longitude",
    )


def engine_option(command: argparse.ArgumentParser) -> None:
    """Let the person say what runs the model."""
    which = "what runs the model on images (default auto: the fastest that is as exact)"
    command.add_argument("--engine", choices=ENGINES, help=which)


def unmatched_option(command: argparse.ArgumentParser) -> None:
    """Let the person take files that are mostly of other images."""
    command.add_argument(
        "--allow-unmatched",
        action="store_true",
        help="take labels and predictions of which less than a tenth belongs to the images",
    )


def finite(written: str) -> float:
    """A number that was given; with `nan` no comparison holds.

    Raises:
        ArgumentTypeError: it is none, or not finite.
    """
    try:
        number = float(written)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"expected a number, found {written!r}")
    return number


def threshold_option(command: argparse.ArgumentParser) -> None:
    """Let the person say how many false alarms may be."""
    command.add_argument(
        "--threshold",
        type=finite,
        default=0.05,
        metavar="RATE",
        help="share of ordinary images that may match by mistake (default 0.05)",
    )


def space_options(command: argparse.ArgumentParser, *, default: str | None = "image") -> None:
    """Let the person say which points are meant where there are boxes beside images."""
    which = f"image, label, prediction or prediction/MODEL: whose points are meant (default {default or 'as fits'})"
    command.add_argument("--space", default=default, metavar="SPACE", help=which)


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def seed(text: str) -> int:
    """Read what chance is drawn from: a whole number that every generator takes."""
    if not text.isdecimal() or int(text) > _LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"expected a seed between 0 and {_LARGEST_SEED}, found {text!r}")
    return int(text)


def actions_option(command: argparse.ArgumentParser, *, required: bool = False) -> None:
    """Let the person say what is to be done, which the report recommends."""
    from explorer.data.categories import DOING

    told = f"what the report recommends in place of its draft, DO one of {', '.join(DOING)}; repeat; '' for the draft"
    command.add_argument("--action", action="append", dest="actions", metavar="DO:WHAT", required=required, help=told)


def confidence_option(command: argparse.ArgumentParser) -> None:
    """Let the person say from which confidence on a detection counts."""
    command.add_argument(
        "--confidence",
        type=_confidence,
        default=0.0,
        metavar="SHARE|best-f1",
        help="from which a detection counts, or best-f1 for where the model's F1 at IoU 0.5 is best (default 0)",
    )


def _confidence(text: str) -> float | str:
    from explorer.actions.evaluate import BEST_F1

    return text if text == BEST_F1 else share(text)


def share(text: str) -> float:
    """Read a number between 0 and 1."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"expected a number between 0 and 1, found {text!r}")
    return number


def duplicates_option(command: argparse.ArgumentParser) -> None:
    """Let the person say what counts as a copy."""
    from_where = "cosine from which on two images are copies (default: from how far images are apart)"
    command.add_argument("--duplicate-threshold", type=share, metavar="SIMILARITY", help=from_where)


def named_file(text: str) -> tuple[str, Path]:
    """Read NAME=FILE; a shell leaves a `~` behind the equals sign as it is.

    Raises:
        SourceError: it is something else.
    """
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise SourceError(f"Expected predictions as NAME=FILE, found {text!r}.")
    return name, Path(path).expanduser()


def named_columns(texts: Sequence[str]) -> dict[str, str]:
    """Read ROLE=NAME, any number of times.

    Raises:
        SourceError: one is something else, or a role is named twice.
    """
    pairs = [text.partition("=") for text in texts]
    columns = {role.strip(): name.strip() for role, _, name in pairs}
    wrong = next((text for text, (role, equals, _) in zip(texts, pairs, strict=True) if not (role and equals)), None)
    if wrong is not None or len(columns) < len(texts):
        raise SourceError(f"Expected --column ROLE=NAME, once for each role, found {wrong or ', '.join(texts)!r}.")
    return columns


def listed_ids(workspace: Workspace, file: str) -> list[str]:
    """Read ids of images or boxes, one a line as `printed_id` writes it, from a file or (`-`) standard input.

    Raises:
        SubsetError: one is unknown, or the file is no text.
    """
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8-sig")
    except ValueError as error:
        raise SubsetError(f"Expected ids as UTF-8 text in {file}, found something else ({error}).") from error
    known = workspace.point_ids
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    said = [line if line in known else read_id(line.strip()) for line in lines if line.strip()]
    ids = list(dict.fromkeys(map(workspace.known_id, said)))
    unknown = [each for each in ids if each not in known]
    if unknown:
        raise SubsetError(f"Expected ids of this workspace, found {len(unknown)} unknown: {', '.join(unknown[:5])}.")
    return ids


def judging_option(command: argparse.ArgumentParser) -> None:
    """Let the person say by which labels models are judged, and labels themselves."""
    which = "by which labels: those in the data, or as people corrected them (default given)"
    command.add_argument("--labels", dest="judged_by", choices=(GIVEN, CORRECTED), default=GIVEN, help=which)


def leaking_options(command: argparse.ArgumentParser) -> None:
    """Let the person say what of a category a model may have learnt from, and have it count all the same."""
    together = "a column such as patient, scene or video: with what the training split has of it, it is left out"
    command.add_argument("--group-by", metavar="COLUMN", help=together)
    how = command.add_mutually_exclusive_group()
    all_the_same = "count what of a category the model may have learnt from, as well"
    how.add_argument("--count-leaking", action="store_true", help=all_the_same)
    everywhere = "leave what the model may have learnt from out of everything: subsets, segments, all there is"
    how.add_argument("--leave-out-leaking", action="store_true", help=everywhere)


def opened(arguments: argparse.Namespace) -> Workspace:
    """Open the workspace that the arguments name, judged by the labels that they name; stderr says what that means."""
    from explorer import open_workspace

    workspace = open_workspace(arguments.workspace, getattr(arguments, "decisions", None))
    return _corrected(workspace) if getattr(arguments, "judged_by", GIVEN) == CORRECTED else workspace


def _corrected(workspace: Workspace) -> Workspace:
    from explorer.actions.judged_by import CorrectedWorkspace, in_words, judged_by

    now = judged_by(workspace, CORRECTED)
    said = in_words(now.changes) if isinstance(now, CorrectedWorkspace) else NOTHING_CORRECTED
    print(f"edgecase: {said}", file=sys.stderr)
    return now


def opened_view(workspace: Workspace) -> View:
    """The current build of a workspace."""
    from explorer.points.opened_build import View

    return View(workspace)


def model_of(workspace: Workspace, wanted: str | None) -> str:
    """The model that is meant where none is named: the first; empty where there is none."""
    return next(iter(workspace.manifest.predictions), "") if wanted is None else wanted


def warn_of_decisions(workspace: Workspace) -> None:
    """Say on stderr where decisions are not as they were written, and what to do."""
    warning = workspace.decisions.verified().warning
    if warning:
        print(f"edgecase: {warning}", file=sys.stderr)


def print_json(value: object) -> None:
    """Print a value as JSON, and nothing else; a number that is none, which JSON does not have, as null."""
    print(json.dumps(_without_nan(value), indent=2, ensure_ascii=False, default=str))


def _without_nan(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


_LARGEST_SEED = 2**32 - 1

_BAR = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]"


class progress_bars:  # noqa: N801 - reads as a verb where it is used
    """One bar per step on stderr, with a remaining time; of a job, the file that says how far it is."""

    def __enter__(self) -> OnProgress:
        self._bar: Any = None
        self._step = ""
        return self._show if "EDGECASE_JOB" not in os.environ else _job_report()

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def _show(self, report: Any) -> None:  # noqa: ANN401
        from tqdm.auto import tqdm

        if report.step != self._step or self._bar is None:
            self.__exit__()
            self._step = report.step
            self._bar = tqdm(total=report.total, desc=report.step, file=sys.stderr, bar_format=_BAR)
        self._bar.total = report.total
        self._bar.update(report.done - self._bar.n)


def _job_report() -> OnProgress:
    from explorer.actions.jobs import JOB, reporter

    return reporter(Path(os.environ[JOB]))


def evaluated_subsets(workspace: Workspace) -> list[Subset]:
    """The subsets with what their rules find; a rule that cannot be asked is told on stderr."""
    from explorer.points.live_subsets import evaluate_rule, tables

    table_of = tables(workspace)
    found = [evaluate_rule(subset, table_of) for subset in workspace.subsets()]
    for subset, problem in found:
        if problem:
            print(f"edgecase: {subset.name}: {problem}", file=sys.stderr)
    return [subset for subset, _ in found]
