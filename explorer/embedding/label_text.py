"""Labels as vectors, and the spaces that join an image with its label or its predicted label."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.data.records import Float32, Int64

PROMPTS = (
    "a photo of a {}.",
    "a photo of the {}.",
    "a close-up photo of a {}.",
    "a cropped photo of a {}.",
    "a blurry photo of a {}.",
    "a dark photo of a {}.",
    "a picture of a {}.",
)
"""Templates a label is put into; a handful of those of CLIP (Radford et al. 2021, "Prompt engineering")."""

_TINY = 1e-6
"""Length under which a centred vector is rounding error and has no direction."""


class TextEncoder(Protocol):
    """What a model must offer to embed texts."""

    def encode_texts(self, texts: list[str]) -> Float32:
        """Embed texts: float32 (t, d), unit rows."""


def class_vectors(model: TextEncoder, labels: Sequence[str]) -> dict[str, Float32]:
    """Embed labels as the mean of their prompts' vectors.

    Args:
        model: the text side of a CLIP model.
        labels: class names; repeated ones are embedded once. Underscores are read as spaces.

    Returns:
        For each distinct label a unit vector, float32 (d,).
    """
    distinct = list(dict.fromkeys(labels))
    if not distinct:
        return {}
    texts = [prompt.format(label.replace("_", " ")) for label in distinct for prompt in PROMPTS]
    prompts = model.encode_texts(texts).reshape(len(distinct), len(PROMPTS), -1)
    return dict(zip(distinct, _unit(prompts.mean(axis=1)), strict=True))


def class_means(image_vectors: Float32, labels: Sequence[str | None]) -> dict[str, Float32]:
    """Stand in for label text where the vectors' model has no text side: the mean image of each class.

    Args:
        image_vectors: float32 (n, d), unit rows.
        labels: n labels, None where there is none.

    Returns:
        For each distinct label a unit vector, float32 (d,).
    """
    codes, distinct = pd.factorize(np.array(labels, object))
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(distinct) + 1))
    rows = (order[first:end] for first, end in pairwise(ends))
    return {label: _unit(image_vectors[each].mean(axis=0)) for label, each in zip(distinct, rows, strict=True)}


def joined(
    image_vectors: Float32,
    labels: Sequence[str | None],
    vectors_of: Mapping[str, Float32],
    weight: float = 0.5,
) -> Float32:
    """Join each image with its label (or its predicted label) into one vector.

    With x the image vectors, t the class vectors, and a hat for "centred, then brought to unit length"::

        z_i = [ sqrt(1 - w) * hat(x_i) ,  sqrt(w) * hat(t_label(i)) ] / length

    so that the cosine of two samples is (1 - w) times that of their images plus w times that of their labels.
    Two images that look alike stay neighbours only if their labels agree: a wrong label moves a point away
    from the images it looks like, towards the class it is said to be. Images are centred on their mean and
    class vectors on the mean of the classes, because CLIP vectors share a large common part (and images and
    texts different ones; Liang et al. 2022, "Mind the gap") that would hide the differences.

    Args:
        image_vectors: float32 (n, d), unit rows.
        labels: n labels, None where there is none: the label part is then zero.
        vectors_of: a float32 (d,) vector for every label.
        weight: w, the label's share, 0..1.

    Returns:
        float32 (n, 2d), unit rows; all zero where neither part says anything.
    """
    return Joining.of(image_vectors, labels, vectors_of, weight)(image_vectors, labels, vectors_of)


@dataclass(frozen=True)
class Joining:
    """How the points of one space are joined, so that new points can be joined alike: each independently of the rest.

    Attributes:
        image_mean: float32 (d,), what image vectors are centred on.
        class_mean: float32 (d,), what class vectors are centred on.
        weight: the label's share, 0..1.
    """

    image_mean: Float32
    class_mean: Float32
    weight: float

    @classmethod
    def of(
        cls,
        image_vectors: Float32,
        labels: Sequence[str | None],
        vectors_of: Mapping[str, Float32],
        weight: float = 0.5,
    ) -> Joining:
        """Learn the means from the points of a space; see `joined`."""
        used = [label for label in dict.fromkeys(labels) if label is not None]
        classes = np.array([vectors_of[label] for label in used], np.float32).reshape(len(used), image_vectors.shape[1])
        return cls(_mean(image_vectors), _mean(classes), weight)

    def __call__(
        self, image_vectors: Float32, labels: Sequence[str | None], vectors_of: Mapping[str, Float32]
    ) -> Float32:
        """Join points, float32 (m, 2d); a label without a vector counts as none."""
        parts = [np.sqrt(1 - self.weight) * _unit(image_vectors - self.image_mean)]
        parts.append(np.sqrt(self.weight) * self._label_rows(labels, vectors_of))
        return _unit(np.hstack(parts))

    def _label_rows(self, labels: Sequence[str | None], vectors_of: Mapping[str, Float32]) -> Float32:
        """The centred unit vector of each row's label, zero for None: float32 (m, d)."""
        used = [label for label in dict.fromkeys(labels) if label is not None and label in vectors_of]
        width = len(self.class_mean)
        classes = np.array([vectors_of[label] for label in used], np.float32).reshape(len(used), width)
        with_none = np.vstack([_unit(classes - self.class_mean), np.zeros((1, width), np.float32)])
        position = {label: row for row, label in enumerate(used)}
        return with_none[[-1 if label is None else position.get(label, -1) for label in labels]]


def label_parts(
    labels: Sequence[str | None], further: Sequence[str], vectors_of: Mapping[str, Float32]
) -> dict[str, Float32]:
    """What further labels add to a joined vector, as `joined` has it of its own: by label a unit vector, float32 (d,).

    Args:
        labels: those of the points of a space, None where there is none.
        further: labels that none of them has; one without a vector is left out.
        vectors_of: a float32 (d,) vector for every label.
    """
    used = [vectors_of[label] for label in dict.fromkeys(labels) if label is not None]
    known = {label: vectors_of[label] for label in further if label in vectors_of}
    return {label: _unit(vector - _mean(np.array(used, np.float32))) for label, vector in known.items()}


def relabelled(
    vectors: Float32,
    labels: Sequence[str | None],
    rows: Int64,
    said: Sequence[str | None],
    parts: Mapping[str, Float32],
    weight: float = 0.5,
) -> Float32:
    """The joined vectors of some points once they are called something else; see `joined`.

    What an image and what a label add are parts of the vectors there are, so that no model is asked.

    Args:
        vectors: float32 (n, 2d), the points of a space.
        labels: what they are called, None where they are not.
        rows: int64 (m,), which points.
        said: what these are called now.
        parts: of labels that no point has, see `label_parts`; one that is in neither counts as none.
        weight: w, the label's share, 0..1.

    Returns:
        float32 (m, 2d), unit rows.
    """
    half = vectors.shape[1] // 2
    first = {label: row for row, label in reversed(list(enumerate(labels)))}
    nothing = np.zeros(half, np.float32)
    called = [_unit(vectors[first[one], half:]) if one in first else parts.get(str(one), nothing) for one in said]
    images = _unit(vectors[rows, :half])
    return _unit(np.hstack([np.sqrt(1 - weight) * images, np.sqrt(weight) * np.array(called, np.float32)]))


def _mean(vectors: Float32) -> Float32:
    """Mean row, float32 (d,); zero where there are no rows."""
    return vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1], np.float32)


def _unit(vectors: Float32) -> Float32:
    """Rows brought to unit length; those too short to have a direction become zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.where(length > _TINY, vectors / np.maximum(length, _TINY), 0).astype(np.float32)
