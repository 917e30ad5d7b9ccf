"""Growing a subset: how many of a planted condition are found within 50 decisions, against nearest-to-mean.

From 5 members drawn by chance, proposals are accepted where the image has the condition and rejected where not. The
plain way proposes what is nearest to the mean of the accepted. `near minus far`, three-nearest, is what preceded ours.

    python benchmarks/grow.py [--seeds 10]

The demo's CLIP has seen these conditions in training and leaves little to find; pixels (64 principal components) have
not, and two conditions in one subset have no one mean.
"""

from __future__ import annotations

import argparse
import time
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image

from explorer.embedding.clip import ClipModel
from explorer.subsets.grow import Growth, candidates
from explorer.subsets.similarity import nearness

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.data.records import Bool, Float32

    Ranker = Callable[[list[int], list[int]], Float32]
    """Scores all points from the accepted and the rejected."""

SAMPLE = Path(__file__).parents[1] / "sample_data"
CONDITIONS = ("dark", "blurred", "rotated", "occluded", "over-exposed")
START, DECISIONS = 5, 50
PAGES = (1, 10)


def main() -> None:
    """Print a table for each kind of vectors, and how long one ranking takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="starting sets per condition")
    seeds = parser.parse_args().seeds
    truth = pd.read_csv(SAMPLE / "fashion" / "truth.csv")
    images = [Image.open(SAMPLE / "fashion" / name).convert("RGB") for name in truth["image"]]
    has = {name: (truth["condition"] == name).to_numpy() for name in CONDITIONS}
    pairs = {f"{a} or {b}": has[a] | has[b] for a, b in combinations(CONDITIONS, 2)}
    clip = _clip(images)
    _table("demo CLIP", clip, has, seeds)
    _table("demo CLIP, two conditions in one subset", clip, pairs, max(1, seeds // 3))
    _table("pixels", _pixels(images), has, seeds)
    _speed()


def _clip(images: list[Image.Image]) -> Float32:
    model = ClipModel.load(str(SAMPLE / "model"))
    return np.vstack(
        [
            model.encode_images([model.preprocess(image) for image in images[start : start + 100]])
            for start in range(0, len(images), 100)
        ]
    )


def _pixels(images: list[Image.Image]) -> Float32:
    flat = np.stack([np.asarray(image.convert("L"), np.float32).ravel() for image in images])
    left, size, _ = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)
    parts = left[:, :64] * size[:64]
    return np.asarray(parts / np.linalg.norm(parts, axis=1, keepdims=True), np.float32)


def _rankers(vectors: Float32) -> dict[str, Ranker]:
    growth = Growth.over(vectors)

    def to_mean(yes: list[int], _: list[int]) -> Float32:
        return np.asarray(vectors @ vectors[yes].mean(axis=0), np.float32)

    def near_minus_far(yes: list[int], no: list[int]) -> Float32:
        near = nearness(vectors, vectors[yes])
        if not no:
            return near
        far = nearness(vectors, vectors[no])
        return np.asarray(near - np.maximum(0, far - near) - 0.5 * np.maximum(0, far), np.float32)

    return {"nearest to mean": to_mean, "near minus far": near_minus_far, "ours": growth.scores}


def _table(title: str, vectors: Float32, targets: dict[str, Bool], seeds: int) -> None:
    print(f"\n{title}: found within {DECISIONS} decisions from {START} members, mean of {seeds} starting sets")
    rankers = _rankers(vectors)
    for page in PAGES:
        print(f"{f're-ranked every {page}':<28}" + "".join(f"{name:>18}" for name in rankers) + f"{'possible':>10}")
        rows = {
            name: [np.mean([_found(rank, target, page, seed) for seed in range(seeds)]) for rank in rankers.values()]
            for name, target in targets.items()
        }
        for name, found in rows.items():
            most = min(DECISIONS, int(targets[name].sum()) - START)
            print(f"{name:<28}" + "".join(f"{value:18.1f}" for value in found) + f"{most:10}")
        print(f"{'mean':<28}" + "".join(f"{value:18.2f}" for value in np.mean(list(rows.values()), axis=0)))


def _found(rank: Ranker, target: Bool, page: int, seed: int) -> int:
    """Decide `page` proposals at a time; gives how many were accepted."""
    yes = np.random.default_rng(seed).choice(np.flatnonzero(target), START, replace=False).tolist()
    no: list[int] = []
    for _ in range(DECISIONS // page):
        score = rank(yes, no).copy()
        score[yes + no] = -np.inf
        for row in np.argsort(-score, kind="stable")[:page].tolist():
            (yes if target[row] else no).append(row)
    return len(yes) - START


def _speed(rows: int = 100_000, width: int = 512) -> None:
    """Time one re-ranking after 50 decisions."""
    vectors = np.random.default_rng(0).standard_normal((rows, width), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    started = time.perf_counter()
    growth = Growth.over(vectors)
    once = time.perf_counter() - started
    taken = []
    for _ in range(10):
        started = time.perf_counter()
        candidates(growth.scores(range(30), range(30, 55)), range(55), k=60)
        taken.append(time.perf_counter() - started)
    print(f"\n{rows:,} x {width}: prepared once in {once:.2f} s, re-ranked in {np.median(taken) * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
