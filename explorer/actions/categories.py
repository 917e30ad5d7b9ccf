"""Categories against a build: their examples, what their rules propose, and how much fixing one could gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.actions.hygiene import leaking
from explorer.data.filters import matching, parse_where
from explorer.data.spaces import LABELS, predictions_of
from explorer.errors import CategoryError
from explorer.points.opened_build import DEFAULT
from explorer.stats.intervals import rate
from explorer.store.decisions.state import same_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.actions.hygiene import Hygiene
    from explorer.data.categories import Category
    from explorer.data.records import Bool
    from explorer.data.spaces import SpaceName
    from explorer.data.subsets import Subset
    from explorer.data.thresholds import Thresholds
    from explorer.points.opened_build import View
    from explorer.stats.intervals import Rate


@dataclass(frozen=True)
class Standing:
    """A category and what of it is in a build.

    Attributes:
        category: the category.
        subsets: names of the subsets that have it; `reviews` where reviewers put images into it.
        examples: ids of their members, each once.
        left_out: how many of these do not count, because the model may have learnt from them.
        ceiling: of all errors of the model, those among its examples: the most that fixing these can remove. Of boxes,
            errors are misses and false alarms. Its n is 0 without examples, and where nothing is known to be wrong.
    """

    category: Category
    subsets: tuple[str, ...]
    examples: tuple[str, ...]
    left_out: int
    ceiling: Rate

    @property
    def counting(self) -> int:
        """How many examples count."""
        return len(self.examples) - self.left_out

    @property
    def coverage(self) -> float:
        """Examples that count, of the target; 1 where it is reached."""
        return min(1.0, self.counting / self.category.target)

    @property
    def in_words(self) -> str:
        """What fixing it gains at most; empty where the ceiling is of nothing."""
        hits, n = self.ceiling.hits, self.ceiling.n
        if not n:
            return ""
        rounded = f"{self.ceiling.value:.0%}"
        share = "under 1%" if rounded == "0%" and hits else rounded
        return f"Fixing its examples removes at most {share} of the errors ({hits:,} of {n:,})."


def standings(
    view: View,
    categories: Sequence[Category],
    subsets: Sequence[Subset],
    model: str | None,
    at: Thresholds = DEFAULT,
    clean: Hygiene | None = None,
) -> list[Standing]:
    """Where each category stands.

    Args:
        view: the build.
        categories: in whatever order.
        subsets: the living ones, with what their rules find.
        model: whose errors.
        at: from which IoU and confidence on boxes count.
        clean: what the model may have learnt from, which does not count; None where all does.
    """
    wrong = _wrong(view, model, at)
    errors = sum(int(each.sum()) for each in wrong.values())
    return [_standing(view, category, subsets, wrong, errors, clean) for category in categories]


def candidates(view: View, standing: Standing, at: Thresholds = DEFAULT) -> list[str]:
    """Ids of the points that a category's rule finds and that are no examples of it yet; `at` says which boxes count.

    Raises:
        CategoryError: it has no rule.
        SubsetError: the build does not have what the rule asks for.
        WorkspaceError: the build does not have the rule's space.
    """
    category = standing.category
    if not category.where:
        raise CategoryError(f"The category “{category.name}” has no rule. Give it one: --where 'column>=value'.")
    known = frozenset(standing.examples)
    return [each for each in found_by(view, category.where, category.space, at) if each not in known]


def found_by(view: View, where: Sequence[str], space: str, at: Thresholds = DEFAULT) -> list[str]:
    """Ids of the points of a space that pass all conditions, in the language of `--where`; `at` says which boxes count.

    Raises:
        SubsetError: the build does not have what a condition asks for, or a condition cannot be read.
        WorkspaceError: the build does not have the space.
    """
    points = view.points(view.workspace.space_name(space).of_points, at)
    rule = tuple(parse_where(text, points.table) for text in where)
    return points.space.ids_of(np.flatnonzero(matching(points.table, rule)))


def _standing(
    view: View,
    category: Category,
    subsets: Sequence[Subset],
    wrong: Mapping[SpaceName, Bool],
    errors: int,
    clean: Hygiene | None,
) -> Standing:
    names = set(map(same_name, category.names))
    own = [each for each in subsets if same_name(each.category) in names]
    examples = tuple(dict.fromkeys(each for subset in own for each in subset.ids))
    touched = {name: _touched(view, name, own) & mask for name, mask in wrong.items()}
    hits = sum(int(mask.sum()) for mask in touched.values())
    ceiling = rate(hits, errors if examples else 0)
    left_out = leaking(view, examples, clean) if clean else 0
    return Standing(category, tuple(each.name for each in own), examples, left_out, ceiling)


def _wrong(view: View, model: str | None, at: Thresholds) -> dict[SpaceName, Bool]:
    """Where a model is known to be wrong: among the images, or among the objects to find and what it detected."""
    if model is None or not view.judges:
        return {}
    names = [LABELS, predictions_of(model)] if view.has_boxes else [view.images.name]
    found = {}
    for name in names:
        right, known = view.points(name, at).right_and_known(model)
        found[name] = known & ~right
    return found


def _touched(view: View, name: SpaceName, subsets: Sequence[Subset]) -> Bool:
    """Rows of a space that the members of subsets are, or lie on: of an image all its boxes."""
    space = view.space(name)
    touched = np.zeros(len(space.ids), np.bool_)
    for subset in subsets:
        touched[space.rows(subset.ids)] = True
        if space.are_boxes:
            on_image = np.zeros(len(view.images), np.bool_)
            on_image[view.images.space.rows(subset.ids)] = True
            touched |= on_image[space.sample_rows]
    return touched
