"""Labels that came back from where they were corrected: what they change, and taking that over as one decision."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.actions.correct import given_boxes
from explorer.actions.exported_labels import labels_of, predictions_by_model
from explorer.corrections.diff import CHANGING, KINDS, Standing, applied, diff, emptied
from explorer.corrections.matching import KnownImage, match
from explorer.data.corrections import CORRECTED, GIVEN, RECEIVED, standing_boxes
from explorer.data.records import Skipped  # noqa: TC001 - NamedTuple fields are evaluated
from explorer.data.spaces import LABELS
from explorer.errors import CorrectionError
from explorer.exporters.names import safe_name
from explorer.readers.returned import ENDINGS, read_returned
from explorer.store.received.files import keep_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from explorer.corrections.diff import Change
    from explorer.data.labelled_images import LabelledImage
    from explorer.store.decisions.events import Event
    from explorer.store.workspace import Workspace


_NAMED = 5


class LabelDiff(NamedTuple):
    """What labels that came back change.

    Attributes:
        source: the file or folder.
        form: its format.
        changes: line by line, what stays the same included.
        skipped: what in it could not be used.
        by: who annotated, as far as it says.
        classes: those that the workspace has, in what is given, corrected or predicted.
    """

    source: Path
    form: str
    changes: list[Change]
    skipped: list[Skipped]
    by: tuple[str, ...]
    classes: frozenset[str] = frozenset()

    @property
    def doubts(self) -> list[str]:
        """What may be a slip, as sentences: a file of other images, new classes, images without a box left."""
        said = []
        strange = self.counts["image unmatched"]
        if strange and strange == len(self.changes):
            said.append(f"None of the {strange:,} images in it is surely one of this workspace: is it of another one?")
        new = Counter(one.after.label for one in self.applicable if one.after and one.after.label not in self.classes)
        if new and self.classes:
            named = ", ".join(f"{name} ({count:,})" for name, count in new.most_common(_NAMED))
            said.append(f"No other label or prediction is of {named}{', and others' if len(new) > _NAMED else ''}.")
        images, boxes = emptied(self.changes)
        if images:
            all_of = "all its boxes are" if images == 1 else f"all their {boxes:,} boxes are"
            said.append(f"{images:,} image{' comes' if images == 1 else 's come'} back with no box: {all_of} removed.")
        return said

    @property
    def counts(self) -> dict[str, int]:
        """How many lines there are of each kind, in the order of `KINDS`."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in KINDS}

    @property
    def applicable(self) -> list[Change]:
        """The lines that change something."""
        return [change for change in self.changes if change.kind in CHANGING]


def compare_labels(workspace: Workspace, source: Path, form: str | None = None) -> LabelDiff:
    """What a file, a folder or a ZIP of labels changes against what stands now; nothing is decided.

    Args:
        workspace: where the images are.
        source: what came back; images that it does not name are not touched.
        form: one of `explorer.readers.returned.FORMS`; None for what it looks like.

    Raises:
        SourceError: it cannot be read.
    """
    returned = read_returned(source, form)
    samples = workspace.samples
    known = [KnownImage(*row) for row in zip(samples.index, samples["filepath"], samples["digest"], strict=True)]
    images = returned.content.images
    matched, unmatched = match(_with_classes(images, workspace) if returned.form == "folder" else images, known)
    boxed = workspace.task.has_boxes_in(LABELS)
    standing = _standing(workspace, {one.id for one in matched}, can_say_all=returned.form != "yolo")
    changes = diff(matched, unmatched, standing, has_boxes=boxed)
    by = tuple(sorted({image.by for image in images if image.by}))
    return LabelDiff(source, returned.form, changes, returned.content.skipped, by, _classes(workspace))


