"""A fast engine, held against the exact one on the first images that it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.data.engines import FIRST, LEAST_COSINE, Ran
from explorer.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import Float32
    from explorer.embedding.engines import Engine


class Measured:
    """A fast engine that shows on the user's own images that it is as good as the exact one.

    Attributes:
        fast: the engine that is measured.
        cosine: mean cosine between the vectors of both so far; NaN before the first image.
        images: on how many it was measured.
    """

    def __init__(self, exact: Engine, fast: Engine, *, insists: bool = True, before: Sequence[Ran] = ()) -> None:
        """Take both.

        Args:
            exact: what it is held against.
            fast: what is to run.
            insists: whether to refuse what is too far off; else the exact one goes on in its place.
            before: what is known of engines that ran on these images before; a measurement of this one goes on.
        """
        self._exact, self.fast, self._insists = exact, fast, insists
        self._runs = fast
        known = next((one for one in before if one.title == fast.title and one.cosine is not None), None)
        self.cosine = known.cosine if known and known.cosine is not None else float("nan")
        self.images = known.images if known else 0

    @property
    def ran(self) -> Ran:
        """What runs, and what was measured."""
        instead_of = self.fast.title if self._runs is self._exact else ""
        return Ran(self._runs.title, self.cosine, self.images, instead_of)

    @property
    def title(self) -> str:
        """See `ran`."""
        return str(self.ran)

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
        if self._insists:
            raise ModelError(
                f"Expected vectors with a mean cosine of {LEAST_COSINE} at least to those of float32, found "
                f"{self.cosine:.5f} on the first {self.images} images with {self.fast.title}. "
                "Choose the engine float32, or auto."
            )
        self._runs = self._exact
        return exact
