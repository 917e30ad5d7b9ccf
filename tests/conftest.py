"""Small real workspaces that tests share: own vectors, a tiny CLIP, and the demo."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace

COLOURS = {"apple": (200, 30, 30), "leaf": (30, 160, 40), "sky": (40, 80, 220)}
EACH = 20
"""Images per class."""


class Source(NamedTuple):
    """What a person would bring.

    Attributes:
        table: CSV with image, label, split, predictions of `v1` and `v2`, and metadata.
        vectors: Parquet with an id column and a list column.
        images: the folder that the table's paths start from, one folder per class.
    """

    table: Path
    vectors: Path
    images: Path


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """Sixty images of three classes that anyone can tell apart, their table, and vectors that say the same."""
    folder = tmp_path_factory.mktemp("source")
    chance = np.random.default_rng(7)
    rows = []
    for label, colour in COLOURS.items():
        (folder / label).mkdir()
        for number in range(EACH):
            pixels = np.clip(np.array(colour) + chance.normal(0, 25, (32, 32, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{number:02}.png")
            rows.append({"image": f"{label}/{number:02}.png", "label": label})
    table = _with_predictions(pd.DataFrame(rows), chance)
    table.to_csv(folder / "table.csv", index=False)
    centre = np.repeat(np.eye(3, 8), EACH, axis=0)
    vectors = pd.DataFrame({"id": table["image"], "vector": list(centre + chance.normal(0, 0.1, centre.shape))})
    vectors.to_parquet(folder / "vectors.parquet")
    return Source(folder / "table.csv", folder / "vectors.parquet", folder)


def _with_predictions(table: pd.DataFrame, chance: np.random.Generator) -> pd.DataFrame:
    """Add a split, metadata, and two models: `v1` calls every tenth apple sky, `v2` every twentieth."""
    order = np.arange(len(table))
    for model, every in (("v1", 10), ("v2", 20)):
        wrong = (table["label"] == "apple") & (order % every == 0)
        table[f"{model}.prediction"] = table["label"].where(~wrong, "sky")
        table[f"{model}.confidence"] = chance.uniform(0.5, 1, len(table)).round(3)
    table["split"] = np.where(order % 4, "train", "test")
    table["camera"] = np.where(order % 3, "left", "right")
    table["weight"] = chance.normal(10, 2, len(table)).round(2)
    return table


@pytest.fixture(scope="session")
def built(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The source with its own vectors, built once; read it, and copy it (`workspace`) to write."""
    from explorer import build

    return build(source.table, tmp_path_factory.mktemp("built") / "ws", vectors=source.vectors, name="Fruit")


@pytest.fixture
def workspace(built: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the built workspace for one test."""
    return _copied(built, tmp_path)


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real CLIP of two small towers with seeded random weights, in the form open_clip loads from a folder."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    tower = {"layers": 1, "width": 32}
    model = {
        "embed_dim": 16,
        "vision_cfg": {**tower, "image_size": 32, "patch_size": 8, "head_width": 16},
        "text_cfg": {**tower, "context_length": 77, "vocab_size": 49408, "heads": 2},
    }
    folder = tmp_path_factory.mktemp("clip") / "tiny"
    folder.mkdir()
    preprocess = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}
    config = {"model_cfg": model, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        weights = open_clip.model.CLIP(**model).state_dict()
    save_file({name: value.contiguous() for name, value in weights.items()}, folder / "open_clip_model.safetensors")
    return folder


@pytest.fixture(scope="session")
def clip_built(source: Source, clip_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The source embedded by the tiny CLIP, built once; read it, and copy it (`clip_workspace`) to write."""
    from explorer import build

    return build(source.table, tmp_path_factory.mktemp("clip-built") / "ws", pretrained=str(clip_folder))


@pytest.fixture
def clip_workspace(clip_built: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the workspace of the tiny CLIP for one test."""
    return _copied(clip_built, tmp_path)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """What `edgecase demo` builds, built once; read only."""
    from explorer.demo import build_demo

    return build_demo(tmp_path_factory.mktemp("demo") / "ws")


def _copied(workspace: Workspace, folder: Path) -> Workspace:
    from explorer import open_workspace

    return open_workspace(shutil.copytree(workspace.path, folder / "ws"))
