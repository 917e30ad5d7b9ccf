"""A `Dataset` of a file of labels whose images are there: Label Studio, CVAT, FiftyOne, Croissant."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.data.records import MEASURED, Dataset, Skipped, Used
from explorer.data.spaces import Task
from explorer.errors import SourceError
from explorer.readers import croissant, cvat, fiftyone, label_studio
from explorer.readers.coco_images import beside, find_files
from explorer.readers.coco_sizes import Fit, fit_to
from explorer.readers.objects import LeftOut, ObjectRows, check_name, pointless, probability, unusable
from explorer.readers.predictions import with_predictions
from explorer.readers.values import inferred

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from explorer.data.labelled_images import Box, LabelFile, LabelledImage, Region

_FORMS: tuple[tuple[Callable[[Path], bool], Callable[[Path], LabelFile], str], ...] = (
    (label_studio.takes, label_studio.read_labels, "Label Studio"),
    (cvat.takes, cvat.read_labels, "CVAT"),
    (fiftyone.takes, fiftyone.read_labels, "FiftyOne"),
    (croissant.takes, croissant.read_labels, "Croissant"),
)

_UNITS = ((1.0, 1.0), (100.0, 100.0))
_ANY = float("inf")
_TAKEN = MEASURED | {"filepath", "label", "id", "sample"}


def recognises(source: Path, labels: Path | None) -> bool:
    """Whether this reader takes the source: a file of labels that names its images."""
    return labels is None and kind_of(source) != ""


def kind_of(source: Path) -> str:
    """What a file is: Label Studio, CVAT, FiftyOne or Croissant; empty where it is none of them."""
    return next((name for takes, _, name in _FORMS if takes(source)), "")


def read(source: Path, labels: Path | None = None, predictions: Sequence[tuple[str, Path]] = ()) -> Dataset:  # noqa: ARG001 - readers of boxes are called alike
    """Read a file of labels, and the images that it names.

    A sample's id is the one that it had when it was exported from a workspace, else its path as written; so are the ids
    of boxes, else `gt:`, the sample and the place. Boxes are brought onto the file, as for COCO. Left out and listed:
    what `LabelFile.skipped` has, images that do not exist or are there twice, and those without an answer, which
    have no label. Of predictions in the file each model is one; of CVAT they are files of its own form.

    Args:
        source: the file; its images are looked for as written, beside it, in `images` or `data` beside it, and by
            the end of their path.
        labels: none; the file has them.
        predictions: model names, each with a file of CVAT, or of labels of whole images a table.

    Raises:
        SourceError: it cannot be read, no image of it exists, or predictions are of another form.
    """
    takes = next(read_labels for known, read_labels, _ in _FORMS if known(source))
    content = takes(source)
    skipped = list(content.skipped)
    images = _images(content.images, source, skipped)
    reading = _Reading(source, content.has_boxes, skipped)
    truth, used = reading.objects(images, {each: one.image.regions for each, one in images.items()}, "")
    models = dict.fromkeys(model for one in images.values() for model in one.image.predictions)
    said = {
        model: reading.objects(
            images, {each: one.image.predictions.get(model, ()) for each, one in images.items()}, model
        )
        for model in models
    }
    dataset = Dataset(
        _samples(images),
        truth,
        {model: table for model, (table, _) in said.items()},
        Task.DETECTION if content.has_boxes else Task.CLASSIFICATION,
        skipped=tuple(skipped),
        used=(used, *(use for _, use in said.values())),
    )
    for name, file in predictions:
        dataset = _with_predictions(dataset, name, file, images)
    return dataset


@dataclass(frozen=True)
class _Found:
    """An image that exists, and how boxes come onto it."""

    image: LabelledImage
    file: str
    fit: Fit

    def box(self, box: Box) -> Box:
        """A box in pixels of the file."""
        if self.image.size not in _UNITS or self.image.size is None:
            return self.fit.box(box)
        across, down = self.fit.width / self.image.size[0], self.fit.height / self.image.size[1]
        x, y, width, height = box
        return x * across, y * down, width * across, height * down


def _images(entries: Sequence[LabelledImage], path: Path, skipped: list[Skipped]) -> dict[str, _Found]:
    """The images that exist, by the id of their sample."""
    roots = [*beside(path), Path("/")]  # Label Studio's local files may start at the root of the file system
    files = find_files([image.path for image in entries if image.path], path, roots, skipped)
    found: dict[str, _Found] = {}
    for image in entries:
        sample = image.id or image.path
        if image.path not in files:
            skipped.append(Skipped(image.path or image.where, f"{path.name} names it, but the file does not exist"))
        elif sample in found:
            skipped.append(Skipped(sample, f"{path.name} has it twice; the first one is used"))
        else:
            known = image.size is not None and image.size not in _UNITS
            width, height = image.size if known and image.size else (_ANY, _ANY)
            fit, reason = fit_to(files[image.path], width, height)
            found[sample] = _Found(image, files[image.path], fit)
            skipped += [Skipped(sample, reason)] if reason else []
    if not found:
        first = entries[0].path if entries else "nothing"
        raise SourceError(f"Expected the images of {path}, found none of {len(entries)}. The first: {first}.")
    return found


def _samples(images: Mapping[str, _Found]) -> pd.DataFrame:
    index = pd.Index(list(images), name="id", dtype=object)
    samples = pd.DataFrame({"filepath": [one.file for one in images.values()]}, index, dtype=object)
    names = dict.fromkeys(name for one in images.values() for name in one.image.facts if name not in _TAKEN)
    for name in names:
        samples[name] = inferred(pd.Series([one.image.facts.get(name) for one in images.values()], index, object, name))
    return samples


@dataclass
class _Reading:
    """Regions as tables of objects; what cannot be used is appended to `skipped`."""

    path: Path
    has_boxes: bool
    skipped: list[Skipped]
    taken: set[str] = field(default_factory=set)

    def objects(
        self, images: Mapping[str, _Found], regions: Mapping[str, Iterable[Region]], model: str
    ) -> tuple[pd.DataFrame, Used]:
        """The table of ground truth, or of a model's predictions, and how much of it is used."""
        left_out = LeftOut(self.skipped)
        rows, labels = ObjectRows(), dict[str, tuple[str, float]]()
        for sample, found in images.items():
            for place, region in enumerate(regions[sample]):
                reason = self._refusal(region, sample in labels)
                if reason:
                    left_out.add(found.image.where, reason)
                elif region.box is None:
                    labels[sample] = region.label, _confidence(region)
                else:
                    self._add(rows, left_out, (sample, found), region, f"{model or 'gt'}:{sample}#{place}")
        if self.has_boxes:
            table = rows.predictions() if model else rows.ground_truth()
            return table, left_out.used(self.path, model or "labels", rows)
        index = pd.Index(list(labels), name="id", dtype=object)
        table = pd.DataFrame(
            {"sample": list(labels), "label": [label for label, _ in labels.values()]}, index, dtype=object
        )
        if model:
            table["confidence"] = np.array([score for _, score in labels.values()], np.float64)
        reason = next(iter(left_out.reasons), "")
        return table, Used(str(self.path), model or "labels", len(labels), len(labels) + len(left_out.reasons), reason)

    def _refusal(self, region: Region, labelled: bool) -> str:  # noqa: FBT001
        if (region.box is None) == self.has_boxes:
            return "it has a label of the whole image among boxes" if self.has_boxes else "it has a box among labels"
        return "it has several labels; the first one is used" if labelled and region.box is None else ""

    def _add(self, rows: ObjectRows, left_out: LeftOut, on: tuple[str, _Found], region: Region, numbered: str) -> None:
        sample, found = on
        assert region.box
        box = found.box(region.box)
        reason = unusable(box) or found.fit.unfit
        if reason:
            left_out.add(found.image.where, reason)
            return
        identity = region.id if region.id and region.id not in self.taken else numbered
        self.taken.add(identity)
        rows.add(identity, sample, region.label, box)
        rows.area.append(box[2] * box[3])
        rows.crowd.append(False)
        rows.confidence.append(_confidence(region))
        if reason := pointless(box, *found.fit.shown):
            self.skipped.append(Skipped(found.image.where, reason))


def _confidence(region: Region) -> float:
    known = probability(region.confidence)
    return float("nan") if known is None else known


def _with_predictions(dataset: Dataset, name: str, file: Path, images: Mapping[str, _Found]) -> Dataset:
    """Join one model's file of CVAT's form, or of labels of whole images its table."""
    if not cvat.takes(file):
        if dataset.task is Task.DETECTION:
            raise SourceError(f"Expected boxes of {name} as a file of CVAT for images, or in the source, found {file}.")
        return with_predictions(dataset, name, file)
    check_name(name, dataset.predictions, file)
    content = cvat.read_labels(file)
    skipped = list(content.skipped)
    by_path = {image.path: image.regions for image in content.images}
    regions = {each: by_path.get(one.image.path, ()) for each, one in images.items()}
    reading = _Reading(file, dataset.task is Task.DETECTION, skipped)
    table, used = reading.objects(images, regions, name)
    return replace(
        dataset,
        predictions={**dataset.predictions, name: table},
        skipped=(*dataset.skipped, *skipped),
        used=(*dataset.used, used),
    )
