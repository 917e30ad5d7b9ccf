"""What a source holds is said before anything is computed, as a build would read it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from PIL import Image

from explorer.actions.demo import sample_data
from explorer.actions.inspect_source import availability, estimate, inspect_source
from explorer.data.spaces import Task
from explorer.errors import ModelError, SourceError

if TYPE_CHECKING:
    from tests.conftest import BoxSource, Source

ROOT = Path(__file__).parents[2]


def test_a_folder_of_classes(source: Source) -> None:
    found = inspect_source(source.images)
    assert (found.kind, found.task, found.images, found.boxes) == ("a folder of images", Task.CLASSIFICATION, 60, 0)
    assert sorted(found.classes) == [("apple", 20), ("leaf", 20), ("sky", 20)]
    assert (found.predictions, found.columns) == ({}, ())
    assert found.problem_count == 1
    assert "2 files are not images" in found.problems[0].reason
    assert len(found.examples) == 8
    assert {path.parent.name for path in found.examples} == {"apple", "leaf", "sky"}
    assert found.folder == source.images
    assert [file.name for file in found.tables] == ["table.csv", "vectors.parquet"]


def test_a_table_with_what_each_column_is(source: Source) -> None:
    found = inspect_source(source.table)
    assert (found.kind, found.images, found.tables) == ("a table", 60, ())
    assert found.predictions == {"v1": 60, "v2": 60}
    assert dict(found.columns) == {
        "image": "image",
        "label": "label",
        "v1.prediction": "v1.prediction",
        "v1.confidence": "v1.confidence",
        "v2.prediction": "v2.prediction",
        "v2.confidence": "v2.confidence",
        "split": "split",
        "camera": "metadata",
        "weight": "metadata",
    }


def test_coco_with_its_models(box_source: BoxSource) -> None:
    found = inspect_source(box_source.truth, predictions=list(box_source.predictions.items()))
    assert (found.kind, found.task, found.images, found.boxes) == ("COCO", Task.DETECTION, 12, 31)
    assert found.classes == (("cell", 18), ("dot", 13))
    assert found.predictions == {"v1": 31, "v2": 29}
    assert ["no area" in one.reason or "negative size" in one.reason for one in found.problems] == [True, True]
    assert inspect_source(box_source.truth.parent, labels=box_source.truth).kind == "COCO"


def test_yolo(tmp_path: Path) -> None:
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    Image.new("RGB", (10, 10)).save(tmp_path / "images" / "1.png")
    (tmp_path / "labels" / "1.txt").write_text("0 0.5 0.5 0.2 0.2\n9 0.5 0.5 0.2 0.2\n", encoding="utf-8")
    (tmp_path / "data.yaml").write_text("train: images\nnames: [cell]\n", encoding="utf-8")
    found = inspect_source(tmp_path)
    assert (found.kind, found.images, found.classes, found.problem_count) == ("YOLO", 1, (("cell", 1),), 1)


def test_the_first_problems_are_named_with_their_files_and_all_are_counted(tmp_path: Path) -> None:
    """Those that the reader leaves to whoever decodes, too; a damaged image is not looked at."""
    (tmp_path / "1.png").write_bytes(b"no image")
    rows = ["image,label", "1.png,cat", *(f"gone/{number}.png,dog" for number in range(30))]
    (tmp_path / "t.csv").write_text("\n".join(rows), encoding="utf-8")
    found = inspect_source(tmp_path / "t.csv")
    assert (found.images, found.problem_count, len(found.problems)) == (1, 30, 20)
    assert found.problems[0] == (str(tmp_path / "gone" / "0.png"), "the file does not exist")
    assert found.examples == (tmp_path / "1.png",)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "found nothing"),
        ("t.csv", "path,label\n1.png,cat\n", "Expected a column named image or filepath"),
        ("t.csv", "image\n", "Expected a row for each image"),
        ("t.csv", "image\n1.png\n", "Expected images that exist"),
        ("t.json", "[]", "Expected COCO's lists"),
        ("data.yaml", "a: b\n", "Expected the classes"),
        ("t.docx", "?", "Expected a folder of images, or a table ending in"),
    ],
)
def test_a_wrong_source_is_the_readers_own_sentence(name: str, content: str | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=said):
        inspect_source(tmp_path / name)


def test_columns_of_other_names_are_said_before(tmp_path: Path) -> None:
    Image.new("RGB", (2, 2)).save(tmp_path / "1.png")
    frame = {"path": ["1.png"], "label": ["old"], "truth": ["cat"], "said": ["dog"], "sure": [0.9], "width": [3]}
    pd.DataFrame(frame).to_csv(tmp_path / "t.csv", index=False)
    roles = {"image": "path", "label": "truth", "v1.prediction": "said", "v1.confidence": "sure"}
    found = inspect_source(tmp_path / "t.csv", columns=roles)
    assert found.classes == (("cat", 1),)
    assert found.predictions == {"v1": 1}
    assert dict(found.columns) == {
        "path": "image",
        "label": "left out",
        "truth": "label",
        "said": "v1.prediction",
        "sure": "v1.confidence",
        "width": "left out",
    }


def test_own_vectors_are_looked_at_too(source: Source, box_source: BoxSource) -> None:
    assert inspect_source(source.table).vectors == 0
    assert inspect_source(source.table, vectors=source.vectors).vectors == 8
    with pytest.raises(SourceError, match="vectors"):
        inspect_source(box_source.truth, vectors=source.vectors)


def test_nothing_heavy_is_imported(source: Source) -> None:
    script = (
        "import sys; from pathlib import Path; from explorer.actions.inspect_source import inspect_source\n"
        f"inspect_source(Path({str(source.table)!r}))\n"
        "print([name for name in ('torch', 'open_clip', 'umap', 'faiss') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@pytest.mark.slow
def test_how_long_it_takes_is_measured_on_a_few_images(source: Source, tmp_path: Path) -> None:
    """Loading apart; what cannot be read is passed over."""
    model = str(sample_data() / "model")
    (tmp_path / "bad.png").write_bytes(b"no image")
    examples = [tmp_path / "bad.png", *sorted(source.images.glob("apple/*.png"))[:4]]
    found = estimate(examples, 900, pretrained=model)
    assert found.load > 0
    assert found.each > 0
    assert found.seconds == found.load + 900 * found.each
    assert estimate(examples, 10, pretrained=model).each == found.each, "measured once"
    assert estimate(examples, 900, pretrained=model, engine="float32").each == found.each, "which is what runs so few"
    assert estimate(examples, 900, pretrained=model, engine="bf16").each != found.each
    with pytest.raises(SourceError, match="can be read"):
        estimate([tmp_path / "bad.png"], 10, pretrained=model)
    with pytest.raises(ModelError):
        estimate(examples, 10, pretrained=str(tmp_path / "bad.png"))
    with pytest.raises(ModelError, match="Expected an engine"):
        estimate(examples, 10, pretrained=model, engine="int3")


def test_a_model_on_this_machine_is_there() -> None:
    assert availability(pretrained=str(sample_data() / "model")) == ""


@pytest.mark.slow
def test_a_hub_that_does_not_answer_is_said_before(tmp_path: Path) -> None:
    """And so is a model that nobody knows, or one without weights."""
    environment = {**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    code = (
        "from explorer.actions.inspect_source import availability\n"
        "for names in ((None, None), ('hf-hub:owner/name', None), ('ViT-B-99', 'x'), ('ViT-B-32', 'x'), "
        "('ViT-B-32', None)):\n"
        "    print(availability(*names))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    default, hub, unknown, tag, bare = ran.stdout.splitlines()
    assert "the model hub does not answer" in default
    assert "the model hub does not answer" in hub
    assert "ViT-B-99" in unknown
    assert "neither a file nor a pretrained tag" in tag
    assert "Expected --pretrained TAG|FILE" in bare
