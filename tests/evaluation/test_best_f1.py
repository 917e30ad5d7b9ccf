"""The best threshold is the one that trying all of them finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer.data.boxes import BOX
from explorer.evaluation.best_f1 import best_f1_confidence
from explorer.evaluation.outcomes import outcomes

if TYPE_CHECKING:
    Scene = tuple[list[str], pd.DataFrame, pd.DataFrame]


def _table(random: np.random.Generator, n: int, prefix: str) -> pd.DataFrame:
    """Boxes of two classes on four images, so close that they overlap in all ways; some are crowds or ignored."""
    boxes = np.hstack([random.integers(0, 12, (n, 2)), random.integers(5, 12, (n, 2))]).astype(np.float64)
    table = pd.DataFrame(boxes, pd.Index([f"{prefix}{i}" for i in range(n)], dtype=object), list(BOX))
    table["sample"] = random.choice(["a", "b", "c", "d"], n).astype(object)
    table["label"] = random.choice(["cat", "dog"], n).astype(object)
    table["area"] = table["width"] * table["height"]
    table["crowd"] = random.random(n) < 0.1
    table["ignore"] = random.random(n) < 0.1
    return table


def _scene(seed: int, decimals: int) -> Scene:
    random = np.random.default_rng(seed)
    truth, found = _table(random, 14, "g"), _table(random, 40, "d")
    found["confidence"] = random.random(40).round(decimals)
    return ["a", "b", "c", "d"], truth, found


def _f1(scene: Scene, confidence: float) -> float:
    counts = outcomes(*scene, confidence=confidence).counts
    return 2 * counts["tp"] / max(1, 2 * counts["tp"] + counts["fp"] + counts["fn"])


@pytest.mark.parametrize("decimals", [1, 2, 5])
@pytest.mark.parametrize("seed", range(8))
def test_no_other_threshold_does_better(seed: int, decimals: int) -> None:
    """With ties, crowds and ignored objects; each threshold is matched anew by the oracle."""
    scene = _scene(seed, decimals)
    tried = {float(each): _f1(scene, each) for each in [0.0, *scene[2]["confidence"]]}
    best = best_f1_confidence(*scene)
    assert _f1(scene, best) == pytest.approx(max(tried.values()))
    assert max(tried.values()) > 0
    lower = [each for each in tried if each < best]
    assert all(tried[each] < max(tried.values()) for each in lower)


def _one_image(*found: tuple[float, float], objects: int = 2) -> Scene:
    """Objects at x = 0, 100, 200, …, and detections by (x, confidence)."""

    def table(xs: list[float], prefix: str) -> pd.DataFrame:
        frame = pd.DataFrame({"x": xs}, pd.Index([f"{prefix}{x:g}" for x in xs], dtype=object), dtype=np.float64)
        frame[["y", "width", "height"]] = (0.0, 10.0, 10.0)
        frame[["sample", "label", "area", "crowd", "ignore"]] = ("i", "cat", 100.0, False, False)
        return frame.astype({"sample": object, "label": object, "crowd": bool, "ignore": bool})

    made = table([x for x, _ in found], "d")
    made["confidence"] = np.array([confidence for _, confidence in found], np.float64)
    return ["i"], table([100.0 * place for place in range(objects)], "g"), made


@pytest.mark.parametrize(
    ("found", "best"),
    [
        ([(0, 0.9), (100, 0.61803), (50, 0.6), (60, 0.5)], 0.61),
        ([(0, 0.9), (100, 0.618034), (50, 0.618011)], 0.61803),
        ([(0, 0.9), (100, 0.8)], 0.0),
        ([(50, 0.9)], 0.0),
        ([], 0.0),
        ([(0, 0.7), (50, 0.7), (60, 0.1)], 0.7),
        ([(0, 0.9), (100, float("nan")), (50, 0.2)], 0.9),
    ],
    ids=["two decimals", "as many as it takes", "all are right", "none is", "none at all", "a tie", "no confidence"],
)
def test_the_threshold_is_as_round_as_the_detections_allow(found: list[tuple[float, float]], best: float) -> None:
    assert best_f1_confidence(*_one_image(*found)) == best


def test_without_objects_everything_counts() -> None:
    assert best_f1_confidence(*_one_image((0, 0.9), (50, 0.2), objects=0)) == 0.0
