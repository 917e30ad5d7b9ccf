"""Images that arrive in a folder: taken once, when they are whole, and told with what they are like."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from PIL import Image

import explorer
from explorer.actions.watch import Watch
from explorer.data.subsets import Member
from explorer.errors import ModelError, SourceError
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import BoxSource, Source

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where images arrive."""
    place = tmp_path / "camera"
    place.mkdir()
    return place


@pytest.fixture
def tagged(clip_workspace: Workspace) -> Workspace:
    """The workspace with the apples as an edge case."""
    members = [Member(each, "lasso") for each in clip_workspace.ids if each.startswith("apple")]
    clip_workspace.decisions.create_subset("apples", author="Ada", members=members)
    return clip_workspace


def _arrive(source: Source, name: str, place: Path) -> None:
    """Another image of the same kind: mirrored, so that it is no copy."""
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.open(source.images / name).transpose(Image.Transpose.ROTATE_90).save(place)


def test_what_is_there_twice_the_same_is_taken_once(tagged: Workspace, source: Source, folder: Path) -> None:
    events: list[Any] = []
    watch = Watch(tagged, folder, events.append, false_alarm=0.2)
    _arrive(source, "apple/00.png", folder / "a" / "one.png")
    shutil.copy(source.images / "sky" / "00.png", folder / "two.png")
    assert watch.look() == 0, "it may still be written"
    assert watch.look() == 2
    assert watch.look() == 0
    one, two = sorted(events, key=lambda event: str(event["id"]))
    assert [one["event"], one["id"], two["id"]] == ["taken", "camera/a/one.png", "camera/two.png"]
    assert one["filepath"] == str(folder / "a" / "one.png")
    assert (one["nearest"]["name"], one["unmatched"]) == ("apples", not one["matches"])
    assert one["nearest"]["similarity"] > two["nearest"]["similarity"]
    assert two["copy_of"] == "sky/00.png"
    assert json.loads(json.dumps(events)) == events
    (batch,) = Workspace(tagged.path).manifest.batches
    assert (batch["source"], batch["images"], batch["name"]) == (str(folder), 2, one["batch"])


def test_a_restart_takes_nothing_twice_even_where_it_was_killed_before_it_noted_that(
    tagged: Workspace, source: Source, folder: Path
) -> None:
    _arrive(source, "apple/01.png", folder / "one.png")
    assert Watch(tagged, folder, lambda _: None).once(0.01) == 1
    events: list[Any] = []
    assert Watch(explorer.open_workspace(tagged.path), folder, events.append, false_alarm=0.2).once(0.01) == 0
    shutil.rmtree(tagged.paths.watched)
    assert Watch(explorer.open_workspace(tagged.path), folder, events.append, false_alarm=0.2).once(0.01) == 0
    assert events == []
    _arrive(source, "leaf/01.png", folder / "one.png")
    assert Watch(explorer.open_workspace(tagged.path), folder, events.append, false_alarm=0.2).once(0.01) == 0
    (event,) = events
    assert (event["event"], event["reason"][:14]) == ("left_out", "it has changed")


