"""Whether the best hit of a search is better than chance, for one model and the images of one space.

Words: a model rates some images as alike to everything, so each similarity is standardised by what phrases without
meaning reach for the same image, as scores of speakers are by those of impostors (Auckenthaler et al. 2000, "Score
normalization for text-independent speaker verification systems"); the best of a query is held against the bests of
these phrases, each standardised by the others. With the demo's CLIP, which was taught clothes alone, 34 phrases for
what is there are all better than half of them, whatever the letters; so are 6 of 10 that speak of something else.

Images: as in conformal anomaly detection (Laxhammar and Falkman 2014), the best of a query is held against how like
each image here is to its own nearest other one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explorer.data.records import Float32

PHRASES = 64
"""Phrases without meaning that chance is measured by."""

BY_CHANCE = 0.5
"""Share of them that, reaching as high as a query, says that its best hit is chance."""

UNLIKE = 0.01
"""Share of the images here that are as unlike all others as an image may be that still has something like it."""

NOTHING_LIKE_IT = "Nothing like it here: the best of what was found is no better than chance."

_LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))
_SHORTEST, _LONGEST = 4, 9
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True)
class Chance:
    """What phrases without meaning find.

    Attributes:
        vectors: float32 (p, d), the phrases.
        bests: float64 (p,), the best standardised similarity of each.
    """

    vectors: Float32
    bests: NDArray[np.float64]

    @classmethod
    def of(cls, vectors: Float32, found: Callable[[Float32], Float32]) -> Chance:
        """Measure it.

        Args:
            vectors: float32 (p, d), embedded `phrases`, p at least 2.
            found: gives the vectors float32 (m, d) of what is most like one vector, m at least 1.
        """
        held_out = (np.delete(vectors, place, axis=0) for place in range(len(vectors)))
        bests = [_best(query, found(query), others) for query, others in zip(vectors, held_out, strict=True)]
        return cls(vectors, np.array(bests, np.float64))

    def share(self, query: Float32, found: Float32) -> float:
        """Share of the phrases, and the query itself, whose best hit is at least as good as that of the query.

        Args:
            query: float32 (d,).
            found: float32 (m, d), what is most like it, m at least 1.
        """
        as_good = int((self.bests >= _best(query, found, self.vectors)).sum())
        return (1 + as_good) / (1 + len(self.bests))

    def explains(self, query: Float32, found: Float32) -> bool:
        """Whether the best of what was found is no better than chance."""
        return self.share(query, found) > BY_CHANCE


def _best(query: Float32, found: Float32, phrases: Float32) -> float:
    by_phrases = np.asarray(found @ phrases.T, np.float64)
    spread = np.maximum(by_phrases.std(axis=1), _LEAST_SPREAD)
    return float(((found @ query - by_phrases.mean(axis=1)) / spread).max())


def phrases(count: int = PHRASES, *, seed: int = 0) -> list[str]:
    """Pairs of words of seeded random letters, which mean nothing."""
    chance = np.random.default_rng(seed)
    return [f"{_word(chance)} {_word(chance)}" for _ in range(count)]


def _word(chance: np.random.Generator) -> str:
    return "".join(chance.choice(_LETTERS, chance.integers(_SHORTEST, _LONGEST, endpoint=True)))


def is_unlike(best: float, own: Float32) -> bool:
    """Whether an image whose best similarity is `best` is as unlike as `UNLIKE` of those here at most.

    Args:
        best: cosine similarity to the most alike of them.
        own: float32 (n,), that of each of them to the most alike other one; NaN where there is none.
    """
    known = own[np.isfinite(own)]
    return len(known) > 0 and bool(best < np.quantile(known, UNLIKE))
