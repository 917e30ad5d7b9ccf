"""Small real workspaces that tests share: own vectors, a tiny CLIP, boxes, and the demo."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from explorer.data.subsets import Member

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from explorer.store.workspace import Workspace


@pytest.fixture(scope="session", autouse=True)
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A configuration folder of the tests' own, so that they leave the person's recent workspaces alone."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("configuration")
        patch.setenv("EDGECASE_CONFIG", str(folder))
        yield folder


COLOURS = {"apple": (200, 30, 30), "leaf": (30, 160, 40), "sky": (40, 80, 220)}
EACH = 20
"""Images per class."""

DRIFTED = 120
"""Images of which the later half is another one."""

SLOW = {"boxes_built", "built", "clip_built", "clip_folder", "demo", "drifted", "dusk_built"}
"""Fixtures that build a workspace or load CLIP."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need one of them, so that `just fast` leaves them out."""
    for item in items:
        if isinstance(item, pytest.Function) and SLOW.intersection(item.fixturenames):
            item.add_marker("slow")


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


DUSK = 100
"""Images at dusk, in front of as many by day."""


@pytest.fixture(scope="session")
def dusk_built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two hundred images of which v1 gets 41 of the hundred at dusk right, v2 63 (33 others, 11 no more), v3 all.

    By day all are right, but that v2 has no word for the last one. Of its subsets "dusk" is all at dusk, "few" five of
    them, "day" ten by day; the first two are of the category "light".
    """
    from explorer import build

    folder = tmp_path_factory.mktemp("dusk")
    order = np.arange(2 * DUSK)
    table = pd.DataFrame({"image": [f"{i:03}.png" for i in order], "label": np.where(order % 2, "car", "bus")})
    wrong = {"v1": (order >= 41) & (order < DUSK), "v2": (order < 11) | ((order >= 74) & (order < DUSK))}
    for model in ("v1", "v2", "v3"):
        table[f"{model}.prediction"] = table["label"].where(~wrong.get(model, order < 0), "lorry")
    table.loc[2 * DUSK - 1, "v2.prediction"] = None
    table["light"] = np.where(order < DUSK, "dusk", "day")
    chance = np.random.default_rng(5)
    for name in table["image"]:
        Image.fromarray(chance.integers(0, 255, (8, 8, 3), np.uint8)).save(folder / name)
    table.to_csv(folder / "table.csv", index=False)
    vectors = np.eye(2, 8)[order % 2] + chance.normal(0, 0.1, (len(order), 8))
    pd.DataFrame({"id": table["image"], "vector": list(vectors)}).to_parquet(folder / "vectors.parquet")
    workspace = build(folder / "table.csv", folder / "ws", vectors=folder / "vectors.parquet", name="Dusk")
    for name, category, rows in (
        ("dusk", "light", order[:DUSK]),
        ("few", "light", order[:5]),
        ("day", "", order[-10:]),
    ):
        members = [Member(workspace.ids[row], "lasso") for row in rows]
        workspace.decisions.create_subset(name, author="Ada", category=category, members=members)
    return workspace


@pytest.fixture
def dusk_workspace(dusk_built: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the workspace of images at dusk for one test."""
    return _copied(dusk_built, tmp_path)


