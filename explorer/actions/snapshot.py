"""A snapshot: the map, its names, its subsets and their pictures as a read-only page that needs no server."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions.evaluate import opening
from explorer.data.columns import Categorical, Times, moments_in_words
from explorer.data.counts import counted
from explorer.data.images import thumbnail
from explorer.data.local_paths import without_folders
from explorer.data.outcomes import OUTCOMES, in_words
from explorer.data.palettes import CHANGE, GREY, TABLEAU, VIRIDIS
from explorer.data.records import Progress
from explorer.data.thresholds import Thresholds
from explorer.errors import ImageError
from explorer.exporters.snapshot import Names, Numbers, Page, Part, Picture, refuse_taken, write_snapshot
from explorer.points.live_subsets import evaluate_rule, named_subset, table_of
from explorer.points.membership import SUBSET_COLUMN, membership
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from explorer.data.columns import Numeric
    from explorer.data.findings import Region
    from explorer.data.records import Bool, Int64, OnProgress
    from explorer.data.subsets import Subset
    from explorer.points.points import Points
    from explorer.store.workspace import Workspace

MOST_POINTS = 100_000
"""A larger map is drawn from the members of the subsets and a sample of the others."""

MOST_PICTURES, SAMPLE = 10_000, 5000
"""Pictures in all, and of the images that are in no subset."""

MOST_BYTES = 24 * 2**20
"""Of the pictures, which a single file holds as text, a third larger."""

SIDE = 128
"""Pixels of the longer side of a picture."""

SEED = 0
_AT_ONCE = 64


class Snapshot(NamedTuple):
    """What was written: where, its bytes, the points and pictures it has, and what is to be said of the rest."""

    path: Path
    bytes: int
    points: int
    pictures: int
    said: tuple[str, ...]


def snapshot(
    workspace: Workspace,
    path: Path,
    names: Sequence[str] | None = None,
    *,
    on_progress: OnProgress = lambda _: None,
) -> Snapshot:
    """Write a snapshot: one file where the path ends in `.html`, else a folder.

    Args:
        workspace: what it is of.
        path: where.
        names: the subsets that it shows; None for all.
        on_progress: called as pictures are made.

    Raises:
        SubsetError: a subset is unknown.
        ExportError: it cannot be written, or would replace something else.
    """
    refuse_taken(path)  # before pictures are made for nothing
    page = snapshot_page(workspace, names, on_progress=on_progress)
    size = write_snapshot(page, path)
    return Snapshot(path, size, len(page.xy), len(page.pictures), tuple(page.said))


def snapshot_page(
    workspace: Workspace, names: Sequence[str] | None = None, *, on_progress: OnProgress = lambda _: None
) -> Page:
    """Gather what a snapshot shows; see `snapshot`."""
    view = View(workspace)
    subsets = _subsets(view, names)
    points = view.images
    on_image = {subset.key: _rows_on_images(view, subset) for subset in subsets}
    rows = _drawn(points, on_image.values())
    place_of = np.full(len(points), -1, np.int64)
    place_of[rows] = np.arange(len(rows))
    wanted = _wanted(view, subsets, rows)
    pictures, places, unreadable = _pictures(wanted, place_of, on_progress)
    said = [*_counting(view), *_said(points, rows, pictures, unreadable)]
    return Page(
        title=f"{without_folders(workspace.manifest.name)}, a snapshot",
        about=f"{points.space.counted(len(points))} as of {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; read only.",
        said=said,
        xy=np.asarray(points.space.xy[rows], np.float32),
        ids=[without_folders(points.space.ids[row]) for row in rows.tolist()],
        columns=_columns(view, subsets, rows),
        subsets=[_part_of(subset, place_of[on_image[subset.key]], places.get(subset.key, [])) for subset in subsets],
        regions=[_part_of_region(region, place_of) for region in view.regions(points.name)],
        pictures=pictures,
    )


def _subsets(view: View, names: Sequence[str] | None) -> list[Subset]:
    if names is not None:
        return [named_subset(view.workspace, name) for name in dict.fromkeys(names)]
    return [evaluate_rule(subset, table_of(view)).subset for subset in view.workspace.subsets()]


def _rows_on_images(view: View, subset: Subset) -> Int64:
    """The images that a subset's members are, or lie on: ascending rows."""
    points = view.of_ids(subset.ids)
    rows = points.space.rows(subset.ids)
    return np.unique(points.space.sample_rows[rows] if points.space.are_boxes else np.array(rows, np.int64))


