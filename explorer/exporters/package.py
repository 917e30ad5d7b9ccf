"""What an exporter is given, and what it gives back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping  # noqa: TC003 - dataclass fields are part of the interface
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data.corrections import Correction  # noqa: TC001 - as above
from explorer.data.records import Float32, Skipped  # noqa: TC001 - as above
from explorer.data.spaces import Task
from explorer.data.tables import values_of
from explorer.data.whole import whole_file
from explorer.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path


TRUTH = "ground_truth"
"""What tables of boxes call the labels, beside the names of models."""


@dataclass(frozen=True)
class Package:
    """Images and what is known of them, ready to be written.

    Attributes:
        table: one row per member, index its id; `filepath`, `digest`, label, predictions, then how each came to be a
            member: `origin`, `score`, `added_by`, `added_at`, and what `decided` says.
        about: the manifest's facts on the subsets, the workspace, the model and the options.
        images: each image once, index its id; `filepath`, `digest`, `width` and `height` (pixels, upright).
        truth: the labels that go along as such: `sample`, `label`, of boxes also those of `Dataset.ground_truth`.
        predictions: for each model a table as in `Dataset.predictions`.
        classes: names of all classes of the workspace, in the order of their source where it has one, so that a class
            has one number in all exports of it.
        tags: the names of the subsets that an image or a box is in, by its id.
        vectors: gives the vectors of the table's rows, float32 (n, d); d is 0 where there are none.
        task: whether images have a label each, or boxes.
        categories: of the subsets that have one, by their name.
        corrections: what people said of labels, by the id of an image or a box.
        verdicts: what reviewers said in rounds that are closed, in words, by the id of an image or a box.
        numbers: of classes, as their source has them.
    """

    table: pd.DataFrame
    about: Mapping[str, Any]
    images: pd.DataFrame
    truth: pd.DataFrame
    predictions: Mapping[str, pd.DataFrame]
    classes: tuple[str, ...]
    tags: Mapping[str, tuple[str, ...]]
    vectors: Callable[[], Float32]
    task: Task = Task.CLASSIFICATION
    categories: Mapping[str, str] = field(default_factory=dict)
    corrections: Mapping[str, Correction] = field(default_factory=dict)
    verdicts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def has_boxes(self) -> bool:
        """Whether labels and predictions are boxes."""
        return self.task is Task.DETECTION

    def of(self, samples: Collection[str]) -> Package:
        """The same of these images alone."""
        kept = frozenset(samples)

        def on(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[frame["sample"].isin(kept)]

        rows = np.asarray(self.owners.isin(kept), np.bool_)
        return replace(
            self,
            table=self.table[rows],
            images=self.images[self.images.index.isin(kept)],
            truth=on(self.truth),
            predictions={model: on(frame) for model, frame in self.predictions.items()},
            vectors=lambda: self.vectors()[rows],
        )

    @property
    def owners(self) -> pd.Series:
        """The image that each row of the table is, or is on."""
        own = self.table.index.to_series()
        return own if own.isin(self.images.index).any() or "sample" not in self.table else self.table["sample"]

    def objects(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The labels as `ground_truth`, then what each model said under its name."""
        yield TRUTH, self.truth
        yield from self.predictions.items()

    def said(self, each: str) -> dict[str, Any]:
        """What people said of an image or a box, no more: `tags`, `categories`, `corrected_label`, `verdicts`."""
        tags = self.tags.get(each, ())
        label = self.corrections[each].label if each in self.corrections else ""
        verdicts = list(self.verdicts.get(each, ()))
        categories = self._categories(tags)
        said = {"tags": list(tags), "categories": categories, "corrected_label": label, "verdicts": verdicts}
        return {name: value for name, value in said.items() if value}

    def _categories(self, tags: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(self.categories[tag] for tag in tags if tag in self.categories))

    def decided(self, ids: Iterable[str]) -> pd.DataFrame:
        """The same as columns of a table, index id: `tags`, `categories`, `verdicts`; of corrected labels who and when.

        Columns are there where anything in the package has them; `tags` always.
        """
        index = pd.Index(list(ids), dtype=object)
        tags = [self.tags.get(each, ()) for each in index]
        columns = {"tags": list(map("; ".join, tags))}
        if self.categories:
            columns["categories"] = ["; ".join(self._categories(one)) for one in tags]
        if self.verdicts:
            columns["verdicts"] = ["; ".join(self.verdicts.get(each, ())) for each in index]
        frame = pd.DataFrame(columns, index, dtype=object)
        if not self.corrections:
            return frame
        found = [self.corrections.get(each) for each in index]
        corrections = {
            "corrected_label": [one.label if one else None for one in found],
            "corrected_by": [one.author if one else None for one in found],
            "corrected_at": [str(one.time) if one else None for one in found],
            "correction_source": [one.source if one else None for one in found],
        }
        return frame.join(pd.DataFrame(corrections, index, dtype=object))

    def manifest(self) -> str:
        """The manifest as JSON text: the facts, each image with its digest and reason, and in detection each box."""
        facts = self.images.join(self.table[self.table.columns.difference(self.images.columns, sort=False)])
        boxes = [
            {"id": each, "of": of, **row, "tags": [], **self.said(each)}
            for of, frame in (self.objects() if self.has_boxes else ())
            for each, row in records(frame)
        ]
        images = [{"id": each, **row, "tags": [], **self.said(each)} for each, row in records(facts)]
        lists = {"images": images, **({"boxes": boxes} if self.has_boxes else {})}
        facts_first = json.dumps(dict(self.about), indent=2, ensure_ascii=False).removesuffix("}").rstrip()
        parts = [] if facts_first == "{" else [facts_first.removeprefix("{")]
        parts += [f'\n  "{name}": {_one_a_line(rows)}' for name, rows in lists.items()]
        return "{" + ",".join(parts) + "\n}\n"


