"""A report of where a model fails, as one HTML file or as Markdown: the same decisions give the same bytes."""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer._version import __version__
from explorer.actions.analyze import KINDS, told_of
from explorer.actions.analyzed import analyzed
from explorer.actions.check import read_thresholds
from explorer.actions.compare_versions import best_thresholds, compared
from explorer.actions.duplicate_findings import copies_of
from explorer.actions.failure_modes import Failures, failures
from explorer.actions.judged_by import CorrectedWorkspace, in_words
from explorer.actions.label_issues import LABEL_ISSUES
from explorer.actions.report_agreement import agreement_section
from explorer.actions.report_coverage import changed, counting_examples, coverage
from explorer.actions.report_patterns import patterns
from explorer.actions.report_sections import Rated, figures, method, modes_section, status_of, summary, table
from explorer.analysis.segments import LEAST
from explorer.data.counts import counted
from explorer.data.endings import refuse_other_ending
from explorer.data.images import thumbnail
from explorer.data.local_paths import without_folders
from explorer.data.outcomes import in_words as outcome_in_words
from explorer.data.records import Progress
from explorer.data.verdicts import VERDICTS
from explorer.data.whole import whole_file
from explorer.errors import ExportError, ImageError, SourceError
from explorer.points.card import text_of
from explorer.points.opened_build import View
from explorer.review import report_html, report_markdown
from explorer.review.patterns import WEIGHTS
from explorer.review.report import Facts, Picture, Pictures, Report, Section
from explorer.review.report_actions import Counted, Step, Written, decided, drafted, from_yaml, to_yaml
from explorer.review.taxonomy import to_yaml as taxonomy_yaml
from explorer.store.decisions.state import same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from explorer.actions.analyzed import Analyzed
    from explorer.actions.check import Threshold
    from explorer.actions.compare_versions import Compared
    from explorer.actions.failure_modes import Mode
    from explorer.actions.outcomes import Reviewed
    from explorer.data.records import OnProgress
    from explorer.points.points import Points
    from explorer.review.report import Tone
    from explorer.store.workspace import Workspace

HTML, MARKDOWN = (".html", ".htm"), (".md", ".markdown")

MOST_PICTURES, OF_A_MODE, REGRESSED = 500, 20, 15
"""Images in all, of one failure mode, and of what got worse."""

MOST_BYTES = 10 * 2**20
"""Of the pictures, which the file holds as text, a third larger."""

SIDE = 200
"""Pixels of an image's longer side."""

IMAGES_OF = "_images"
"""What the folder ends in, beside a report in Markdown, in which its images are."""

_DIGITS = 16
_OWN_IMAGE = re.compile(rf"[0-9a-f]{{{_DIGITS}}}\.webp")

ACCURACIES = ("accuracy", "recall")


class Done(NamedTuple):
    """What was written: where, its bytes, its failure modes and pictures."""

    path: Path
    bytes: int
    modes: int
    pictures: int


class Asked(NamedTuple):
    """What a report is asked to be of.

    Attributes:
        model: whose failures; where none is named that of the round, else the last one's.
        against: the version before; the one before it where none is named.
        round_name: the round of review; the newest one of the model where none is named.
        thresholds: what each part must reach, see `explorer.actions.check`.
        group_by: the column by which images hang together.
        seed: of what is drawn at random.
    """

    model: str | None = None
    against: str | None = None
    round_name: str | None = None
    thresholds: Sequence[Threshold] = ()
    group_by: str | None = None
    seed: int = 42