def _drawn(points: Points, members: Iterable[Int64]) -> Int64:
    """The rows that are drawn, shuffled, so that nothing lies on top for being last."""
    placed = np.isfinite(points.space.xy).all(axis=1)
    first: Bool = np.zeros(len(points), np.bool_)
    for rows in members:
        first[rows] = True
    shuffled = np.random.default_rng(SEED).permutation(np.flatnonzero(placed))
    if len(shuffled) <= MOST_POINTS:
        return shuffled
    kept = np.concatenate([shuffled[first[shuffled]], shuffled[~first[shuffled]]])[:MOST_POINTS]
    return np.random.default_rng(SEED).permutation(kept)


def _wanted(view: View, subsets: Sequence[Subset], rows: Int64) -> Iterator[tuple[str, Points, int]]:
    """Whose pictures are wanted, the most wanted first: of each subset a member in turn, then some of the others."""
    asked = [[(subset.key, view.of_ids(subset.ids), row) for row in _member_rows(view, subset)] for subset in subsets]
    in_turn = (one for turn in zip_longest(*asked) for one in turn if one)
    others = (("", view.images, row) for row in rows.tolist())
    return islice(chain(in_turn, islice(others, SAMPLE)), MOST_PICTURES)


def _member_rows(view: View, subset: Subset) -> list[int]:
    return view.of_ids(subset.ids).space.rows(subset.ids)


def _pictures(
    wanted: Iterable[tuple[str, Points, int]], place_of: Int64, on_progress: OnProgress
) -> tuple[list[Picture], dict[str, list[int]], int]:
    """The pictures, which of them are of each subset, and how many images could not be read.

    Each is made once, until there are as many or as much as may be.
    """
    pictures: list[Picture] = []
    places: dict[str, list[int]] = {}
    made: dict[tuple[str, int], int | None] = {}
    size = 0
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        queue = iter(wanted)
        while size < MOST_BYTES and (some := list(islice(queue, _AT_ONCE))):
            new = {(str(points.name), row): (points, row) for _, points, row in some}
            fresh = [one for key, one in new.items() if key not in made]
            for (points, row), webp in zip(fresh, pool.map(_webp, fresh), strict=True):
                made[str(points.name), row] = len(pictures) if webp else None
                if webp:
                    size += len(webp)
                    pictures.append(Picture(int(place_of[_on_image(points, row)]), webp, _caption(points, row)))
            for key, points, row in some:
                place = made[str(points.name), row]
                if key and place is not None:
                    places.setdefault(key, []).append(place)
            on_progress(Progress("Pictures", len(pictures), max(len(pictures), min(MOST_PICTURES, len(place_of)))))
    return pictures, places, sum(place is None for place in made.values())


def _on_image(points: Points, row: int) -> int:
    return int(points.space.sample_rows[row]) if points.space.are_boxes else row


def _webp(one: tuple[Points, int]) -> bytes | None:
    points, row = one
    try:
        return thumbnail(points.filepath(row), SIDE, points.crop(row))
    except (ImageError, OSError):
        return None


def _caption(points: Points, row: int) -> str:
    label = points.table.frame["label"].iat[row] if "label" in points.table.frame else None
    return without_folders(label if isinstance(label, str) else points.space.ids[row])


def _counting(view: View) -> list[str]:
    """From where on detections count, where there are any to be judged."""
    if not (view.has_boxes and view.judges):
        return []
    told = " and ".join(f"{without_folders(model)} from {opening(view, model).confidence:.2f}" for model in view.models)
    return [f"Detections count from each model's best confidence on: {told}, at IoU {Thresholds().iou}."]


