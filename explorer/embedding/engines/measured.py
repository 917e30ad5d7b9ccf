"""A fast engine, held against the exact one on the first images that it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import ModelError

if TYPE_CHECKING:
    from explorer.data.records import Float32
    from explorer.embedding.engines import Engine

FIRST = 100
"""Images on which it is measured."""

LEAST_COSINE = 0.9995
"""Mean cosine with the vectors of float32 under which it is not used."""


class Measured:
    """A fast engine that shows on the user's own images that it is as good as the exact one.

    Attributes:
        cosine: mean cosine between the vectors of both so far; NaN before the first image.
        images: on how many it was measured.
    """

    def __init__(self, exact: Engine, fast: Engine, *, insists: bool = True) -> None:
        """Take both; where nobody insists on the fast one, the exact one goes on in its place."""
        self._exact, self._fast, self._insists = exact, fast, insists
        self._runs = fast
        self.cosine, self.images = float("nan"), 0

    @property
    def title(self) -> str:
        """What runs, and what was measured."""
        measured = f"mean cosine to float32 {self.cosine:.5f} on the first {self.images} images"
        return f"{self._runs.title} ({measured}{f' with {self._fast.title}' if self._runs is self._exact else ''})"

    def encode(self, batch: Any) -> Float32:  # noqa: ANN401 - see Engine
        """See `Engine.encode`.

        Raises:
            ModelError: the vectors are too far from those of float32, and the engine was asked for.
        """
        vectors = self._runs.encode(batch)
        if self.images >= FIRST or self._runs is self._exact:
            return vectors
        exact = self._exact.encode(batch)
        cosines = np.einsum("bd,bd->b", vectors.astype(np.float64), exact)
        before = self.cosine * self.images if self.images else 0.0
        self.images += len(cosines)
        self.cosine = float((before + cosines.sum()) / self.images)
        if self.cosine >= LEAST_COSINE:
            return vectors
        self._runs = self._exact
        if self._insists:
            raise ModelError(
                f"Expected vectors with a mean cosine of {LEAST_COSINE} at least to those of float32, "
                f"found {self.title}. Choose the engine float32, or auto."
            )
        return exact