def report(
    workspace: Workspace,
    path: Path,
    *,
    model: str | None = None,
    against: str | None = None,
    round_name: str | None = None,
    thresholds: Path | None = None,
    actions: Path | None = None,
    group_by: str | None = None,
    on_progress: OnProgress = lambda _: None,
) -> Done:
    """Write a report: HTML where the path ends in `.html`, Markdown where it ends in `.md`, with its images beside it.

    Args:
        workspace: what it is of.
        path: where.
        model: whose failures; where none is named that of the round, else the last one's.
        against: the version before; the one before it where none is named.
        round_name: the round of review; the newest one of the model where none is named.
        thresholds: what each part must reach, as for `check`; else what the round's protocol says.
        actions: YAML of a summary and of recommended actions, in place of what categories keep of these; where it is
            not there, it is written with what is recommended now.
        group_by: the column by which images hang together.
        on_progress: told as pictures are made.

    Raises:
        SourceError: a model or column is unknown, or the thresholds are not as they must be.
        ReviewError: the round is unknown, or the actions are not as they must be.
        ExportError: the path ends in something else, or what is there is no report.
    """
    refuse_other(path)
    asked = Asked(model, against, round_name, read_thresholds(thresholds) if thresholds else (), group_by)
    if actions:
        refuse_other_ending(actions, "actions, which are YAML,", ".yaml", ".yml")
    written = from_yaml(actions.read_text("utf-8-sig"), str(actions)) if actions and actions.exists() else None
    is_markdown = path.suffix.lower() in MARKDOWN
    beside = f"{path.stem}{IMAGES_OF}" if is_markdown else ""
    made = report_of(workspace, asked, written, beside=beside, on_progress=on_progress)
    if actions and written is None:
        _write(actions, to_yaml(made.recommended).encode())
    if not is_markdown:
        return Done(path, _write(path, to_html(made).encode()), len(made.modes), made.pictures)
    written_bytes = sum(_write(path.parent / file, webp) for file, webp in made.files.items())
    written_bytes += _write(path, report_markdown.to_markdown(made.report).encode())
    _remove_others(path.parent / beside, made.files)
    return Done(path, written_bytes, len(made.modes), made.pictures)


class Made(NamedTuple):
    """A report.

    Attributes:
        report: its sections.
        recommended: the actions in it.
        modes: its failure modes, as they are in it.
        pictures: how many images it shows.
        files: the images that lie beside it, WebP by where that is, relative to it.
    """

    report: Report
    recommended: Written
    modes: Sequence[Mode]
    pictures: int
    files: Mapping[str, bytes]


def to_html(made: Made) -> str:
    """The report as one HTML file."""
    return report_html.to_html(made.report)


