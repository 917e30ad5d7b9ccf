"""Make `scenes/`: a small detection set composed from test items, and what two versions of a real detector find in it.

Run: python sample_data/make_scenes.py [--fashion-mnist DIR]
"""

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import torch
from compose import DENSITIES, LEAST_VISIBLE, LIGHTS, SCENE_SIDE, Scenes, compose
from detector import Detector, detect, train
from fashion_mnist import CLASSES, DEBIAN_FOLDER, Split, read_split, write_json, write_safely
from PIL import Image
from torch import Tensor
from torchvision.ops import box_convert, box_iou

from explorer.data.records import Dataset
from explorer.evaluation.compare import compare
from explorer.evaluation.detection import evaluate_detection
from explorer.evaluation.outcomes import outcomes
from explorer.readers.coco import read

SEED = 20240501
FOLDER = Path(__file__).parents[1] / "scenes"
PER_CELL = 25
IOU, CONFIDENCE = 0.5, 0.3
Figures = dict[str, object]


class Recipe(NamedTuple):
    """What a version of the detector is trained on, and for how long."""

    lights: Sequence[str]
    densities: Sequence[str]
    scenes: int
    epochs: int


RECIPES = {
    "v1": Recipe(("bright", "normal"), ("sparse",), scenes=1500, epochs=10),
    "v2": Recipe(tuple(LIGHTS), tuple(DENSITIES), scenes=5000, epochs=14),
}


def main() -> None:
    """Compose and write the scenes, train both versions, run them, write and measure what they find."""
    folder = _parse_arguments()
    torch.set_num_threads(1)
    train_split, test_split = read_split(folder, "train"), read_split(folder, "t10k")
    scenes = balanced(test_split, tuple(LIGHTS), tuple(DENSITIES), PER_CELL * len(LIGHTS) * len(DENSITIES), SEED)
    write_scenes(scenes)
    made = {name: make_version(name, recipe, train_split, scenes) for name, recipe in RECIPES.items()}
    write_json(FOLDER / "metrics.json", measure(scenes, made))


def _parse_arguments() -> Path:
    parser = argparse.ArgumentParser(description="Make the detection sample in scenes/.")
    parser.add_argument("--fashion-mnist", type=Path, default=DEBIAN_FOLDER, metavar="DIR")
    folder: Path = parser.parse_args().fashion_mnist
    return folder


def balanced(split: Split, lights: Sequence[str], densities: Sequence[str], count: int, seed: int) -> Scenes:
    """Compose as many scenes of each light and density, in random order."""
    generator = torch.Generator().manual_seed(seed)
    pairs = torch.cartesian_prod(_positions(lights, LIGHTS), _positions(densities, DENSITIES)).reshape(-1, 2)
    order = torch.randperm(count, generator=generator) % len(pairs)
    return compose(split, pairs[order, 0], pairs[order, 1], generator)


def _positions(names: Sequence[str], known: Iterable[str]) -> Tensor:
    return torch.tensor([list(known).index(name) for name in names])


def write_scenes(scenes: Scenes) -> None:
    """Write the scenes as grayscale PNGs, and their ground truth in COCO's format."""
    images: list[Figures] = []
    annotations: list[Figures] = []
    for number, pixels in enumerate(scenes.pixels):
        png = BytesIO()
        Image.fromarray(pixels.numpy()).save(png, format="PNG", optimize=True)
        entry = image_entry(scenes, number)
        write_safely(FOLDER / str(entry["file_name"]), png.getvalue())
        images.append(entry)
        annotations.extend(object_entries(scenes, number, len(annotations) + 1))
    categories = [{"id": place, "name": name} for place, name in enumerate(CLASSES, start=1)]
    info = {"description": "Scenes composed from Fashion-MNIST's test split (MIT, 2017 Zalando SE)"}
    content = {"info": info, "images": images, "annotations": annotations, "categories": categories}
    _write_compact("instances.json", content)


def image_entry(scenes: Scenes, number: int) -> Figures:
    """One of COCO's images, with the facts by which the app can colour it."""
    return {
        "id": number,
        "file_name": f"images/{number:04}.png",
        "width": SCENE_SIDE,
        "height": SCENE_SIDE,
        "light": list(LIGHTS)[scenes.lights[number]],
        "density": list(DENSITIES)[scenes.densities[number]],
        "overlap": round(mean_overlap(scenes.boxes[number][scenes.kept[number]]), 4),
    }


