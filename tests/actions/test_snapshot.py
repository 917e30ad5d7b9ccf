"""A snapshot holds the map, the subsets and their pictures, says what it leaves out, and tells nobody's folders."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import explorer
from explorer.actions import snapshot as module
from explorer.actions.evaluate import best_confidence
from explorer.actions.snapshot import snapshot, snapshot_page
from explorer.cli import main
from explorer.data.outcomes import OUTCOMES
from explorer.data.spaces import IMAGES
from explorer.data.thresholds import Thresholds
from explorer.errors import ExportError, SubsetError
from explorer.exporters.snapshot import Numbers, one_file
from explorer.points.image_table import counts_at
from explorer.points.opened_build import View
from explorer.store.decisions.subsets import Member

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Progress
    from explorer.store.workspace import Workspace

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&amp;"


def _subset(workspace: Workspace, name: str, ids: tuple[str, ...], **about: Any) -> None:
    workspace.decisions.create_subset(name, author="Ada", members=[Member(each, "lasso") for each in ids], **about)


def _data(html: bytes) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html.decode(), re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def _rows(part: dict[str, Any]) -> list[int]:
    rows: list[int] = np.frombuffer(base64.b64decode(part["rows"]), "<u4").tolist()
    return rows


def test_every_point_has_its_place_id_and_values(workspace: Workspace) -> None:
    data = _data(one_file(snapshot_page(workspace)))
    place = {each: row for row, each in enumerate(data["ids"])}
    assert sorted(data["ids"]) == sorted(workspace.ids)
    grid = np.frombuffer(base64.b64decode(data["xy"]), "<u2").reshape(-1, 2)
    drawn = np.asarray(data["low"]) + grid * data["step"]
    order = [place[each] for each in workspace.ids]
    np.testing.assert_allclose(drawn[order], workspace.layout("image").xy, atol=data["step"])
    columns = {column["title"]: column for column in data["columns"]}
    label = columns["Label"]
    codes = np.frombuffer(base64.b64decode(label["codes"]), "<u2")
    assert [label["values"][code] for code in codes[order]] == workspace.samples["label"].tolist()
    weight = np.frombuffer(base64.b64decode(columns["weight"]["values"]), "<f4")
    np.testing.assert_allclose(weight[order], workspace.samples["weight"].to_numpy(), rtol=1e-6)
    assert {"Error of v1", "Error of v2"} <= columns.keys()


def test_subsets_have_their_members_and_pictures(workspace: Workspace) -> None:
    _subset(workspace, "reds", workspace.ids[:5], colour="#d95f02", note="dark")
    _subset(workspace, "blues", workspace.ids[40:43])
    data = _data(one_file(snapshot_page(workspace, ["reds"])))
    (reds,) = data["subsets"]
    assert (reds["name"], reds["colour"], reds["about"]) == ("reds", "#d95f02", "dark · 5 members")
    assert {data["ids"][row] for row in _rows(reds)} == set(workspace.ids[:5])
    assert [data["ids"][data["pictures"][place][0]] for place in reds["pictures"]] == list(workspace.ids[:5])
    assert [part["name"] for part in _data(one_file(snapshot_page(workspace)))["subsets"]] == ["blues", "reds"]
    with pytest.raises(SubsetError, match="greens"):
        snapshot_page(workspace, ["greens"])


def test_boxes_are_shown_as_crops_on_their_images(boxes_workspace: Workspace) -> None:
    boxes = boxes_workspace.sample_ids(boxes_workspace.space_name("label"))
    _subset(boxes_workspace, "cells", tuple(boxes.index[:3]))
    page = snapshot_page(boxes_workspace)
    (cells,) = page.subsets
    assert len(cells.pictures) == 3
    assert {page.ids[page.pictures[place].row] for place in cells.pictures} == set(boxes.iloc[:3])
    assert {page.ids[row] for row in cells.rows.tolist()} == set(boxes.iloc[:3])


def test_what_does_not_fit_is_said_and_members_come_first(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _subset(workspace, "reds", workspace.ids[:5])
    monkeypatch.setattr(module, "MOST_POINTS", 20)
    monkeypatch.setattr(module, "SAMPLE", 4)
    page = snapshot_page(workspace)
    assert len(page.ids) == 20
    assert set(workspace.ids[:5]) <= set(page.ids)
    assert len(page.subsets[0].pictures) == 5
    assert page.said[0] == "Drawn are 20 of 60 images: the members of the subsets and a random sample."
    assert "the other points have none" in page.said[1]
    again = snapshot_page(workspace)
    assert again.ids == page.ids


def test_a_picture_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(20):
        pixels = np.random.default_rng(number).integers(0, 255, (8, 8, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(0, 1, (20, 8)))
    built = explorer.build(folder, tmp_path / "own", vectors=tmp_path / "v.npy")
    (folder / "03.png").unlink()
    page = snapshot_page(built)
    assert len(page.pictures) == 19
    assert "1 image files could not be read." in page.said


def test_times_colour_it_from_day_to_day(tmp_path: Path) -> None:
    for number in range(6):
        Image.new("RGB", (8, 8), (40 * number, 90, 120)).save(tmp_path / f"{number}.png")
    days = ["2024-05-01", "2024-05-02", "", "2024-05-20", "2024-06-01", "2024-06-30"]
    table = pd.DataFrame({"image": [f"{number}.png" for number in range(6)], "taken": days})
    table.to_csv(tmp_path / "table.csv", index=False)
    np.save(tmp_path / "vectors.npy", np.eye(6, dtype=np.float32))
    built = explorer.build(tmp_path / "table.csv", tmp_path / "ws", vectors=tmp_path / "vectors.npy")
    data = _data(one_file(snapshot_page(built)))
    (taken,) = [one for one in data["columns"] if one["title"] == "taken"]
    assert taken["ends"] == ["2024-05-01", "2024-06-28"], "of the middle 98%"
    values = np.frombuffer(base64.b64decode(taken["values"]), "<f4")
    order = [data["ids"].index(each) for each in built.ids]
    assert (values[order] / 86_400).round(2).tolist()[1] == pytest.approx(0.96)
    assert np.isnan(values[order][2])


def test_no_folder_of_this_machine_and_no_markup_of_the_data_is_in_it(tmp_path: Path) -> None:
    """Neither in ids, which are paths here, nor in names, notes and metadata."""
    folder = tmp_path / "secret place"
    folder.mkdir()
    rows = []
    for number in range(20):
        pixels = np.random.default_rng(number).integers(0, 255, (8, 8, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
        about = {"label": EVIL if number % 2 else "b", "note": f"from {tmp_path}/other/{number % 3}.txt"}
        rows.append({"image": str(folder / f"{number:02}.png"), **about})
    pd.DataFrame(rows).to_csv(tmp_path / "table.csv", index=False)
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(0, 1, (20, 8)))
    built = explorer.build(tmp_path / "table.csv", tmp_path / "ws", vectors=tmp_path / "v.npy", name=EVIL)
    _subset(built, EVIL, built.ids[:3], note=f"see {tmp_path}/notes.txt", category=EVIL)
    snapshot(built, tmp_path / "page.html")
    snapshot(built, tmp_path / "page")
    for file in (tmp_path / "page.html", tmp_path / "page" / "index.html", tmp_path / "page" / "data.js"):
        text = file.read_text("utf-8")
        assert str(tmp_path) not in text
        assert "secret place" not in text
        assert "<img" not in text
        assert "<script>alert" not in text
    data = _data((tmp_path / "page.html").read_bytes())
    assert EVIL in next(column for column in data["columns"] if column["title"] == "Label")["values"]
    assert data["subsets"][0]["name"] == EVIL


def test_it_replaces_only_another_snapshot(workspace: Workspace, tmp_path: Path) -> None:
    file, folder = tmp_path / "page.html", tmp_path / "page"
    snapshot(workspace, file)
    snapshot(workspace, file)
    file.write_text("<html>mine</html>")
    made: list[Progress] = []
    with pytest.raises(ExportError, match="is no snapshot"):
        snapshot(workspace, file, on_progress=made.append)
    snapshot(workspace, folder)
    with pytest.raises(ExportError, match="new or empty folder"):
        snapshot(workspace, folder, on_progress=made.append)
    assert made == [], "it is refused before its pictures are made"
    assert file.read_text() == "<html>mine</html>"


def test_the_command_says_what_it_wrote(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _subset(workspace, "reds", workspace.ids[:5])
    assert main(["snapshot", str(workspace.path), "-o", str(tmp_path / "page.html"), "--subset", "reds", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    size = (tmp_path / "page.html").stat().st_size
    assert told == {"path": str(tmp_path / "page.html"), "bytes": size, "points": 60, "pictures": 60, "said": []}
    assert main(["snapshot", str(workspace.path), "--out", str(tmp_path / "page")]) == 0
    assert "60 points and 60 pictures" in capsys.readouterr().out
    assert sorted(file.name for file in (tmp_path / "page").iterdir()) == ["data.js", "index.html", "pictures"]


def test_detections_count_from_where_each_model_is_best_as_in_the_app(boxes_workspace: Workspace) -> None:
    """And the page says from where."""
    view, page = View(boxes_workspace), snapshot_page(boxes_workspace)
    place = {each: row for row, each in enumerate(page.ids)}
    order = [place[each] for each in boxes_workspace.ids]
    columns = {column.title: column for column in page.columns}
    for model in ("v1", "v2"):
        confidence = best_confidence(boxes_workspace, model)
        counts = view.points(IMAGES, Thresholds(confidence=confidence)).table.frame[f"{model}.fp"]
        shown = columns[f"{OUTCOMES['fp'].several} of {model}"]
        assert isinstance(shown, Numbers)
        np.testing.assert_array_equal(shown.values[order], counts)
        assert f"{model} from {confidence:.2f}" in page.said[0]
    best = Thresholds(confidence=best_confidence(boxes_workspace, "v1"))
    every, counted = (counts_at(boxes_workspace, at)["v1.fp"].sum() for at in (Thresholds(), best))
    assert every > counted, "else every confidence counts the same"