def import_labels(
    workspace: Workspace,
    compared: LabelDiff,
    keys: Collection[str] | None = None,
    *,
    author: str,
    name: str = "",
    reason: str = "",
) -> Event:
    """Take changes over: one decision, which is undone as one; the file is kept, and the data stay as they came.

    Args:
        workspace: where they are taken over.
        compared: what the file changes.
        keys: of the changes that are meant; None for all.
        author: who decides.
        name: what the file is called, where that is not its own name.
        reason: why.

    Raises:
        CorrectionError: there is nothing to take over, or labels were changed since they were compared.
        SourceError: the file cannot be read any more.
        WorkspaceError: the decision cannot be written.
    """
    chosen = [change for change in compared.applicable if keys is None or change.key in keys]
    if not chosen:
        raise CorrectionError("Expected changes to take over, found none.")
    images = dict.fromkeys(change.image for change in chosen)
    standing = _standing(workspace, images)
    _refuse_changed(chosen, standing)
    source = name or compared.source.name
    kept = keep_file(workspace.paths.labels, compared.source, ENDINGS, {"form": compared.form, "name": source})
    context = {RECEIVED: kept.sha256, "form": compared.form, "annotated_by": list(compared.by)}
    how: dict[str, Any] = {"author": author, "source": source, "reason": reason, "context": context}
    if workspace.task.has_boxes_in(LABELS):
        by_image: dict[str, list[Change]] = {each: [] for each in images}
        for change in chosen:
            by_image[change.image].append(change)
        boxes = {each: applied(standing[each].boxes, lines) for each, lines in by_image.items()}
        stood = {each: standing[each].boxes for each in images}
        return workspace.corrections.draw(boxes, given_boxes(workspace, images), stood=stood, **how)
    labels = {change.image: change.after.label for change in chosen if change.after}
    given = _given_labels(workspace)
    before = {each: standing[each].label for each in labels}
    return workspace.corrections.label(labels, {each: given.get(each) for each in labels}, stood=before, **how)


def _with_classes(images: Iterable[LabelledImage], workspace: Workspace) -> Iterator[LabelledImage]:
    """Images of folders with the classes that these are of, where an export could not call a folder so."""
    classes = sorted(set(_given_labels(workspace).values()))
    written: dict[str, str] = {}
    for name in classes:
        written.setdefault(safe_name(name), name)
    for image in images:
        regions = (one._replace(label=written.get(one.label, one.label)) for one in image.regions)
        yield replace(image, regions=tuple(regions))


def _refuse_changed(changes: Iterable[Change], standing: Mapping[str, Standing]) -> None:
    """Refuse changes of what is not there any more.

    Raises:
        CorrectionError: a label or box is another by now.
    """
    for change in changes:
        now = standing[change.image]
        there = {*now.boxes, *([now.label] if now.label is not None else [])}
        was = change.before and (change.before if now.boxes or change.before.width else change.before.label)
        if was is not None and was not in there:
            raise CorrectionError(f"The labels of {change.image} were changed since. Compare the file again.")


def _classes(workspace: Workspace) -> frozenset[str]:
    """Every class that a label, given or corrected, or a prediction is of."""
    frames = [labels_of(workspace, GIVEN), labels_of(workspace, CORRECTED), *predictions_by_model(workspace).values()]
    return frozenset(workspace.manifest.class_numbers).union(*(frame["label"].dropna().unique() for frame in frames))


def _given_labels(workspace: Workspace) -> dict[str, str]:
    samples = workspace.given.samples
    labels = samples["label"].dropna() if "label" in samples else samples["filepath"].iloc[:0]
    return {str(each): str(label) for each, label in labels.items()}


def _standing(workspace: Workspace, images: Collection[str], *, can_say_all: bool = True) -> dict[str, Standing]:
    """What is given of images, as people corrected it; without crowds, where a format has no word for them."""
    sizes = workspace.samples[["width", "height"]].loc[list(images)]
    rows = zip(sizes.index, sizes["width"], sizes["height"], strict=True)
    said = workspace.corrections.all()
    if not workspace.task.has_boxes_in(LABELS):
        given = _given_labels(workspace)
        labels = {each: said[each].label if each in said else given.get(each) for each in images}
        return {each: Standing(float(width), float(height), labels[each], ()) for each, width, height in rows}
    corrected, given_on = workspace.corrections.boxes(), given_boxes(workspace, images)
    unsayable = frozenset() if can_say_all else _crowds(workspace)
    stand = {each: standing_boxes(boxes, corrected.get(each), said) for each, boxes in given_on.items()}
    said_of = {each: tuple(box for box in boxes if box.id not in unsayable) for each, boxes in stand.items()}
    return {each: Standing(float(width), float(height), None, said_of[each]) for each, width, height in rows}


def _crowds(workspace: Workspace) -> frozenset[str]:
    """Ids of the boxes in the data that are around several things."""
    boxes = workspace.given.objects(LABELS)
    return frozenset(map(str, boxes.index[boxes["crowd"].astype(bool)]))
