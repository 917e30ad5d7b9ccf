"""Labels as folders: images that somebody sorted by class, known again by their content."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from explorer.data.labelled_images import LabelFile, LabelledImage, Region
from explorer.errors import SourceError
from explorer.readers import folder

if TYPE_CHECKING:
    from pathlib import Path


def takes(path: Path) -> bool:
    """Whether this is a folder with folders of images in it."""
    if not path.is_dir():
        return False
    try:
        return not folder.read(path).ground_truth.empty
    except SourceError:
        return False


def read_labels(path: Path) -> LabelFile:
    """The images of a folder, each with the folder that it lies in as its label.

    Raises:
        SourceError: there are none, or they are not sorted by class.
    """
    dataset = folder.read(path)
    if dataset.ground_truth.empty:
        raise SourceError(f"Expected a folder of images for each class in {path}, found one for all.")
    labels = dict(zip(dataset.ground_truth["sample"], dataset.ground_truth["label"], strict=True))
    images = [
        LabelledImage(each, each, digest=_digest(file), regions=(Region(labels[each]),) if each in labels else ())
        for each, file in zip(dataset.samples.index, dataset.samples["filepath"], strict=True)
    ]
    return LabelFile(images, has_boxes=False, skipped=list(dataset.skipped))


def _digest(file: str) -> str:
    with open(file, "rb") as content:  # noqa: PTH123 - as many as there are images
        return hashlib.file_digest(content, "sha256").hexdigest()
