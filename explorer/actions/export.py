"""Exporting images with what is known of them: a package, written by an exporter, and what to know of it."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from explorer._version import __version__
from explorer.actions.exported_labels import labels_of, predictions_by_model
from explorer.data.corrections import GIVEN
from explorer.data.counts import counted
from explorer.data.endings import refuse_other_ending
from explorer.data.saved_views import in_words
from explorer.data.spaces import IMAGES, Task
from explorer.data.subsets import Membership, Subset
from explorer.data.untrusted import MALFORMED
from explorer.data.whole import told_as
from explorer.errors import ExplorerError, ExportError
from explorer.exporters import FOLDERS, Media, exporter
from explorer.exporters.csv_table import beside
from explorer.exporters.names import safe_name
from explorer.exporters.package import TRUTH, Package, Written
from explorer.points.live_subsets import evaluate_rule, named_subset, refuse_mixed, table_of
from explorer.points.looks import shown_ids
from explorer.points.opened_build import View
from explorer.store.relocation import image_warning
from explorer.store.workspace import author

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.actions.findings import Known
    from explorer.data.corrections import CorrectedBoxes, Correction
    from explorer.data.records import Float32
    from explorer.data.saved_views import SavedView
    from explorer.store.workspace import Workspace

_HOW = ("origin", "score", "added_by", "added_at")
_FORMAT = "edgecase-explorer export 2"
_ENDINGS = {"csv": ".csv", "parquet": ".parquet"}
_TEXT = {".csv", ".json", ".xml", ".yaml", ".txt"}
_PREVIEWED = 3
_MOST_TEXT = 4000


class Chosen(NamedTuple):
    """What is to be exported.

    Attributes:
        subsets: living ones, see `explorer.points.live_subsets.named_subset`; findings and saved views as if they were.
        everything: all images of the workspace, instead of subsets.
        without: subsets whose images, or boxes, are left out.
    """

    subsets: tuple[Subset, ...] = ()
    everything: bool = False
    without: tuple[Subset, ...] = ()


class Options(NamedTuple):
    """How it is written.

    Attributes:
        form: one of `explorer.exporters.FORMATS`.
        labels: which are the labels: `GIVEN`, `CORRECTED`, or the name of a model, whose predictions then are.
        media: what becomes of the image files.
        models: whose predictions go along; None for all models.
        by: who exports; empty for the person logged in.
    """

    form: str = "csv"
    labels: str = GIVEN
    media: Media = ""
    models: tuple[str, ...] | None = None
    by: str = ""


@dataclass(frozen=True)
class Exported:
    """What an export wrote and left out.

    Attributes:
        written: see `Written`.
        of: what was counted, images or boxes.
        warning: that image files are gone and what to do, or that the export could not be noted; else empty.
    """

    written: Written
    of: str
    warning: str

    @property
    def many(self) -> str:
        """How many there are, in words."""
        n = self.written.images
        return counted(n, "image") if self.of == "images" else counted(n, "box", "boxes")


def chosen(
    workspace: Workspace,
    names: Sequence[str],
    *,
    everything: bool = False,
    without: Sequence[str] = (),
    without_removed: bool = False,
    findings: Sequence[Known] = (),
    views: Sequence[str] = (),
    by: str = "",
) -> Chosen:
    """What these names of subsets and saved views, and findings, choose.

    Args:
        workspace: where they are.
        names: of subsets.
        everything: all images instead.
        without: names of subsets that are left out.
        without_removed: leave out every subset that is marked for removal, of all images where nothing is named.
        findings: what analyses claim, each exported as if it were a subset.
        views: names of saved views, each exported as if what it shows were a subset.
        by: who exports; empty for the person logged in.

    Raises:
        ExportError: nothing is chosen, or subsets beside everything.
        SubsetError: there is no such subset, its rule cannot be asked, or some are of images and others of boxes.
        ViewError: there is no such view, or it cannot be read.
    """
    named = bool(names or findings or views)
    everything = everything or (without_removed and not named)
    if everything == named:
        found = "both" if everything else "neither"
        raise ExportError(f"Expected the names of subsets, or --all for all images, found {found}.")
    subsets = tuple(named_subset(workspace, name) for name in dict.fromkeys(names))
    subsets += tuple(finding_as_subset(one, by or author()) for one in findings)
    subsets += tuple(view_as_subset(View(workspace), workspace.views.find(name)) for name in dict.fromkeys(views))
    for other in subsets[1:]:
        refuse_mixed(workspace, subsets[0], other)
    removed = [one.key for one in workspace.subsets() if one.remove and without_removed]
    left_out = {one.key: one for one in (named_subset(workspace, name) for name in (*without, *removed))}
    return Chosen(subsets, everything, tuple(left_out.values()))


def finding_as_subset(one: Known, by: str) -> Subset:
    """A finding as the subset that it would be if somebody tagged it now."""
    finding, now = one.finding, datetime.now(UTC)
    members = {each: Membership(each, finding.kind, None, by, now) for each in finding.ids}
    return Subset(one.key, finding.title, finding.sentence, finding.kind, "", None, None, by, now, now, members=members)


def view_as_subset(view: View, saved: SavedView) -> Subset:
    """A saved view as the subset of what it shows now.

    Raises:
        ViewError: it cannot be read.
    """
    by, at = saved.created_by, saved.updated_at
    members = {each: Membership(each, "view", None, by, at) for each in shown_ids(view, saved)}
    note = "; ".join(f"{name}: {said}" for name, said in in_words(saved.look).items())
    return Subset(saved.key, saved.name, note, "", "", None, None, by, saved.created_at, at, members=members)


def export(workspace: Workspace, what: Chosen, path: Path, options: Options = Options()) -> Exported:  # noqa: B008 - immutable
    """Write what is chosen to a file or a folder, and note among the decisions that it was.

    Where a former program was killed after it had written this place and before it noted that, it is noted now.

    Raises:
        ExportError: the place cannot be written or its ending says another format, a folder is not empty, or there are
            no such labels.
    """
    endings = [ending for form, ending in _ENDINGS.items() if form == options.form]
    refuse_other_ending(path, f"an export as {options.form}", *endings)
    manifest = manifest_of(path, options.form)
    note_export(workspace, manifest, str(path.absolute()))
    done = write_export(workspace, what, path, options)
    return _with(done, note_export(workspace, manifest, str(path.absolute())))


def _with(done: Exported, problem: str) -> Exported:
    return replace(done, warning=" ".join(filter(None, [done.warning, problem])))


def write_export(workspace: Workspace, what: Chosen, path: Path, options: Options) -> Exported:
    """As `export`, without noting it."""
    write = exporter(options.form, options.media)
    package = relabel_package(workspace, what, options)
    of = "images" if options.form in FOLDERS or workspace.space_of(package.table.index) == IMAGES else "boxes"
    return Exported(write(package, path), of, image_warning(workspace))


def manifest_of(path: Path, form: str) -> Path:
    """Where the manifest of an export lies: in its folder, or beside its table."""
    return path / "manifest.json" if form in FOLDERS else beside(path)


def note_export(workspace: Workspace, manifest: Path, place: str) -> str:
    """Note the export of this workspace that has a manifest; gives why that was not possible, else an empty text.

    What has no manifest, or that of something else, is no export.
    """
    try:
        content = manifest.read_bytes()
        said = json.loads(content)
        if said["format"] != _FORMAT or said["workspace"] != workspace.manifest.name:
            return ""
        facts = {
            "form": said["options"]["format"],
            "labels": said["options"]["labels"],
            "subsets": [one["key"] for one in said["subsets"]],
            "everything": said["all"],
            "without": [one["key"] for one in said["without"]],
            "images": len(said["images"]),
            "author": said["exported_by"],
        }
    except MALFORMED:
        return ""
    try:
        workspace.exports.note(hashlib.sha256(content).hexdigest(), place, **facts)
    except ExplorerError as error:
        return f"The export is written, but could not be noted among the decisions: {error}"
    return ""


def zipped(workspace: Workspace, what: Chosen, options: Options, *, note: bool = True) -> tuple[bytes, Exported]:
    """The folder, or the table with what belongs to it, as the bytes of a ZIP, and what is to be known of it.

    Args:
        workspace: where it is.
        what: what is chosen.
        options: how it is written.
        note: whether it is noted among the decisions.

    Raises:
        ExportError: there is no space to gather it, or there are no such labels.
    """
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as scratch, told_as(Path(scratch), said(what)):
        name = file_name(what, options, workspace)
        place = Path(scratch) / name
        done = write_export(workspace, what, place, options)
        if note:
            done = _with(done, note_export(workspace, manifest_of(place, options.form), f"{name}.zip"))
        root = place if place.is_dir() else place.parent
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(root.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(root))
    return buffer.getvalue(), done


class Preview(NamedTuple):
    """How an export begins.

    Attributes:
        counted: how many images and boxes it is of.
        rows: its first ones, of a table.
        files: the first lines of each text file, by its path, of a folder.
    """

    counted: str
    rows: pd.DataFrame | None
    files: dict[str, str]


def preview(workspace: Workspace, what: Chosen, options: Options) -> Preview:
    """How an export begins, as if it were of the first few images alone.

    Raises:
        ExportError: there are no such labels, or there is no space to make it.
    """
    package = relabel_package(workspace, what, options)
    boxes = sum(len(frame) for _, frame in package.objects()) if package.has_boxes else 0
    with_boxes = f" with {counted(boxes, 'box', 'boxes')}" if package.has_boxes else ""
    many = counted(len(package.images), "image") + with_boxes
    first = package.of(package.images.index[:_PREVIEWED])
    if options.form not in FOLDERS:
        return Preview(many, first.table.head(_PREVIEWED), {})
    with tempfile.TemporaryDirectory() as scratch, told_as(Path(scratch), said(what)):
        place = Path(scratch) / "export"
        exporter(options.form, "link" if options.media else "")(first, place)
        files = [file for file in sorted(place.rglob("*")) if file.suffix in _TEXT and not file.is_symlink()]
        shown = {file.relative_to(place).as_posix(): file.read_text("utf-8")[:_MOST_TEXT] for file in files}
    ordered = sorted(shown, key=lambda name: (name == "manifest.json", not name.endswith(".json")))
    return Preview(many, None, {name: shown[name] for name in ordered})


def file_name(what: Chosen, options: Options, workspace: Workspace) -> str:
    """What an export may be called: its subsets or its workspace, and its format."""
    named = "-".join(subset.name for subset in what.subsets) or workspace.manifest.name
    return f"{safe_name(named)}{_ENDINGS.get(options.form, f'-{options.form}')}"


def said(what: Chosen) -> str:
    """What is chosen, in words."""
    return " and ".join(subset.name for subset in what.subsets) or "all images"


def relabel_package(workspace: Workspace, what: Chosen, options: Options = Options()) -> Package:  # noqa: B008 - immutable
    """Gather what is chosen with its facts and the reason why each is a member.

    Members that the current build no longer has are named in the manifest under `not_in_workspace`. Of a box, the
    table holds its class, place and confidence beside its image.

    Raises:
        ExportError: there are no such labels.
    """
    gone = {each for subset in what.without for each in subset.ids}
    members = _members(workspace, what)
    view = View(workspace)
    living = [evaluate_rule(each, table_of(view)).subset for each in workspace.subsets()]
    known = [each for each in members if each in workspace.point_ids and each not in gone]
    tags = _tags(living)
    owners = _owners(workspace)
    images = workspace.samples.loc[list(dict.fromkeys(owners.get(each, each) for each in known))]
    images = images[~images.index.isin(gone)]
    kept = frozenset(images.index.tolist())
    known = [each for each in known if owners.get(each, each) in kept]

    def on(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["sample"].isin(images.index) & ~frame.index.isin(gone)]

    truth = labels_of(workspace, options.labels)
    predictions = predictions_by_model(workspace)
    models = predictions if options.models is None else options.models
    used = {str(name) for frame in (truth, *predictions.values()) for name in frame["label"].dropna().unique()}
    numbers = workspace.manifest.class_numbers
    package = Package(
        table=pd.DataFrame(),
        about={
            **_about(workspace, what, options),
            "tags": [_about_subset(one) for one in living if one.members],
            "not_in_workspace": [each for each in members if each not in workspace.point_ids],
            "label_decisions": _decided(workspace, images.index),
        },
        images=_relabelled(images, workspace, truth).apply(_shortest),
        truth=on(truth),
        predictions={model: on(predictions[model]) for model in models},
        classes=tuple(sorted({*used, *numbers}, key=lambda name: (name not in numbers, numbers.get(name), name))),
        tags=tags,
        vectors=lambda: _vectors(workspace, known),
        task=workspace.task,
        categories={one.name: one.category for one in living if one.category},
        corrections=dict(workspace.corrections.all()),
        verdicts=_verdicts(workspace),
        numbers=numbers,
    )
    return replace(package, table=_table(workspace, known, members, package, truth))


def _members(workspace: Workspace, what: Chosen) -> dict[str, Membership | None]:
    """Who is meant, each with how it came into the first of the subsets that has it."""
    if what.everything:
        return dict.fromkeys(workspace.ids)
    found: dict[str, Membership | None] = {}
    for subset in what.subsets:
        found |= {each: member for each, member in subset.members.items() if each not in found}
    return found


def _tags(living: Sequence[Subset]) -> dict[str, tuple[str, ...]]:
    """The names of the subsets that each image or box is in, as they are now."""
    tags: dict[str, tuple[str, ...]] = {}
    for subset in living:
        for each in subset.ids:
            tags[each] = (*tags.get(each, ()), subset.name)
    return tags


def _owners(workspace: Workspace) -> dict[str, str]:
    """The image that each box is on."""
    frames = [workspace.objects(space)["sample"] for space in workspace.object_spaces]
    return {each: image for one in frames for each, image in zip(one.index.tolist(), one.tolist(), strict=True)}


def _table(
    workspace: Workspace,
    known: list[str],
    members: dict[str, Membership | None],
    package: Package,
    truth: pd.DataFrame,
) -> pd.DataFrame:
    how = package.decided(known).rename_axis("id")
    if any(members.values()):
        came = [_membership(members[each]) for each in known]
        how = pd.DataFrame(came, index=how.index, columns=list(_HOW)).join(how)
    facts = _facts(workspace, truth).loc[known]
    if workspace.object_spaces and known:
        facts = facts.dropna(axis="columns", how="all")  # images and boxes share few columns
    how = how.rename(columns={name: f"{name}_member" for name in how if name in facts})
    return facts.apply(_shortest).join(how)


def _shortest(column: pd.Series) -> pd.Series:
    """A column whose numbers are written as shortly as they were: .7, not the nearest float32's 0.699999988079071."""
    return column.astype(str).astype(float) if column.dtype == "float32" else column