@pytest.fixture(scope="session")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A split of chance, and a camera that was changed after the first two of four months: other vectors, warmer."""
    from explorer import build

    folder = tmp_path_factory.mktemp("drifted")
    chance = np.random.default_rng(5)
    order = np.arange(DRIFTED)
    late = order >= DRIFTED // 2
    table = pd.DataFrame({"image": [f"{i:03}.png" for i in order]})
    table["split"] = chance.permutation(np.where(order % 2, "train", "val"))
    table["taken"] = [f"2024-0{1 + i // 30}-{1 + i % 28:02}" for i in order]
    table["warmth"] = chance.normal(20, 1, DRIFTED) + 5 * late
    for name in table["image"]:
        Image.fromarray(chance.integers(0, 255, (8, 8, 3), np.uint8)).save(folder / name)
    vectors = chance.normal(0, 1, (DRIFTED, 8)) + 3 * late[:, None] * (np.arange(8) == 0) + 1
    table.to_csv(folder / "table.csv", index=False)
    pd.DataFrame({"id": table["image"], "vector": list(vectors)}).to_parquet(folder / "vectors.parquet")
    return build(folder / "table.csv", folder / "ws", vectors=folder / "vectors.parquet")


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


class BoxSource(NamedTuple):
    """A detection dataset as a person would bring it.

    Attributes:
        truth: COCO ground truth, beside its images `00.png` to `11.png`, 96 x 64 pixels. Each shows a cell of
            32 x 32 and a dot of 24 x 24, every other one a second cell of 16 x 16, the last one a dot without area.
            Annotation ids count from 1, so `gt:1`, `gt:2` and `gt:3` lie in `00.png`, `gt:4` and `gt:5` in `01.png`.
        v1: COCO results, all right but in `00.png` (the cell found twice, the dot badly placed, the second cell
            missed) and in `01.png` (a dot where nothing is).
        v2: COCO results, all right but in `01.png` (the dot called a cell) and in `02.png` (the second cell missed).
    """

    truth: Path
    v1: Path
    v2: Path

    @property
    def predictions(self) -> dict[str, Path]:
        """The results by model."""
        return {"v1": self.v1, "v2": self.v2}


CELL, DOT = 1, 2
_FULL = {CELL: [4, 4, 32, 32], DOT: [56, 20, 24, 24]}


@pytest.fixture(scope="session")
def box_source(tmp_path_factory: pytest.TempPathFactory) -> BoxSource:
    """Twelve images with 31 boxes, one of them without area, one entry that cannot be used, and two models."""
    folder = tmp_path_factory.mktemp("boxes")
    annotations = _annotations()
    images = [
        {"id": i + 1, "file_name": f"{i:02}.png", "width": 96, "height": 64, "light": "day" if i % 3 else "night"}
        for i in range(12)
    ]
    for image in images:
        _paint(folder / str(image["file_name"]), [a for a in annotations if a["image_id"] == image["id"]])
    truth = {
        "images": images,
        "annotations": [*annotations, {**annotations[0], "id": 99, "bbox": [1, 1, -5, 5]}],
        "categories": [{"id": CELL, "name": "cell"}, {"id": DOT, "name": "dot"}],
    }
    found = [
        {"image_id": a["image_id"], "category_id": a["category_id"], "bbox": a["bbox"], "score": 0.9}
        for a in annotations
        if a["bbox"][2]
    ]
    v1 = [
        *found[:1],
        {**found[0], "bbox": [6, 4, 32, 32], "score": 0.8},
        {**found[1], "bbox": [68, 20, 24, 24]},
        *found[3:],
        {"image_id": 2, "category_id": DOT, "bbox": [40, 48, 12, 12], "score": 0.4},
    ]
    v2 = [*found[:4], {**found[4], "category_id": CELL}, *found[5:7], *found[8:]]
    files = {"instances.json": truth, "v1.json": v1, "v2.json": v2}
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return BoxSource(*(folder / name for name in files))


def _annotations() -> list[dict[str, Any]]:
    boxes: list[tuple[int, int, list[int]]] = []
    for image in range(1, 13):
        boxes += [(image, kind, box) for kind, box in _FULL.items()]
        boxes += [(image, CELL, [20, 44, 16, 16])] * (image % 2)
    boxes.append((12, DOT, [10, 10, 0, 8]))
    return [
        {"id": i + 1, "image_id": image, "category_id": kind, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for i, (image, kind, box) in enumerate(boxes)
    ]


def _paint(file: Path, boxes: list[dict[str, Any]]) -> None:
    """Noise with a red patch for a cell and a blue one for a dot; no two images or crops are alike."""
    pixels = np.random.default_rng(int(file.stem)).integers(60, 120, (64, 96, 3))
    for one in boxes:
        x, y, width, height = one["bbox"]
        pixels[y : y + height, x : x + width, 0 if one["category_id"] == CELL else 2] += 120
    Image.fromarray(pixels.astype(np.uint8)).save(file)


@pytest.fixture(scope="session")
def boxes_built(box_source: BoxSource, clip_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The boxes embedded by the tiny CLIP, built once; read it, and copy it (`boxes_workspace`) to write."""
    from explorer import build

    folder = tmp_path_factory.mktemp("boxes-built") / "ws"
    return build(
        box_source.truth, folder, predictions=box_source.predictions, pretrained=str(clip_folder), name="Boxes"
    )


@pytest.fixture
def boxes_workspace(boxes_built: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the workspace of boxes for one test."""
    return _copied(boxes_built, tmp_path)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """What `edgecase demo` builds, built once; read only."""
    from explorer.actions.demo import build_demo

    return build_demo(tmp_path_factory.mktemp("demo") / "ws")


def _copied(workspace: Workspace, folder: Path) -> Workspace:
    from explorer import open_workspace

    return open_workspace(shutil.copytree(workspace.path, folder / "ws"))


def derived_files(workspace: Workspace) -> dict[str, str]:
    """The files that a build derived with the hash of their bytes; what is made when first asked for is left out."""
    folder = workspace.path / "derived"
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and ".faiss" not in file.name)
    built = (file for file in files if not file.relative_to(folder).parts[0].startswith("analysis-"))
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in built}
