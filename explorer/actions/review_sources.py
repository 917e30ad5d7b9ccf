"""What a round judges: items of subsets, categories and batches, or where models differ, and what is kept of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.actions.evaluate import opening
from explorer.data.counts import counted
from explorer.data.records import BATCH
from explorer.data.spaces import IMAGES
from explorer.errors import ReviewError
from explorer.points.chosen import put_by_reviewers
from explorer.points.columns import MATCH
from explorer.points.live_subsets import evaluate_rule, table_of
from explorer.store.decisions.state import same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from explorer.data.subsets import Subset
    from explorer.points.opened_build import View


class Sources(NamedTuple):
    """Where the items of a round come from, all of them together, and what is kept of these.

    Attributes:
        subsets: names of subsets.
        categories: names of categories: the members of the subsets that have one, and what reviewers put into it.
        ids: ids of images or boxes.
        flagged: names of batches: their images that match an edge case.
        unmatched: names of batches: their images that match none.
        against: another model: the images on which it says something else.
        everything: all images.
        below: keep what the model is less sure of than this.
        found: keep what findings are about, of images those too on which they are about a box.
    """

    subsets: Sequence[str] = ()
    categories: Sequence[str] = ()
    ids: Sequence[str] = ()
    flagged: Sequence[str] = ()
    unmatched: Sequence[str] = ()
    against: str = ""
    everything: bool = False
    below: float | None = None
    found: bool = False


class Gathered(NamedTuple):
    """The ids of the items, each once, and in words where they come from."""

    ids: tuple[str, ...]
    words: tuple[str, ...]


def gathered(view: View, sources: Sources, model: str, findings: Iterable[Sequence[str]] = ()) -> Gathered:
    """The items of a round.

    Args:
        view: the build.
        sources: where they come from.
        model: whose confidence, and against which another is held; may be empty.
        findings: the ids of each finding, asked where these are to be kept.

    Raises:
        ReviewError: there are none, or a source does not exist.
        SubsetError: a subset is unknown.
        CategoryError: a category is unknown.
    """
    parts = list(_parts(view, sources, model))
    ids = dict.fromkeys(each for _, some in parts for each in some)
    words = [word for word, _ in parts]
    if sources.below is not None:
        sure = _confidence(view, model)
        ids = {each: None for each in ids if sure.get(each, 1.0) < sources.below}
        words.append(f"confidence below {sources.below:g}")
    if sources.found:
        told = {each for some in findings for each in (*some, *_images_of(view, some))}
        ids = {each: None for each in ids if each in told}
        words.append("what findings are about")
    if not ids:
        raise ReviewError(f"Expected items to judge, found none of: {', '.join(words) or 'no source'}. Name a source.")
    return Gathered(tuple(ids), tuple(words))


def _images_of(view: View, ids: Sequence[str]) -> list[str]:
    """The images that points are, or lie on."""
    points = view.of_ids(ids)
    rows = points.space.sample_rows[np.array(points.space.rows(ids), np.int64)]
    return view.images.space.ids_of(np.unique(rows))


def category_members(view: View) -> dict[str, frozenset[str]]:
    """The ids of the examples of each category in use, by its name."""
    living = [*_living(view), *put_by_reviewers(view.workspace.decisions)]
    found = {}
    for category in view.workspace.categories.in_use():
        names = set(map(same_name, category.names))
        own = [each for each in living if same_name(each.category) in names]
        found[category.name] = frozenset(each for subset in own for each in subset.ids)
    return found


def _parts(view: View, sources: Sources, model: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Each source in words, and its ids."""
    living = _living(view)
    for name in sources.subsets:
        key = view.workspace.subset(name).key
        yield f"subset {name}", next(each.ids for each in living if each.key == key)
    members = category_members(view) if sources.categories else {}
    for name in sources.categories:
        category = view.workspace.categories.find(name)
        yield f"category {category.name}", sorted(members.get(category.name, ()))
    for name in sources.flagged:
        yield f"flagged images of the batch {name}", _of_batch(view, name, matching=True)
    for name in sources.unmatched:
        yield f"unmatched images of the batch {name}", _of_batch(view, name, matching=False)
    if sources.against:
        yield f"where {model} and {sources.against} differ", _differing(view, model, sources.against)
    if sources.ids:
        yield counted(len(sources.ids), "id"), sources.ids
    if sources.everything:
        yield "all images", view.images.space.ids


def _living(view: View) -> list[Subset]:
    ask = table_of(view)
    return [evaluate_rule(each, ask).subset for each in view.workspace.subsets()]


def _of_batch(view: View, name: str, *, matching: bool) -> list[str]:
    frame = view.images.table.frame
    batches = frame[BATCH] if BATCH in frame else pd.Series(None, frame.index, dtype=object)
    own = batches == name
    if not own.any():
        known = ", ".join(map(str, batches.dropna().unique())) or "none yet"
        raise ReviewError(f"Expected the name of a batch, found {name!r}. There are: {known}.")
    matched = _matched(view)
    return [each for each in frame.index[own] if (each in matched) == matching]


def _matched(view: View) -> set[str]:
    """The images that match an edge case, or of which a box does."""
    found: set[str] = set()
    for name in (IMAGES, *view.workspace.box_spaces):
        frame = view.points(name).table.frame
        if MATCH in frame:
            found |= set(view.workspace.sample_ids(name)[frame[MATCH].notna()])
    return found


def _differing(view: View, model: str, other: str) -> list[str]:
    """The images on which two models say something else; of boxes, on which one is right and the other is not."""
    for name in (model, other):
        if name not in view.models:
            raise ReviewError(f"Expected one of the models {', '.join(view.models) or '(none)'}, found {name!r}.")
    role = "outcome" if view.has_boxes else "prediction"
    frames = {name: view.points(IMAGES, opening(view, name)).table.frame for name in (model, other)}
    one, two = (frame[f"{name}.{role}"].astype(object) for name, frame in frames.items())
    return list(one.index[np.asarray(one.notna() & two.notna() & (one != two))])


def _confidence(view: View, model: str) -> dict[str, float]:
    """How sure a model is, by the id of each image or box where that is known."""
    spaces = [view.images, *(view.points(name) for name in view.workspace.box_spaces)]
    column = f"{model}.confidence"
    known = [points.table.frame[column].dropna() for points in spaces if column in points.table.frame]
    if not any(map(len, known)):
        raise ReviewError(f"Expected a confidence of {model or 'a model'} to keep items by, found none.")
    return {str(each): float(value) for some in known for each, value in some.items()}
