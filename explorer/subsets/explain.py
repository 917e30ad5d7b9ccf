"""What a subset is: what sets it apart from the rest, and whether it exists outside the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.columns import Categorical, Numeric, Table
from explorer.data.records import Bool, Float32, Int64  # noqa: TC001 - NamedTuple fields are evaluated
from explorer.stats.significance import benjamini_hochberg
from explorer.subsets.over_represented import OverRepresented, over_represented
from explorer.subsets.purity import Cohesion, cohesion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.data.records import Neighbors

ATTRIBUTES = (
    *("dark", "bright", "over-exposed", "washed-out", "blurry", "sharp", "noisy", "clear", "low-contrast"),
    *("rotated", "upside-down", "tilted", "sideways", "occluded", "covered", "cropped", "distant", "close-up"),
    *("crowded", "empty", "cluttered", "plain", "patterned", "striped", "black and white", "colourful"),
    *("small", "large", "wet", "dirty", "broken", "reflective", "transparent", "drawn", "rendered"),
)
"""Generic ways in which images differ, each put before every label and before nothing."""

THINGS = (
    *("person", "face", "hand", "crowd", "child", "car", "truck", "bus", "bicycle", "motorcycle", "train", "boat"),
    *("aeroplane", "road", "street", "traffic sign", "building", "house", "room", "kitchen", "office", "shop", "tree"),
    *("forest", "field", "flower", "fruit", "vegetable", "meal", "plate", "bottle", "cup", "dog", "cat", "bird"),
    *("horse", "cow", "fish", "insect", "sky", "sea", "beach", "mountain", "river", "snowy landscape", "night scene"),
    *("sunset", "document", "screen", "map", "logo", "drawing", "painting", "toy", "shoe", "shirt", "dress"),
    *("pair of trousers", "coat", "bag", "hat", "watch", "phone", "computer", "piece of furniture", "tool", "machine"),
    *("box", "X-ray image", "microscope image", "satellite image", "piece of cloth", "piece of metal", "ball"),
)
"""Common nouns, to describe images with that have no labels of their own."""

NEGLIGIBLE = 0.147
"""Effects below say nothing (Romano et al. 2006)."""

LABELS = 50
"""Classes that phrases are made with, the most frequent ones."""


class Difference(NamedTuple):
    """A number column that lies higher or lower in the subset.

    Attributes:
        column: its name.
        effect: Cliff's delta, -1..1: P(member > other) - P(member < other). From .474 on it is large
            (Romano et al. 2006).
        median: of the members.
        rest: median of the others.
        p: Mann-Whitney U, two-sided, Benjamini-Hochberg adjusted over the columns tried.
    """

    column: str
    effect: float
    median: float
    rest: float
    p: float


class Phrase(NamedTuple):
    """Words that describe the members against the others; score -1..1, a cosine of differences."""

    text: str
    score: float


class Phrases(NamedTuple):
    """Candidate phrases and their unit vectors float32 (t, d), from the text side of the images' model."""

    texts: tuple[str, ...]
    vectors: Float32


@dataclass(frozen=True)
class Explanation:
    """A subset against the rest.

    Attributes:
        size: number of members.
        over_represented: over-represented values, the surest first.
        differences: number columns that differ, the largest effect first.
        phrases: what describes it best, best first; empty without a text side.
        typical: int64 rows of the members most like the others, the most typical first.
        extreme: int64 rows of the members least like the others, the most extreme first.
        cohesion: whether it exists in the original space.
    """

    size: int
    over_represented: tuple[OverRepresented, ...]
    differences: tuple[Difference, ...]
    phrases: tuple[Phrase, ...]
    typical: Int64
    extreme: Int64
    cohesion: Cohesion


def explain(
    table: Table,
    mask: Bool,
    vectors: Float32,
    graph: Neighbors,
    *,
    columns: list[str],
    label: str | None = None,
    phrases: Phrases | None = None,
    xy: Float32 | None = None,
    shown: int = 12,
) -> Explanation:
    """Describe the rows of `mask` against all others.

    Args:
        table: all n points.
        mask: bool (n,), the subset.
        vectors: float32 (n, d), unit rows.
        graph: their neighbours.
        columns: columns to compare; names through their values, numbers through their ranks.
        label: the column whose most frequent value in the subset is the class that phrases are told against.
        phrases: candidate phrases, where the model has a text side.
        xy: float32 (n, 2), the map the subset was drawn on.
        shown: how many phrases, typical and extreme members to give.
    """
    names = [name for name in columns if isinstance(table[name], Categorical)]
    order = _by_typicality(vectors, mask)
    return Explanation(
        int(mask.sum()),
        tuple(over_represented(table, names, mask)),
        tuple(differences(table, columns, mask)),
        tuple(describe(phrases, vectors, mask, against=majority(table, label, mask))[:shown]) if phrases else (),
        order[:shown],
        order[::-1][:shown],
        cohesion(graph, mask, xy),
    )