def _facts(workspace: Workspace, truth: pd.DataFrame) -> pd.DataFrame:
    """Everything that can be a member: images, and in detection every box with its image's file."""
    samples = workspace.samples
    tables = [_relabelled(samples.drop(columns=["width", "height"]), workspace, truth)]
    files = samples[["filepath", "digest"]]
    for space in workspace.object_spaces:
        boxes = workspace.objects(space)
        labels = truth["label"].reindex(boxes.index).fillna(boxes["label"])
        tables.append(boxes.assign(of=space.model or TRUTH, label=labels).join(files, on="sample"))
    return pd.concat(tables) if len(tables) > 1 else tables[0]


def _relabelled(images: pd.DataFrame, workspace: Workspace, truth: pd.DataFrame) -> pd.DataFrame:
    """Images with the labels that go along, where there is one for each."""
    if workspace.task is Task.DETECTION or (truth.empty and "label" not in images):
        return images
    return images.assign(label=truth.set_index("sample")["label"].reindex(images.index))


def _membership(member: Membership | None) -> tuple[str | None, float | None, str | None, str | None]:
    return (member.origin, member.score, member.author, str(member.time)) if member else (None, None, None, None)


def _vectors(workspace: Workspace, ids: list[str]) -> Float32:
    """The vectors of images, or of boxes of the space that most are of; rows without one are NaN."""
    space = workspace.space_of(ids)
    found = workspace.embeddings(space)
    rows = pd.Index(found.ids).get_indexer(pd.Index(ids))
    vectors = found.vectors[rows] if len(found.ids) else np.empty((len(ids), 0), np.float32)
    vectors[rows < 0] = np.nan
    return vectors