def _said(points: Points, rows: Int64, pictures: Sequence[Picture], unreadable: int) -> list[str]:
    n, placed = len(points), int(np.isfinite(points.space.xy).all(axis=1).sum())
    said = []
    if placed > len(rows):
        said.append(f"Drawn are {len(rows):,} of {n:,} images: the members of the subsets and a random sample.")
    if n > placed:
        said.append(f"{counted(n - placed, 'image has', 'images have')} no place on the map.")
    if len({one.row for one in pictures}) < len(rows) - unreadable:
        said.append(
            f"{len(pictures):,} pictures, of members of the subsets and of a random sample; the other points have none."
        )
    if unreadable:
        said.append(f"{unreadable:,} image files could not be read.")
    return said


def _columns(view: View, subsets: Sequence[Subset], rows: Int64) -> list[Names | Numbers]:
    """What the map can be coloured by; what each model got right is from its best confidence on."""
    points, models = view.images, view.models
    named: dict[str, Names | Numbers] = {}
    asked: Sequence[str | None] = [*models] or [None]
    for model in asked:
        of_model = view.points(points.name, opening(view, model))
        for name, title in of_model.colourings(model, models).items():
            own = f" of {model}" if len(models) > 1 and model and name.startswith(f"{model}.") else ""
            if name not in named:
                named[name] = _column(of_model.table[name], f"{title}{own}", rows)
    columns = list(named.values())
    if subsets:
        of_images = [subset for subset in subsets if not view.of_ids(subset.ids).space.are_boxes]
        given = {subset.name: subset.colour for subset in of_images if subset.colour}
        columns.append(_names(membership(points, of_images), "Edge-case subset", rows, given))
    return columns


def _column(column: Categorical | Numeric, title: str, rows: Int64) -> Names | Numbers:
    if isinstance(column, Times):
        return _of_times(column, title, rows)
    if isinstance(column, Categorical):
        return _names(column, title, rows, {})
    return Numbers(without_folders(title), column.values[rows], *_most(column.values), VIRIDIS)


def _of_times(column: Times, title: str, rows: Int64) -> Numbers:
    """Counted from the first, which the page's numbers of 32 bits tell apart."""
    seconds = column.seconds
    low, high = _most(seconds)
    words = moments_in_words(low, high)
    return Numbers(without_folders(title), seconds[rows] - low, 0.0, high - low, VIRIDIS, words)


def _most(values: NDArray[Any]) -> tuple[float, float]:
    """The ends of the middle 98% of the numbers, so that one outlier does not flatten the scale."""
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, [0.01, 0.99]) if len(known) else (0.0, 1.0)
    return float(low), float(high)


def _names(column: Categorical, title: str, rows: Int64, given: dict[str, str]) -> Names:
    outcomes = {value: one.colour for value, one in OUTCOMES.items()}
    is_change = set(column.values) <= CHANGE.keys()
    known = {**given, **(outcomes if column.name.endswith(".outcome") else {}), **(CHANGE if is_change else {})}
    fallback = dict(zip(column.values, TABLEAU, strict=False))
    colours = [known.get(value) or fallback.get(value, GREY) for value in column.values]
    if column.name == SUBSET_COLUMN:
        colours = [
            "#b8c4d0" if value == "no subset" else one for value, one in zip(column.values, colours, strict=True)
        ]
    values = [without_folders(in_words(column.name, value)) for value in column.values]
    return Names(without_folders(title), column.codes[rows], values, colours)


def _part_of(subset: Subset, places: Int64, pictures: Sequence[int]) -> Part:
    about = [subset.category, subset.note, counted(len(subset.members), "member")]
    return Part(
        without_folders(subset.name),
        without_folders(" · ".join(filter(None, about))),
        places[places >= 0],
        subset.colour,
        pictures,
    )


def _part_of_region(region: Region, place_of: Int64) -> Part:
    places = place_of[region.rows]
    return Part(
        without_folders(region.name),
        without_folders(region.why),
        places[places >= 0],
        anchor=region.anchor,
        outline=region.outline,
        level=region.level,
    )
