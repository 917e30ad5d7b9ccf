"""Boxes as files give them: which can be used, and the tables they become."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.data.boxes import BOX
from explorer.data.records import Skipped, Used
from explorer.errors import SourceError
from explorer.readers.values import ROUNDING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence, Sized
    from pathlib import Path

    from numpy.typing import NDArray

    from explorer.data.boxes import Float64

    Texts = Sequence[str] | NDArray[np.object_]

Box = tuple[float, float, float, float]
"""x, y, width, height in pixels, from the top left corner of the image."""


_NUMBER = (int, float)
_HUGE = sys.float_info.max


def number(value: object) -> float | None:
    """A finite number as a float; None for anything else, texts and booleans among it."""
    if isinstance(value, _NUMBER) and value is not True and value is not False and -_HUGE <= value <= _HUGE:
        return float(value)
    return None


def unusable(box: Box) -> str:
    """Why a box cannot be used; empty if it can."""
    _, _, width, height = box
    if not all(map(math.isfinite, box)):
        return "its box is larger than a number can be"
    return f"its box has a negative size ({width:g} x {height:g})" if min(width, height) < 0 else ""


def pointless(box: Box, width: float, height: float) -> str:
    """Why a usable box shows nothing of an image of this size; empty if it shows something.

    Such boxes are kept and listed: COCO counts them (as missed, or as false positives), but nobody can see them.
    """
    left, top, across, down = box
    counted = "; it counts in the evaluation, as it does for pycocotools, but shows nothing"
    if not across or not down:
        return f"its box has no area ({across:g} x {down:g}){counted}"
    if left >= width or top >= height or left + across <= 0 or top + down <= 0:
        return f"its box lies outside the image{counted}"
    return ""


def probability(value: object) -> float | None:
    """A confidence from 0 to 1, of one that rounding left just outside the nearer end; None for anything else."""
    known = number(value)
    return min(max(known, 0.0), 1.0) if known is not None and -ROUNDING <= known <= 1 + ROUNDING else None


def check_name(name: str, taken: Collection[str], path: Path) -> None:
    """Refuse an empty name of a model, and one that an earlier import has.

    Raises:
        SourceError: it is empty or taken.
    """
    if not name or name in taken:
        raise SourceError(f"Expected a new name for the predictions in {path}, found {name!r}, which is taken.")


@dataclass
class ObjectRows:
    """Objects as they are read, one after the other."""

    ids: list[str] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    area: list[float] = field(default_factory=list)
    crowd: list[bool] = field(default_factory=list)

    def add(self, identity: str, sample: str, label: str, box: Box) -> None:
        """Add one object; what ground truth or predictions have besides is appended by the caller."""
        self.ids.append(identity)
        self.samples.append(sample)
        self.labels.append(label)
        self.boxes.append(box)

    def __len__(self) -> int:
        return len(self.ids)

    def ground_truth(self) -> pd.DataFrame:
        """The table of them as ground truth."""
        return truth_table(object_table(self.ids, self.samples, self.labels, self.boxes), self.area, self.crowd)

    def predictions(self) -> pd.DataFrame:
        """The table of them as what a model found."""
        return found_table(object_table(self.ids, self.samples, self.labels, self.boxes), self.confidence)


def object_table(ids: list[str], samples: Texts, labels: Texts, boxes: Sequence[Box] | Float64) -> pd.DataFrame:
    """Columns `sample`, `label` and the box, by the ids of the objects."""
    index = pd.Index(ids, name="id", dtype=object)
    table = pd.DataFrame({"sample": samples, "label": labels}, index, dtype=object)
    table[list(BOX)] = np.asarray(boxes, np.float64).reshape(-1, len(BOX))
    return table


def truth_table(objects: pd.DataFrame, area: Sequence[float] | Float64, crowd: Sequence[bool]) -> pd.DataFrame:
    """Objects with columns `area`, `crowd` and `ignore`, which crowds are."""
    objects["area"] = np.asarray(area, np.float64)
    objects["crowd"] = objects["ignore"] = np.array(crowd, np.bool_)
    return objects


def found_table(objects: pd.DataFrame, confidence: Sequence[float] | Float64) -> pd.DataFrame:
    """Objects with a column `confidence` before the box."""
    objects.insert(2, "confidence", np.asarray(confidence, np.float64))
    return objects


@dataclass
class LeftOut:
    """What of a file is not used, listed where it is said and counted."""

    skipped: list[Skipped]
    reasons: list[str] = field(default_factory=list)

    def add(self, where: str, reason: str, *, named: str = "", count: int = 1) -> None:
        """Leave something out: where it is, why, what it is called there, and how many it stands for."""
        self.skipped.append(Skipped(where, f"{named}{reason}"))
        self.count(reason, count)

    def count(self, reason: str, count: int = 1) -> None:
        """Leave out what is listed elsewhere."""
        self.reasons += [reason] * count

    def used(self, path: Path, what: str, objects: Sized) -> Used:
        """How much of the file is used, where these are its objects."""
        used = len(objects)
        return Used(str(path), what, used, used + len(self.reasons), next(iter(self.reasons), ""))
