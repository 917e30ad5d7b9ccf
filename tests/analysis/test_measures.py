"""What a model is worth on some of its points is what scikit-learn and pycocotools say of these points alone."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn.metrics import f1_score

from explorer.analysis.measures import AveragePrecision, MacroF1, Ratio, average_precision, figure
from explorer.data.boxes import BOX
from explorer.stats.bootstrap import resampling

if TYPE_CHECKING:
    from explorer.data.records import Int64

IMAGES = 40


def _labels(n: int = 600, classes: int = 6) -> tuple[Int64, Int64]:
    chance = np.random.default_rng(5)
    label = chance.choice(classes, n, p=[0.4, 0.3, 0.15, 0.1, 0.04, 0.01])
    return label, np.where(chance.random(n) < 0.75, label, chance.choice(classes, n))


def _macro(label: Int64, predicted: Int64) -> MacroF1:
    n = len(label)
    return MacroF1(label, predicted, 6, units=np.ones(n, np.int64), images=np.arange(n))


def test_macro_f1_is_scikit_learns_on_the_rows_asked_for() -> None:
    label, predicted = _labels()
    for rows in (np.arange(600), np.arange(0, 600, 3), np.flatnonzero(label < 2)):
        oracle = f1_score(label[rows], predicted[rows], average="macro")
        assert _macro(label, predicted).value(rows) == pytest.approx(oracle, abs=1e-12)


def test_every_replica_of_macro_f1_is_scikit_learns_on_the_rows_drawn() -> None:
    label, predicted = _labels()
    drawn = resampling(np.arange(600) // 4, replicas=20)
    replicas = _macro(label, predicted).replicas(np.arange(600), drawn)
    for weights, replica in zip(drawn.drawn, replicas, strict=True):
        rows = np.repeat(np.arange(600), weights[drawn.pool].astype(int))
        assert replica == pytest.approx(f1_score(label[rows], predicted[rows], average="macro"), abs=1e-6)


def test_what_is_not_judged_does_not_count() -> None:
    label, predicted = _labels()
    units = np.ones(600, np.int64)
    units[::2] = 0
    half = MacroF1(label, predicted, 6, units=units, images=np.arange(600))
    oracle = f1_score(label[1::2], predicted[1::2], average="macro")
    found, _ = figure(half, np.arange(600), resampling(np.arange(600)))
    assert found.value == pytest.approx(oracle)
    assert found.n == 300
    assert found.low < oracle < found.high


def test_errors_per_image_are_less_the_better_and_may_be_more_than_one() -> None:
    errors = np.random.default_rng(1).poisson(2.5, 200).astype(float)
    one = np.ones(200, np.int64)
    measure = Ratio(errors, one.astype(float), units=one, images=np.arange(200), sign=-1, bounded=False)
    found, replicas = figure(measure, np.arange(200), resampling(np.arange(200)))
    assert found.value == errors.mean()
    assert replicas.std() == pytest.approx(errors.std() / np.sqrt(200), rel=0.08)
    assert found.low == pytest.approx(found.value - 1.96 * errors.std() / np.sqrt(200), abs=0.05)


def _anywhere(image: int, chance: np.random.Generator) -> tuple[Any, ...]:
    return (f"{image:03}", f"c{chance.integers(3)}", *chance.uniform(20, 90, 4), float(chance.random()))


def _scenes(seed: int) -> tuple[pd.Index, pd.DataFrame, pd.DataFrame]:
    """Forty images with up to six objects of three classes, and detections near most of them, some elsewhere."""
    chance = np.random.default_rng(seed)
    truth, made = [], []
    for image in range(IMAGES):
        for _ in range(chance.integers(0, 7)):
            box = [*chance.uniform(0, 200, 2), *chance.uniform(20, 80, 2)]
            label = f"c{chance.integers(3)}"
            crowd = chance.random() < 0.05
            truth.append((f"{image:03}", label, *box, box[2] * box[3], crowd))
            if chance.random() < 0.85:
                moved = np.array(box) + chance.normal(0, 4, 4)
                made.append((f"{image:03}", label, *moved, round(float(chance.random()), 1)))
        made += [_anywhere(image, chance) for _ in range(chance.integers(0, 3))]
    there = pd.DataFrame(truth, columns=["sample", "label", *BOX, "area", "crowd"]).assign(ignore=False)
    return (
        pd.Index([f"{i:03}" for i in range(IMAGES)]),
        there,
        pd.DataFrame(made, columns=["sample", "label", *BOX, "confidence"]),
    )


def _entry(image: int, one: dict[Any, Any]) -> dict[str, Any]:
    return {"image_id": image, "category_id": int(one["label"][1:]) + 1, "bbox": [one[side] for side in BOX]}


def _coco(truth: pd.DataFrame, made: pd.DataFrame, images: list[str]) -> float:
    """Pycocotools' AP of some images; one that is listed again is another image."""
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for number, name in enumerate(images, 1):
        for one in truth[truth["sample"] == name].to_dict("records"):
            entry = {"id": len(annotations) + 1, "area": one["area"], "iscrowd": int(one["crowd"])}
            annotations.append(entry | _entry(number, one))
        for one in made[made["sample"] == name].to_dict("records"):
            results.append(_entry(number, one) | {"score": one["confidence"]})  # noqa: PERF401 - as above
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        categories = [{"id": k, "name": f"c{k - 1}"} for k in (1, 2, 3)]
        listed = [{"id": number} for number in range(1, len(images) + 1)]
        coco.dataset = {"images": listed, "categories": categories, "annotations": annotations}
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0])


def _average_precision(seed: int) -> tuple[AveragePrecision, pd.DataFrame, pd.DataFrame]:
    ids, truth, made = _scenes(seed)
    return average_precision(np.arange(IMAGES), IMAGES, ids, truth, made), truth, made


@pytest.mark.parametrize("seed", range(3))
def test_average_precision_is_pycocotools_on_the_images_asked_for(seed: int) -> None:
    measure, truth, made = _average_precision(seed)
    for rows in (np.arange(IMAGES), np.arange(0, IMAGES, 2), np.arange(7)):
        oracle = _coco(truth, made, [f"{row:03}" for row in rows])
        assert measure.value(rows) == pytest.approx(oracle, abs=1e-9)


def test_replicas_of_average_precision_are_pycocotools_on_the_images_drawn() -> None:
    """But for equal confidences, of which an image that is drawn twice has more."""
    measure, truth, made = _average_precision(7)
    made["confidence"] = np.random.default_rng(3).random(len(made))
    measure = average_precision(np.arange(IMAGES), IMAGES, pd.Index([f"{i:03}" for i in range(IMAGES)]), truth, made)
    drawn = resampling(np.arange(IMAGES), replicas=25)
    rows = np.arange(0, IMAGES, 2)
    replicas = measure.replicas(rows, drawn)
    assert len(replicas) == 5
    for weights, replica in zip(drawn.drawn[::5], replicas, strict=True):
        names = [f"{row:03}" for row in rows for _ in range(int(weights[drawn.pool[row]]))]
        assert replica == pytest.approx(_coco(truth, made, names), abs=2e-3)


def test_where_there_is_no_object_there_is_no_average_precision() -> None:
    ids, truth, made = _scenes(1)
    measure = average_precision(np.arange(IMAGES), IMAGES, ids, truth.iloc[:0], made)
    found, _ = figure(measure, np.arange(IMAGES), resampling(np.arange(IMAGES)))
    assert np.isnan([found.value, found.low, found.high]).all()