def mean_overlap(boxes: Tensor) -> float:
    """Mean over the boxes [n, 4] of the largest IoU with another one, 0 where there is none."""
    if len(boxes) < 2:
        return 0.0
    corners = box_convert(boxes, "xywh", "xyxy")
    return float(box_iou(corners, corners).fill_diagonal_(0).amax(dim=1).mean())


def object_entries(scenes: Scenes, number: int, first_id: int) -> list[Figures]:
    """The ground truth of one scene; the area is that of an item's visible pixels, as of a mask in COCO."""
    return [
        {
            "id": identity,
            "image_id": number,
            "category_id": int(scenes.labels[number, k]) + 1,
            "bbox": scenes.boxes[number, k].tolist(),
            "area": int(scenes.visible[number, k]),
            "iscrowd": 0,
        }
        for identity, k in enumerate(scenes.kept[number].nonzero()[:, 0].tolist(), start=first_id)
    ]


def make_version(name: str, recipe: Recipe, split: Split, scenes: Scenes) -> Figures:
    """Train one version on scenes of its own, write what it finds, and say how it was made."""
    print(f"{name}: {recipe}", flush=True)
    started = time.perf_counter()
    seed = SEED + int(name.removeprefix("v"))
    model = train(balanced(split, recipe.lights, recipe.densities, recipe.scenes, seed), recipe.epochs, seed)
    seconds = time.perf_counter() - started
    write_detections(name, model, scenes)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {"trained_on": recipe._asdict(), "seed": seed, "seconds_to_train": round(seconds), "parameters": parameters}


def write_detections(name: str, model: Detector, scenes: Scenes) -> None:
    """Write COCO results."""
    results = [
        {
            "image_id": number,
            "category_id": int(label) + 1,
            "bbox": [round(side, 1) for side in box],
            "score": round(score, 4),
        }
        for number, found in enumerate(detect(model, scenes.pixels))
        for label, score, *box in found.tolist()
    ]
    _write_compact(f"detections_{name}.json", results)


def _write_compact(name: str, content: object) -> None:
    write_safely(FOLDER / name, (json.dumps(content, separators=(",", ":")) + "\n").encode())


def measure(scenes: Scenes, made: dict[str, Figures]) -> Figures:
    """Measure the files as the app reads them."""
    dataset = read(FOLDER / "instances.json", predictions=[(name, FOLDER / f"detections_{name}.json") for name in made])
    found = {
        name: outcomes(dataset.samples.index, dataset.ground_truth, table, iou=IOU, confidence=CONFIDENCE)
        for name, table in dataset.predictions.items()
    }
    return {
        "seed": SEED,
        "images": len(scenes.pixels),
        "objects": len(dataset.ground_truth),
        "items_hidden_too_much": int((scenes.present & ~scenes.kept).sum()),
        "least_visible": LEAST_VISIBLE,
        "models": {name: made[name] | measure_version(dataset, table) for name, table in dataset.predictions.items()},
        "at": {"iou": IOU, "confidence": CONFIDENCE},
        "counts": {name: each.counts for name, each in found.items()},
        "errors": {name: each.errors for name, each in found.items()},
        "from_v1_to_v2": compare(*(each.ground_truth["outcome"] for each in found.values())).counts,
    }


def measure_version(dataset: Dataset, detections: pd.DataFrame) -> Figures:
    """COCO's figures of one version, over all scenes and by light and density."""
    figures: Figures = {"detections": len(detections), **average_precision(dataset, detections, dataset.samples.index)}
    for fact, values in (("light", tuple(LIGHTS)), ("density", tuple(DENSITIES))):
        figures[f"by_{fact}"] = {
            value: average_precision(dataset, detections, dataset.samples.index[dataset.samples[fact] == value])
            for value in values
        }
    return figures


def average_precision(dataset: Dataset, detections: pd.DataFrame, samples: pd.Index) -> dict[str, float]:
    """AP, AP50, AP75 and AR100 on some of the samples."""
    there, found = (table[table["sample"].isin(samples)] for table in (dataset.ground_truth, detections))
    summary = evaluate_detection(samples, there, found).summary()
    return {name: round(summary[name], 4) for name in ("AP", "AP50", "AP75", "AR100")}


if __name__ == "__main__":
    main()