def _about(workspace: Workspace, what: Chosen, options: Options) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "subsets": [_about_subset(subset) for subset in what.subsets],
        "all": what.everything,
        "without": [_about_subset(subset) for subset in what.without],
        "workspace": workspace.manifest.name,
        "source": workspace.manifest.source,
        "task": workspace.manifest.task,
        "model": workspace.manifest.model,
        "predictions": workspace.manifest.predictions,
        "options": {"format": options.form, "labels": options.labels, "images": options.media or "as they lie"},
        "written_by": f"edgecase-explorer {__version__}",
        "written_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "exported_by": options.by or author(),
    }


def _decided(workspace: Workspace, samples: pd.Index) -> list[dict[str, Any]]:
    """What people said of labels on these images: confirmed, or corrected to what, by whom, when and from where."""
    owners = _owners(workspace)
    on_them = frozenset(samples)
    said = workspace.corrections
    decided: list[Correction | CorrectedBoxes] = [*said.all().values(), *said.boxes().values()]
    return [
        {**asdict(one), "time": str(one.time), "confirmed": one.is_confirmed}
        for one in decided
        if owners.get(one.id, one.id) in on_them
    ]


def _verdicts(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """What reviewers said of each image and box: `incorrect, high: too dark (Ada)`; nothing of a round still open."""
    found: dict[str, tuple[str, ...]] = {}
    for closed in (one for one in workspace.rounds.all() if one.closed):
        for verdict in workspace.verdicts.of(closed.key):
            what = ", ".join(filter(None, [verdict.verdict, verdict.severity]))
            why = f": {verdict.reason}" if verdict.reason else ""
            found[verdict.id] = (*found.get(verdict.id, ()), f"{what}{why} ({verdict.reviewer})")
    return found


def _about_subset(subset: Subset) -> dict[str, Any]:
    return {
        "key": subset.key,
        "name": subset.name,
        "category": subset.category,
        "note": subset.note,
        "created_by": subset.created_by,
        "created_at": str(subset.created_at),
        "members": len(subset.members),
        "remove": subset.remove,
        "actions": list(subset.actions),
    }