def to_zip(made: Made, name: str) -> bytes:
    """The report as Markdown with the images beside it, in one ZIP: the same report gives the same bytes.

    Args:
        made: with images beside it.
        name: of the Markdown file.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file, content in {name: report_markdown.to_markdown(made.report).encode(), **made.files}.items():
            entry = zipfile.ZipInfo(file)  # of a time that is always the same
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def report_of(
    workspace: Workspace,
    asked: Asked,
    written: Written | None = None,
    *,
    beside: str = "",
    on_progress: OnProgress = lambda _: None,
) -> Made:
    """Gather a report; see `report`.

    Args:
        workspace: what it is of.
        asked: of which model, round and thresholds.
        written: what people wrote; where they did not, what a category keeps, else drafts.
        beside: the name of a folder beside the report in which its images lie; empty where it holds them itself.
        on_progress: told as pictures are made.
    """
    view = View(workspace)
    of = analyzed(view, _model(view, asked), seed=asked.seed, group_by=asked.group_by)
    found = failures(of, asked.round_name)
    before = _before(view, of.model, asked.against)
    versus = _versus(found, before) if before else None
    album = _Album(found, on_progress, beside)
    steps: dict[str, Sequence[Step]] = {mode.name: _steps(found, mode) for mode in found.modes}
    steps |= written.actions if written else {}
    rated = [_rated(found, mode, asked, steps[mode.name], album, i) for i, mode in enumerate(found.modes, 1)]
    regressed = album.regressed(versus) if versus else None
    sections = [
        summary(
            found,
            rated,
            written.summary if written else "",
            [*(one.sentence for one in missing(found, asked)), *album.told],
        ),
        method(found, asked.seed),
        table(rated),
        modes_section(rated),
        patterns(found, rated),
        agreement_section(found),
        coverage(found, rated),
        changed(before, regressed, versus),
        digests(found),
    ]
    on_progress(Progress("Pictures", album.made, album.made))
    name = without_folders(workspace.manifest.name)
    about = f"{view.images.space.counted(len(view.images))}, built {workspace.manifest.built_at[:16]}."
    made = Report(f"{name}: where {of.model or 'models'} fails", about, sections)
    return Made(
        made, Written("", {mode.name: steps[mode.name] for mode in found.modes}), found.modes, album.made, album.files
    )


def _model(view: View, asked: Asked) -> str | None:
    """Whose failures: the model that was asked for, else that of the round, else the last one."""
    if asked.model or not asked.round_name:
        return asked.model or next(reversed(view.models), None)
    judged = view.workspace.rounds.find(asked.round_name).protocol.model
    return view.workspace.model_now(judged) if judged else next(reversed(view.models), None)


def refuse_other(path: Path) -> None:
    """Raise ExportError where a path is of no kind of report, or where something else is there already."""
    if path.suffix.lower() not in (*HTML, *MARKDOWN):
        raise ExportError(f"Expected a report to end in .html or .md, found {path.name!r}. Choose another -o.")
    mark = report_markdown.MARK if path.suffix.lower() in MARKDOWN else report_html.MARK
    if path.exists() and (path.is_dir() or mark not in path.read_text("utf-8", "replace")[:2000]):
        raise ExportError(f"There is something at {path} that is no report; it is not replaced. Choose another -o.")


def _write(path: Path, data: bytes) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as draft:
            draft.write_bytes(data)
    except OSError as error:
        raise ExportError(
            f"{path} cannot be written ({error}). Check the path, its permissions and the space."
        ) from error
    return len(data)


def _remove_others(folder: Path, files: Iterable[str]) -> None:
    """Remove the images of a former report; nothing else that lies in its folder is touched."""
    wanted = {PurePosixPath(file).name for file in files}
    for path in folder.glob("*.webp"):
        if _OWN_IMAGE.fullmatch(path.name) and path.name not in wanted:
            path.unlink()


def _before(view: View, model: str | None, against: str | None) -> str | None:
    """The version that a model is compared with; None where there is none."""
    if against is not None and (against not in view.models or against == model):
        others = ", ".join(name for name in view.models if name != model) or "(none)"
        raise SourceError(f"Expected one of the models {others} to compare with, found {against!r}.")
    if against or not view.judges or model is None:
        return against
    place = view.models.index(model)
    return view.models[place - 1] if place else None


def _versus(found: Failures, before: str) -> Compared:
    view = found.of.view
    return compared(view, before, str(found.of.model), best_thresholds(view), found.subsets, found.hygiene)


def _rated(found: Failures, mode: Mode, asked: Asked, steps: Sequence[Step], album: _Album, number: int) -> Rated:
    right, weighted = figures(mode.outcomes)
    at_least, least = _threshold(found.reviewed, mode, asked.thresholds)
    status = status_of(right, at_least, least)
    return Rated(mode, right, weighted, at_least, status, steps, album.of(mode), f"mode-{number}")


def _threshold(reviewed: Reviewed | None, mode: Mode, given: Sequence[Threshold]) -> tuple[float | None, int]:
    """What the share that is right must reach at its lower end, and of how many at least."""
    own = (one for one in given if (one.kind, one.name) == (mode.kind, mode.name) and one.metric in ACCURACIES)
    one = next(own, None)
    if one:
        return one.at_least, one.min_n
    agreed = dict(reviewed.round.protocol.thresholds) if reviewed else {}
    return agreed.get("at_least"), int(agreed.get("min_n", LEAST))


def _steps(found: Failures, mode: Mode) -> list[Step]:
    """What is recommended: as people decided it, of a category without also for its subsets; else drafted."""
    kept = mode.actions or _of_its_subsets(found, mode)
    return decided(kept) if kept else drafted(_counted(found, mode))


def _of_its_subsets(found: Failures, mode: Mode) -> list[str]:
    names = set(map(same_name, mode.standing.category.names)) if mode.standing else set()
    return [action for one in found.subsets if same_name(one.category) in names for action in one.actions]


def _counted(found: Failures, mode: Mode) -> Counted:
    wrong = mode.outcomes.of(np.flatnonzero(mode.outcomes.wrong))
    category = mode.standing.category if mode.standing else None
    doubted = _claimed(found.of, LABEL_ISSUES)
    images = found.of.points.space.sample_rows[mode.rows].tolist()
    spare = {row for one in copies_of(found.of) for row in one.rows[1:].tolist()}
    return Counted(
        counting=counting_examples(found, mode),
        target=category.target if category else 0,
        level=category.level if category else "",
        errors=len(wrong),
        judged=int(mode.outcomes.known.sum()),
        doubted=sum(each in doubted for each in wrong.ids),
        copies=len(spare.intersection(images)),
        leaking=mode.leaking,
        inadequate=int((mode.outcomes.verdicts == "inadequate").sum()),
    )


def _claimed(of: Analyzed, kind: str) -> frozenset[str]:
    """Ids of what an analysis claims, where it was run."""
    told = told_of(of, KINDS[kind])
    return frozenset(each for one in told.found for each in one.ids) if told else frozenset()


class Missing(NamedTuple):
    """What a fuller report would want: one word for it, what it is, and how a command line gets it."""

    name: str
    what: str
    way: str

    @property
    def sentence(self) -> str:
        """Both."""
        return f"{self.what}: {self.way}."


PREDICTIONS = Missing("predictions", "Predictions of a model", "`edgecase add-predictions WORKSPACE NAME=FILE`")
LABELS = Missing("labels", "Labels to judge by", "build with labels")
CATEGORIES = Missing(
    "categories",
    "Categories with a criterion",
    "`edgecase category add` or `edgecase category import --template`",
)
ROUND = Missing("round", "A round of review of this model", "`edgecase review start`")
THRESHOLDS = Missing("thresholds", "Thresholds", "`--thresholds FILE`, or those of a round's protocol")
DOUBTED = Missing("doubted", "Which labels are probably wrong", "run `edgecase analyze`")
TRAINING = Missing(
    "training", "A training split, to see what the model may have learnt from", "a column `split` with `train`"
)


def missing(found: Failures, asked: Asked) -> list[Missing]:
    """What a fuller report would want, each with the way to it."""
    of = found.of
    wanted = {
        PREDICTIONS: not of.view.models,
        LABELS: not of.view.labelled,
        CATEGORIES: not any(mode.standing for mode in found.modes),
        ROUND: found.reviewed is None,
        THRESHOLDS: not asked.thresholds
        and not (found.reviewed and dict(found.reviewed.round.protocol.thresholds).get("at_least")),
        DOUBTED: of.view.labelled and told_of(of, KINDS[LABEL_ISSUES]) is None,
        TRAINING: not found.hygiene.splits,
    }
    return [one for one, is_missing in wanted.items() if is_missing]


def digests(found: Failures) -> Section:
    """What exactly this report is of: digests of images, labels, predictions, categories and decisions."""
    workspace = found.of.workspace
    encoder = workspace.manifest.model
    facts = [
        ("Images, SHA-256 of their digests", _sha(workspace.samples["digest"])),
        ("Build", f"{workspace.manifest.samples}, {workspace.manifest.built_at}"),
        ("Labels", in_words(workspace.changes) if isinstance(workspace, CorrectedWorkspace) else "as in the data"),
        ("Encoder", " ".join(without_folders(str(one)) for one in (encoder["name"], encoder.get("pretrained")) if one)),
        *((f"Predictions of {model}, SHA-256", _model_digest(found.of.view, model)) for model in found.of.view.models),
        ("Categories, SHA-256 of their YAML", _sha([taxonomy_yaml(workspace.categories.all())])),
        ("Decisions", _decisions(workspace)),
        ("Made by", f"Edgecase Explorer {__version__}"),
    ]
    return Section("digests", "Data and model digests", [Facts(facts)])


def _model_digest(view: View, model: str) -> str:
    if view.has_boxes:
        from explorer.data.spaces import predictions_of

        frame = view.workspace.objects(predictions_of(model))
    else:
        frame = view.workspace.samples[[f"{model}.prediction", f"{model}.confidence"]]
    return hashlib.sha256(frame.to_csv().encode()).hexdigest()


def _decisions(workspace: Workspace) -> str:
    checked = workspace.decisions.verified()
    state = "their chain is whole" if checked.broken_link is None else f"NOT as written: {checked.broken_link.reason}"
    return f"{counted(checked.events, 'event')}; {state}"


def _sha(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


class _Album:
    """The pictures of a report: of errors, the gravest and surest first, each made once."""

    def __init__(self, found: Failures, on_progress: OnProgress, beside: str) -> None:
        self.found, self.view, self.beside = found, found.of.view, beside
        self.files: dict[str, bytes] = {}
        self.each = min(OF_A_MODE, MOST_PICTURES // max(1, len(found.modes)))
        self.made, self.left_out, self._bytes = 0, 0, 0
        self._webp: dict[str, bytes | None] = {}
        self._progress = on_progress

    def of(self, mode: Mode) -> Pictures:
        """Of a failure mode; of one without errors some of what there is."""
        of = mode.outcomes
        wrong = np.flatnonzero(of.wrong)
        weights = np.array([WEIGHTS[one] for one in of.severities[wrong]])
        order = np.lexsort((-np.nan_to_num(of.confidences[wrong]), -weights))
        if len(wrong):
            return self._pictures([of.ids[row] for row in wrong[order]][: self.each], "bad")
        return self._pictures(_ids(self.found, mode)[: self.each // 2], "")

    def regressed(self, versus: Compared) -> Pictures:
        """What the version before got right and this one does not."""
        rows = versus.points.worst_first(versus.overall.regressed, versus.after)[:REGRESSED]
        return self._pictures(versus.points.space.ids_of(rows), "bad")

    @property
    def told(self) -> list[str]:
        """What it has no room for, a sentence; none where it has room for all."""
        return [f"{self.left_out:,} more pictures: the file has room for no more."] if self.left_out else []

    def _pictures(self, ids: Sequence[str], tone: Tone) -> Pictures:
        if not ids:
            return Pictures([])
        points = self.view.of_ids(ids)
        rows = points.space.rows(ids)
        new = [row for row in rows if points.space.ids[row] not in self._webp]
        with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            made = pool.map(partial(_webp, points), new)
            self._webp |= {points.space.ids[row]: webp for row, webp in zip(new, made, strict=True)}
        shown = [row for row in rows if self._has_room(points.space.ids[row])]
        self._progress(Progress("Pictures", self.made, max(self.made, MOST_PICTURES)))
        return Pictures([self._picture(points.space.ids[row], self._lines(points, row), tone) for row in shown])

    def _has_room(self, each: str) -> bool:
        """Whether one more picture fits into the file; then it is counted."""
        size = len(self._webp.get(each) or b"")
        if self._bytes + size > MOST_BYTES:
            self.left_out += 1
            return False
        self._bytes += size
        self.made += 1
        return True

    def _picture(self, each: str, lines: Sequence[tuple[str, str]], tone: Tone) -> Picture:
        webp = self._webp.get(each)
        return Picture(without_folders(each), webp, lines, tone, self._file(webp) if webp and self.beside else "")

    def _file(self, webp: bytes) -> str:
        """Where an image lies beside the report, by its content, so that the same report has the same files."""
        file = f"{self.beside}/{hashlib.sha256(webp).hexdigest()[:_DIGITS]}.webp"
        self.files[file] = webp
        return file

    def _lines(self, points: Points, row: int) -> list[tuple[str, str]]:
        """What is said of an image: what it is called and taken for, and what reviewers said of it."""
        known, model = points.table.frame.iloc[row], self.found.of.model
        columns = {"label": "label", "predicted": f"{model}.prediction", "outcome": f"{model}.outcome"}
        if not points.space.are_boxes:
            del columns["outcome"]
        columns["confidence"] = f"{model}.confidence"
        said = {title: text_of(known[column]) for title, column in columns.items() if column in known}
        said = {title: outcome_in_words(columns[title], text) for title, text in said.items()}
        facts = {**said, **self._said(points.space.ids[row])}
        return [(title, text) for title, text in facts.items() if text]

    def _said(self, each: str) -> dict[str, str]:
        """What reviewers said of an item."""
        item = self.found.reviewed.items.get(each) if self.found.reviewed else None
        if item is None:
            return {}
        given = [item.adjudicated] if item.adjudicated else []
        every = [*item.votes, *given]
        return {
            "verdict": VERDICTS[item.verdict].lower() if item.verdict else "not settled",
            "votes": ", ".join(vote.shown.lower() for vote in item.votes) if item.differs else "",
            "severity": item.severity,
            "why": "; ".join(dict.fromkeys(filter(None, (one.reason for one in every)))),
            "comment": "; ".join(dict.fromkeys(filter(None, (one.comment for one in every)))),
        }


def _ids(found: Failures, mode: Mode) -> list[str]:
    """What is in a failure mode, by id."""
    return list(mode.standing.examples if mode.standing else found.of.points.space.ids_of(mode.rows))


def _webp(points: Points, row: int) -> bytes | None:
    try:
        return thumbnail(points.filepath(row), SIDE, points.crop(row))
    except (ImageError, OSError):
        return None