def differences(table: Table, columns: Sequence[str], mask: Bool, *, alpha: float = 0.05) -> list[Difference]:
    """Find number columns that lie higher or lower among the rows of `mask`, the largest effect first.

    Among many rows the smallest difference is sure; those of a negligible effect are left out.
    """
    tried = [found for name in columns if (found := _difference(table, name, mask))]
    if not tried:
        return []
    adjusted = benjamini_hochberg(np.array([one.p for one in tried]))
    sure = [one._replace(p=float(p)) for one, p in zip(tried, adjusted, strict=True) if p <= alpha]
    kept = [one for one in sure if abs(one.effect) >= NEGLIGIBLE]
    return sorted(kept, key=lambda one: -abs(one.effect))


def _difference(table: Table, name: str, mask: Bool) -> Difference | None:
    from scipy.stats import mannwhitneyu

    column = table[name]
    if not isinstance(column, Numeric):
        return None
    known = np.isfinite(column.values)
    values = column.values.astype(np.float64)  # float32 would round the smallest p to 0
    inside, rest = values[mask & known], values[~mask & known]
    if not len(inside) or not len(rest):
        return None
    test = mannwhitneyu(inside, rest)
    delta = 2 * float(test.statistic) / (len(inside) * len(rest)) - 1
    return Difference(name, delta, float(np.median(inside)), float(np.median(rest)), float(test.pvalue))


def phrase_texts(labels: Sequence[str]) -> tuple[str, ...]:
    """Phrases to try: each attribute and each label on its own, and every pair; without labels, those of `words`."""
    if not labels:
        return words()
    names, ways = [_with_article(label.replace("_", " ")) for label in labels], _ways()
    return (*ways, *(f"a photo of {name}" for name in names), *(f"{way} of {name}" for name in names for way in ways))


def words() -> tuple[str, ...]:
    """Phrases for images of anything: each attribute on its own, and each common thing."""
    return (*_ways(), *(f"a photo of {_with_article(thing)}" for thing in THINGS))


def _ways() -> list[str]:
    return [_with_article(f"{attribute} photo") for attribute in ATTRIBUTES]


def phrases_of(table: Table, encode: Callable[[list[str]], Float32]) -> Phrases:
    """Candidate phrases with the most frequent labels of a table.

    Args:
        table: the points.
        encode: gives the unit vectors of texts, from the text side of the images' model.
    """
    label = table["label"] if "label" in table else None
    texts = phrase_texts(label.values[:LABELS] if isinstance(label, Categorical) else ())
    return Phrases(texts, encode(list(texts)))


def _with_article(noun: str) -> str:
    return f"{'an' if noun.lower().startswith(('a', 'e', 'i', 'o', 'u', 'x-')) else 'a'} {noun}"


def describe(phrases: Phrases, vectors: Float32, mask: Bool, *, against: Bool | None = None) -> list[Phrase]:
    """Rank phrases by how they tell the members from others, best first.

    A phrase scores the cosine between its vector, less the mean phrase, and the members' mean less the mean of
    the others: what all images and all texts share, and the gap between the two, cancels (Eyuboglu et al. 2022,
    "Domino").

    Args:
        phrases: candidate phrases.
        vectors: float32 (n, d), unit rows.
        mask: bool (n,), the subset.
        against: bool (n,), what it is told against; all other rows where None.
    """
    others = ~mask if against is None else against & ~mask
    if not phrases.texts or not mask.any() or not others.any():
        return []
    difference = _unit(vectors[mask].mean(axis=0) - vectors[others].mean(axis=0))
    centred = _unit(phrases.vectors - phrases.vectors.mean(axis=0))
    scored = centred @ difference
    return [Phrase(phrases.texts[i], float(scored[i])) for i in np.argsort(-scored, kind="stable")]


def majority(table: Table, label: str | None, mask: Bool) -> Bool | None:
    """Rows of the class that more than half of the members have; None where no class does."""
    column = table[label] if label else None
    if not isinstance(column, Categorical) or not mask.any():
        return None
    counts = column.counts(mask)
    if not len(counts) or 2 * counts.max() <= mask.sum():
        return None
    return np.asarray(column.codes == counts.argmax(), np.bool_)


def _by_typicality(vectors: Float32, mask: Bool) -> Int64:
    """Rows of the members, those most similar to the other members on average first."""
    rows = np.flatnonzero(mask)
    similarity = vectors[rows] @ vectors[rows].sum(axis=0)  # includes itself, which is 1 for every member
    return rows[np.argsort(-similarity, kind="stable")]


def _unit(vectors: Float32) -> Float32:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12), np.float32)
