"""What is said of copies in real workspaces."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from explorer import build
from explorer.actions.analyze import analyze

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explorer.store.workspace import Workspace

    Copied = Callable[..., Workspace]

ANGLES = {
    "a.png": 0,
    "a again.bmp": 0,  # the same pixels as a.png
    "b.png": 20,
    "b near.png": 20,  # other pixels
    "c.png": 40,
    "c byte for byte.png": 40,
    "d.png": 60,
    "d almost.png": 69,
    **{f"{i}.png": 80 + 20 * i for i in range(9)},
}
LABELS = {"c.png": "car", "c byte for byte.png": "bus"}
SPLITS = {"b.png": "train"}


@pytest.fixture
def copied(tmp_path: Path) -> Copied:
    """Build a workspace of images whose vectors lie on a circle, at `ANGLES`."""

    def made() -> Workspace:
        chance = np.random.default_rng(1)
        for name in ANGLES:
            Image.fromarray(chance.integers(0, 255, (8, 8, 3), np.uint8)).save(tmp_path / name)
        Image.open(tmp_path / "a.png").save(tmp_path / "a again.bmp")
        (tmp_path / "c byte for byte.png").write_bytes((tmp_path / "c.png").read_bytes())
        table = pd.DataFrame({"image": list(ANGLES)})
        table["label"] = [LABELS.get(name, "car") for name in ANGLES]
        table["split"] = [SPLITS.get(name, "test") for name in ANGLES]
        table.to_csv(tmp_path / "table.csv", index=False)
        angles = np.deg2rad([*ANGLES.values()])
        vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        pd.DataFrame({"id": table["image"], "vector": list(vectors)}).to_parquet(tmp_path / "vectors.parquet")
        return build(tmp_path / "table.csv", tmp_path / "ws", vectors=tmp_path / "vectors.parquet")

    return made


def _groups(workspace: Workspace, threshold: float | None = None) -> list[tuple[list[str], str]]:
    rows = analyze(workspace, ["duplicates"], duplicate_threshold=threshold)["duplicates"]
    return [(row["ids"], row["kind"]) for row in rows]


def test_exact_is_of_the_same_pixels_and_conflicts_come_first_then_leaks(copied: Copied) -> None:
    rows = analyze(copied(), ["duplicates"])["duplicates"]
    assert [(row["ids"], row["kind"], row["conflict"], row["splits"]) for row in rows] == [
        (["c.png", "c byte for byte.png"], "exact", True, ["test"]),
        (["b.png", "b near.png"], "near", False, ["test", "train"]),
        (["a.png", "a again.bmp"], "exact", False, ["test"]),
    ]


def test_a_lower_threshold_finds_more_and_each_is_kept_for_itself(copied: Copied) -> None:
    workspace = copied()
    first, lower = _groups(workspace), _groups(workspace, np.cos(np.deg2rad(9.5)))
    assert lower == [*first, (["d.png", "d almost.png"], "near")]
    assert (_groups(workspace), _groups(workspace, np.cos(np.deg2rad(9.5)))) == (first, lower)


def test_pixels_are_decoded_once_for_a_build(copied: Copied, tmp_path: Path) -> None:
    """The files are gone when another threshold is asked for."""
    workspace = copied()
    first = _groups(workspace)
    for name in ANGLES:
        (tmp_path / name).unlink()
    assert _groups(workspace, 0.99999) == first


def test_an_image_that_cannot_be_read_is_the_same_as_its_own_file_alone(copied: Copied, tmp_path: Path) -> None:
    workspace = copied()
    os.truncate(tmp_path / "a again.bmp", 20)
    os.truncate(tmp_path / "c.png", 20)
    assert _groups(workspace)[0] == (["c.png", "c byte for byte.png"], "exact"), "as the build saw its bytes"
    assert (["a.png", "a again.bmp"], "near") in _groups(workspace)