def test_another_folder_of_the_same_name_has_images_of_its_own(
    tagged: Workspace, source: Source, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "camera"
    _arrive(source, "apple/01.png", folder / "one.png")
    _arrive(source, "leaf/01.png", other / "one.png")
    events: list[Any] = []
    for each in (folder, other):
        assert Watch(tagged, each, events.append, false_alarm=0.2).once(0.01) == 1
    assert [event["id"] for event in events] == ["camera/one.png", "camera (2)/one.png"]
    shutil.rmtree(tagged.paths.watched)
    for each in (folder, other):
        assert Watch(explorer.open_workspace(tagged.path), each, events.append).once(0.01) == 0
    assert len(events) == 2, "each is known again"


def test_a_half_written_image_waits_until_it_is_whole(tagged: Workspace, source: Source, folder: Path) -> None:
    content = (source.images / "leaf" / "02.png").read_bytes()
    file = folder / "half.png"
    file.write_bytes(content[: len(content) // 2])
    events: list[Any] = []
    watch = Watch(tagged, folder, events.append, false_alarm=0.2)
    assert [watch.look() for _ in range(3)] == [0, 0, 0]
    assert events == []
    file.write_bytes(content)
    assert [watch.look() for _ in range(2)] == [0, 1]
    damaged = folder / "damaged.png"
    damaged.write_bytes(content[:50])
    an_hour_ago = time.time() - 3600
    os.utime(damaged, (an_hour_ago, an_hour_ago))
    assert [watch.look() for _ in range(3)] == [0, 0, 0]
    assert [event["event"] for event in events] == ["taken", "left_out"]
    assert Watch(tagged, folder, events.append).once(0.01) == 0
    assert len(events) == 2, "it is left out for good"


def test_predictions_that_are_to_come_are_waited_for(tagged: Workspace, source: Source, folder: Path) -> None:
    table = folder / "said.csv"
    for name in ("one", "two"):
        _arrive(source, "apple/03.png" if name == "one" else "sky/03.png", folder / f"{name}.png")
    events: list[Any] = []
    watch = Watch(tagged, folder, events.append, predictions=("v1", table), false_alarm=0.2)
    assert [watch.look() for _ in range(2)] == [0, 0]
    rows = [("one.png", "apple", 0.31)]
    pd.DataFrame(rows, columns=["image", "prediction", "confidence"]).to_csv(table, index=False)
    assert watch.look() == 1
    assert [event["event"] for event in events] == ["waiting", "taken"]
    assert (events[1]["id"], events[1]["confidence"], events[1]["low_confidence"]) == (
        *("camera/one.png", {"v1": 0.31}, ["v1"]),
    )
    assert watch.look(last=True) == 1, "with the end in sight it is taken without"
    assert events[-1]["confidence"] == {}


def test_boxes_come_as_coco_results_by_file_name(
    boxes_workspace: Workspace, box_source: BoxSource, folder: Path, tmp_path: Path
) -> None:
    Image.open(box_source.truth.parent / "03.png").transpose(Image.Transpose.ROTATE_180).save(folder / "new.png")
    said = [{"image_id": 0, "file_name": "new.png", "category_id": 1, "bbox": [4, 4, 20, 20], "score": 0.9}]
    results = tmp_path / "results.json"
    results.write_text(json.dumps(said), "utf-8")
    events: list[Any] = []
    assert Watch(boxes_workspace, folder, events.append, predictions=("v1", results)).once(0.01) == 1
    *_, event = events
    assert (event["id"], event["confidence"], event["low_confidence"]) == ("camera/new.png", {"v1": 0.9}, [])
    again = Workspace(boxes_workspace.path)
    boxes = again.objects("prediction/v1")
    assert boxes[boxes["sample"] == "camera/new.png"]["label"].tolist() == ["cell"]


def test_what_cannot_be_watched_is_refused(built: Workspace, clip_built: Workspace, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Expected a folder to watch"):
        Watch(clip_built, tmp_path / "nowhere", print)
    with pytest.raises(SourceError, match=r"\(v1, v2\), found predictions of v9"):
        Watch(clip_built, tmp_path, print, predictions=("v9", tmp_path / "x.csv"))
    with pytest.raises(ModelError, match="built from your own vectors"):
        Watch(built, tmp_path, print)


def test_the_command_prints_a_line_an_image_and_goes_on_after_a_kill(
    tagged: Workspace, source: Source, folder: Path
) -> None:
    words = [sys.executable, "-m", "explorer", "watch", str(tagged.path), str(folder), "--json"]
    words += ["--threshold", "0.2", "--interval", "0.1"]
    _arrive(source, "apple/04.png", folder / "one.png")
    running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert running.stdout
    assert json.loads(running.stdout.readline())["id"] == "camera/one.png"
    running.send_signal(signal.SIGKILL)
    running.wait()
    _arrive(source, "apple/05.png", folder / "two.png")
    ran = subprocess.run([*words, "--once"], capture_output=True, text=True, check=True)
    assert [json.loads(line)["id"] for line in ran.stdout.splitlines()] == ["camera/two.png"]
