"""What regions of a map look like in words, for those that nothing else names, where the model has a text side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.analysis.region_names import ALPHA, LIFT, MAJORITY
from explorer.stats.significance import benjamini_hochberg, hypergeometric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.findings import Region
    from explorer.data.records import Bool, Float32, Int64
    from explorer.subsets.explain import Phrases

_FITTING = 0.2
"""Share of all images that a word is said of: those that fit it best."""

_LEAST = 10
"""Images of a region in each half, under which nothing is said of it."""

_MOST_ROWS = 100_000


class _Half(NamedTuple):
    """Some of the images: in which regions they are, and which words they fit.

    Attributes:
        inside: float32 (regions, m), 1 where an image is in a region.
        vectors: float32 (m, d).
        fits: float32 (m, words), 1 where an image fits a word.
    """

    inside: Float32
    vectors: Float32
    fits: Float32

    @property
    def sizes(self) -> Float32:
        """Images of each region, float32 (regions, 1)."""
        return np.asarray(self.inside.sum(axis=1, keepdims=True), np.float32)

    @property
    def directions(self) -> Float32:
        """How the mean of each region differs from that of all others, float32 (regions, d), unit rows."""
        inside = self.inside @ self.vectors
        others = self.vectors.sum(axis=0) - inside
        return _unit(inside / np.maximum(self.sizes, 1) - others / np.maximum(len(self.vectors) - self.sizes, 1))

    @property
    def said(self) -> Float32:
        """Of how many images of each region a word is said, float32 (regions, words)."""
        return np.asarray(self.inside @ self.fits, np.float32)


def worded(
    regions: Sequence[Region], vectors: Float32, words: Phrases, meaningless: Float32, *, seed: int = 0
) -> list[Region]:
    """Name regions without a name by the word that sets them apart, and say why; the others stay as they are.

    A word sets a region apart as the cosine between it and the mean of the region less that of all other images says
    (Eyuboglu et al. 2022, "Domino"), both less the mean of phrases without meaning. As any other name, it is chosen on
    one half of the images and tested on the other. There no phrase without meaning may set the region apart as much;
    and of the fifth of all images that fit the word best, more are in the region than by chance, adjusted for all
    regions, and at least twice as many as elsewhere. They are most of the whole region too.

    Args:
        regions: of one map.
        vectors: float32 (n, d), unit rows, of the map's points; zero where one has none.
        words: candidates, from the text side of the same model.
        meaningless: float32 (p, d), `explorer.subsets.chance.phrases` from there too.
        seed: of the split into halves, and of the points that are looked at where there are very many.
    """
    unnamed = [place for place, one in enumerate(regions) if not one.name]
    if not unnamed:
        return list(regions)
    chance = np.random.default_rng(seed)
    rows = np.sort(chance.permutation(len(vectors))[:_MOST_ROWS])
    centre = meaningless.mean(axis=0)
    candidates, without = _unit(words.vectors - centre), _unit(meaningless - centre)
    looked_at = np.asarray(vectors[rows])
    inside = np.stack([np.isin(rows, regions[place].rows, assume_unique=True) for place in unnamed])
    whole = _Half(inside.astype(np.float32), looked_at, _fitting(looked_at, candidates).astype(np.float32))
    first = chance.random(len(rows)) < 0.5  # noqa: PLR2004 - a half
    tried, tested = (_Half(whole.inside[:, half], looked_at[half], whole.fits[half]) for half in (first, ~first))
    word = (tried.directions @ candidates.T).argmax(axis=1)
    true = _true(word, tried, tested) & _beats(word, tested.directions, candidates, without)
    share = (whole.said / np.maximum(whole.sizes, 1))[np.arange(len(word)), word]
    true &= share > MAJORITY
    told = {unnamed[i]: (words.texts[word[i]], float(share[i])) for i in np.flatnonzero(true)}
    return [_called(one, *told[place]) if place in told else one for place, one in enumerate(regions)]


def _called(region: Region, text: str, share: float) -> Region:
    bare = text.removeprefix("a photo of ").removeprefix("an ").removeprefix("a ").removesuffix(" photo")
    return replace(region, name=bare, why=f"{share:.0%} are in the fifth of all images that is most like “{text}”")


def _fitting(vectors: Float32, candidates: Float32) -> Bool:
    """Which images fit each word best, bool (n, words)."""
    similarities = vectors @ candidates.T
    return np.asarray(similarities >= np.quantile(similarities, 1 - _FITTING, axis=0), np.bool_)


def _true(word: Int64, tried: _Half, tested: _Half) -> Bool:
    """For which regions what was chosen on one half is so on the other, bool (regions,)."""
    regions, size = np.arange(len(word)), tested.sizes[:, 0]
    enough = (tried.sizes[:, 0] >= _LEAST) & (size >= _LEAST)
    hits, everywhere = tested.said[regions, word], tested.fits.sum(axis=0)[word]
    n = len(tested.vectors)
    share, elsewhere = hits / np.maximum(size, 1), (everywhere - hits) / np.maximum(n - size, 1)
    q = np.ones(len(word))
    q[enough] = benjamini_hochberg(hypergeometric(hits[enough], n, everywhere[enough], size[enough]))
    return np.asarray((q <= ALPHA) & (share >= LIFT * elsewhere), np.bool_)


def _beats(word: Int64, directions: Float32, candidates: Float32, meaningless: Float32) -> Bool:
    """For which regions their word sets them apart more than any phrase without meaning does, bool (regions,)."""
    own = np.einsum("rd,rd->r", directions, candidates[word])
    return np.asarray(own > (directions @ meaningless.T).max(axis=1), np.bool_)


def _unit(vectors: Float32) -> Float32:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12), np.float32)
