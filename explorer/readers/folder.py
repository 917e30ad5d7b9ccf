"""A folder of images; class folders, and split folders above them, say what the images are."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pandas as pd

from explorer.data.counts import counted
from explorer.data.images import IMAGE_SUFFIXES
from explorer.data.records import Dataset, Skipped
from explorer.errors import SourceError
from explorer.readers.files import files_below

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SPLITS = frozenset(["train", "training", "val", "valid", "validation", "dev", "test", "testing"])
"""Folder names, in lower case, that stand for a split."""

_MOST_ENDINGS_NAMED = 5


def recognises(source: Path) -> bool:
    """Whether this reader takes the source."""
    return source.is_dir()


def read(source: Path) -> Dataset:
    """Read every image below a folder, hidden files left out.

    The first folder below the source is the class, as in `cat/1.jpg`, if there are at least two such folders.
    If all of them are named like splits, they are the splits, and the folder below is the class, as in
    `train/cat/1.jpg`. Ids are the paths below the source, with forward slashes.

    Raises:
        SourceError: the folder holds no image.
    """
    root = source.absolute()
    ids, skipped = _images(root)
    if not ids:
        raise SourceError(f"Expected images in {source}, found none. Known endings: {_endings()}.")
    splits, labels = _meaning(ids)
    index = pd.Index(ids, name="id", dtype=object)
    samples = pd.DataFrame({"filepath": [str(root / sample) for sample in ids]}, index)
    if any(splits):
        samples["split"] = pd.Series(splits, index, object)
    labelled = pd.DataFrame({"sample": ids, "label": labels}, index, dtype=object)
    return Dataset(samples, labelled[labelled["label"].notna()], skipped=tuple(skipped))


def _endings() -> str:
    return ", ".join(sorted(IMAGE_SUFFIXES))


def _images(root: Path) -> tuple[list[str], list[Skipped]]:
    """Ids of the images in order, and what was left out."""
    ids: list[str] = []
    others: Counter[str] = Counter()
    files, skipped = files_below(root)
    for file in files:
        path = PurePosixPath(file)
        if path.suffix.lower() in IMAGE_SUFFIXES:
            ids.append(file)
        else:
            others[path.suffix.lower() or path.name] += 1
    if others:
        endings = ", ".join(ending for ending, _ in others.most_common(_MOST_ENDINGS_NAMED))
        skipped.append(
            Skipped(str(root), f"{counted(others.total(), 'file is no image', 'files are not images')} ({endings})")
        )
    return ids, skipped


def _meaning(ids: Sequence[str]) -> tuple[list[str | None], list[str | None]]:
    """Split and label of each image, None where its folders do not say."""
    folders = [PurePosixPath(sample).parts[:-1] for sample in ids]
    top = {parts[0] for parts in folders if parts}
    has_splits = bool(top) and all(name.lower() in SPLITS for name in top)
    splits = [parts[0] if parts and has_splits else None for parts in folders]
    below = [parts[1:] if has_splits else parts for parts in folders]
    classes = {parts[0] for parts in below if parts}
    if len(classes) < 2:  # noqa: PLR2004 - one folder for all tells no images apart
        return splits, [None] * len(ids)
    return splits, [parts[0] if parts else None for parts in below]
