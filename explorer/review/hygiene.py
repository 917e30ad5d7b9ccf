"""Whether examples may count: none that the model saw in training, by near duplicates, by group, or itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.analysis.duplicates import Copies
    from explorer.data.records import Bool, Int64

TRAINING = frozenset({"train", "training", "trn"})
"""What the split is called that a model learns from, in lower case."""

Way = Literal["itself", "copy", "group"]


class Leak(NamedTuple):
    """An example that a model may have learnt from.

    Attributes:
        row: the image.
        way: it is in the training split itself, is a near copy of an image there, or of a group that has images there.
        other: an image of the training split: itself, the copy, or the first of the group.
        similarity: cosine of the least similar pair among the copies; NaN where it is none.
    """

    row: int
    way: Way
    other: int
    similarity: float = float("nan")


def leaks(
    examples: Int64, training: Bool, copies: Sequence[Copies] = (), groups: Int64 | None = None
) -> dict[int, Leak]:
    """The examples that a model may have learnt from, by row, each with the plainest way.

    Args:
        examples: int64 (m,), rows of images.
        training: bool (n,), which images are in the training split.
        copies: groups of near copies among the n images.
        groups: int64 (n,), such as the patient, scene or video of each image, -1 where it has none.
    """
    found: dict[int, Leak] = {}
    if groups is not None:
        found |= _by_group(examples, training, groups)
    for one in copies:
        learnt = one.rows[training[one.rows]]
        if len(learnt):
            found |= {row: Leak(row, "copy", int(learnt[0]), one.similarity) for row in one.rows.tolist()}
    found |= {row: Leak(row, "itself", row) for row in np.flatnonzero(training).tolist()}
    wanted = frozenset(examples.tolist())
    return {row: leak for row, leak in sorted(found.items()) if row in wanted}


def _by_group(examples: Int64, training: Bool, groups: Int64) -> dict[int, Leak]:
    learnt = np.flatnonzero(training & (groups >= 0))
    first = dict(zip(groups[learnt][::-1].tolist(), learnt[::-1].tolist(), strict=True))
    of = ((row, int(groups[row])) for row in examples.tolist())
    return {row: Leak(row, "group", first[group]) for row, group in of if group in first}
