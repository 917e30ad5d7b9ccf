"""What is to be looked at first, and what is said where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from explorer import build
from explorer.actions.analyze import KINDS, findings_of
from explorer.actions.analyzed import Analyzed, NotComputed, analyzed
from explorer.actions.inbox import inbox
from explorer.actions.segment_findings import KIND, compared
from explorer.data.columns import Table
from explorer.data.spaces import IMAGES, LABELS, predictions_of
from explorer.points.opened_build import View
from explorer.points.points import Points

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from explorer.data.findings import Finding
    from explorer.store.workspace import Workspace


def _judged(points: Points, outcome: str | NDArray[np.str_]) -> Points:
    """The same points with another outcome of v1."""
    return Points(points.space, Table(points.table.frame.assign(**{"v1.outcome": outcome})), points.at)


def _found(view: View, points: Points, model: str | None) -> tuple[Sequence[Finding], str]:
    """What segments claim of points, or why they claim nothing."""
    try:
        return KIND.found(Analyzed(view.workspace, view, points, model, 42)), ""
    except NotComputed as reason:
        return [], str(reason)


def test_a_region_that_fails_is_found_on_the_map(built: Workspace) -> None:
    """All apples are wrong, and nothing but the place on the map and the label tells them: they are listed once."""
    view = View(built)
    wrong = np.where(view.samples.frame["label"] == "apple", "wrong", "correct")
    found, nothing = _found(view, _judged(view.images, wrong), "v1")
    (one,) = found
    assert one.sentence == f"{one.title}: 0% correct of 20 (0% to 16%), elsewhere 100%."
    assert one.title in ("Region apple", "Label apple")
    assert one.score == pytest.approx(20 / 60)
    assert set(one.ids) == set(view.samples.frame.index[view.samples.frame["label"] == "apple"])
    assert nothing == ""


def test_where_no_part_is_worse_that_is_said(built: Workspace) -> None:
    view = View(built)
    found, nothing = _found(view, _judged(view.images, "correct"), "v1")
    assert found == []
    by = compared(view, view.images, "v1")
    assert by
    tried = sum(not one.too_few for one in by.segments)
    assert nothing == f"No part is clearly worse than the rest: {tried} of at least 20 images were compared."


def test_where_no_part_is_large_enough_that_is_said(boxes_built: Workspace) -> None:
    view = View(boxes_built)
    found, nothing = _found(view, view.images, "v1")
    assert found == []
    assert nothing == "No part has the 20 images that it takes to say whether it is worse than the rest."


def test_an_image_with_boxes_counts_by_the_objects_that_are_found(boxes_built: Workspace) -> None:
    """v1 misses two of the 29 objects that count; of the detections two are false alarms."""
    view = View(boxes_built)
    by = {name: compared(view, view.points(name), "v1") for name in (IMAGES, LABELS, predictions_of("v1"))}
    said = {str(name): one and (one.metric.name, one.judged.overall.n) for name, one in by.items()}
    frame = view.images.table.frame
    objects, detections = int(frame[["v1.tp", "v1.fn"]].sum().sum()), int(frame[["v1.tp", "v1.fp"]].sum().sum())
    assert said == {
        "image": ("found", objects),
        "label": ("found", objects),
        "prediction/v1": ("accuracy", detections),
    }


def test_two_rates_that_would_look_the_same_have_a_digit_more() -> None:
    from explorer.actions.segment_findings import ACCURACY, _told
    from explorer.stats.intervals import rate

    assert _told(rate(9900, 10000), rate(9960, 10000), ACCURACY) == (
        "99.0% correct of 10,000 (98.8% to 99.2%), elsewhere 99.6%"
    )


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Images without labels: one twice, and one far from all others."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "images").mkdir()
    chance = np.random.default_rng(0)
    for i in range(40):
        Image.fromarray(chance.integers(0, 255, (8, 8, 3), np.uint8)).save(folder / "images" / f"{i:02}.png")
    (folder / "images" / "01.png").write_bytes((folder / "images" / "00.png").read_bytes())
    vectors = np.eye(8)[np.zeros(40, np.int64)] + chance.normal(0, 0.2, (40, 8))
    vectors[1], vectors[7] = vectors[0], -np.eye(8)[0]
    files = [f"{i:02}.png" for i in range(40)]
    pd.DataFrame({"id": files, "vector": list(vectors)}).to_parquet(folder / "vectors.parquet")
    return build(folder / "images", folder / "ws", vectors=folder / "vectors.parquet")


def test_without_labels_outliers_come_first_then_copies(bare: Workspace) -> None:
    found = [one.finding for one in findings_of(bare, None, on_progress=lambda _: None)]
    outliers, copies = (one for one in found if one.kind != "next")
    assert found[:2] == [outliers, copies]
    assert outliers.sentence == "1 image lies far from everything else: outliers, or rare but valid kinds."
    assert outliers.ids == ("07.png",)
    assert copies.sentence == "2 images in 1 group of copies."
    assert copies.ids == ("00.png", "01.png")
    assert outliers.score >= copies.score > 0


def test_nothing_stands_out_among_images_that_are_all_alike_far(bare: Workspace, tmp_path: Path) -> None:
    vectors = np.linalg.qr(np.random.default_rng(1).normal(size=(40, 40)))[0]
    files = [f"{i:02}.png" for i in range(2, 40)]
    folder = bare.path.parent / "images"
    table = pd.DataFrame({"image": [str(folder / name) for name in files]})
    table.to_csv(tmp_path / "table.csv", index=False)
    np.save(tmp_path / "v.npy", vectors[:38])
    view = View(build(tmp_path / "table.csv", tmp_path / "ws", vectors=tmp_path / "v.npy"))
    now = inbox(analyzed(view), 60)
    assert [one.finding.kind for one in now.listed] == ["next"]
    assert set(now.missing) == {name for name, kind in KINDS.items() if not kind.quick}
    assert now.nothing == "Nothing stands out: no image is far from all others, and none is a copy of another."