@dataclass(frozen=True)
class Written:
    """What an export wrote, what it could not, and what was at that place before, under its new name."""

    path: Path
    images: int
    left_out: tuple[Skipped, ...] = ()
    kept: Path | None = None


def records(frame: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row's id and its values as JSON can hold them; what is missing is None."""
    names = [str(name) for name in frame.columns]
    columns = [_plain_values(frame.iloc[:, place]) for place in range(len(names))]
    rows = zip(*columns, strict=True) if columns else (() for _ in frame.index)
    for each, row in zip(frame.index.tolist(), rows, strict=True):
        yield str(each), dict(zip(names, row, strict=True))


def _one_a_line(rows: list[dict[str, Any]]) -> str:
    """A JSON list, which the encoder writes ten times faster than an indented one."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    lines = (f"\n    {encode(row)}" for row in rows)
    return f"[{','.join(lines)}]"


_PLAIN = frozenset([type(None), bool, int, float, str])


def _plain_values(column: pd.Series) -> list[Any]:
    """The values of a column as JSON can hold them; each is looked at only where one of them may be something else."""
    values = values_of(column)
    return values if _PLAIN.issuperset(map(type, values)) else [_plain(value) for value in values]


def _plain(value: object) -> object:
    """A value JSON can hold: numpy numbers become Python's, anything else its text."""
    item = getattr(value, "item", None)
    plain = item() if callable(item) else value
    return plain if plain is None or isinstance(plain, bool | int | float | str) else str(plain)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under a temporary name and rename it, so that a failure leaves no half file.

    Raises:
        ExportError: the disk is full, or the place cannot be written or names no file.
    """
    if not path.name:
        raise ExportError(f"Expected the name of a file to write, found {str(path)!r}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as draft:
            write(draft)
    except OSError as error:
        raise ExportError(
            f"{path} cannot be written ({error}). Choose another place or free some space; nothing was left "
            "half written."
        ) from error
