"""What one reader forgives the others do too: white space, encodings, slashes, normal forms, rounding, hidden files."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from explorer import readers
from explorer.embedding.own_vectors import read_vectors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explorer.data.records import Dataset

FILE = "Übung.png"


class Written(NamedTuple):
    """How somebody's file writes the one image, its class and a model's confidence."""

    image: str
    label: str
    confidence: str
    encoding: str
    end: str


class Read(NamedTuple):
    """What a reader makes of it: the image's file, its class, the predicted class and the confidence."""

    file: str
    label: str
    predicted: str
    confidence: float


def _facts(dataset: Dataset) -> Read:
    (truth,), (made,) = dataset.ground_truth["label"], dataset.predictions["v1"]["label"]
    return Read(
        dataset.samples["filepath"].iloc[0], truth, made, float(dataset.predictions["v1"]["confidence"].iloc[0])
    )


def _save(path: Path, text: str, written: Written) -> Path:
    path.write_bytes(text.replace("\n", written.end).encode(written.encoding))
    return path


def _csv(folder: Path, written: Written, *, separator: str = ",", suffix: str = "csv") -> Read:
    cells = [f'"{cell}"' for cell in (written.image, written.label, written.label, written.confidence)]
    header = separator.join(["image", "label", "v1.prediction", "v1.confidence"])
    return _facts(readers.read(_save(folder / f"t.{suffix}", f"{header}\n{separator.join(cells)}\n", written)))


def _tsv(folder: Path, written: Written) -> Read:
    return _csv(folder, written, separator="\t", suffix="tsv")


def _semicolons(folder: Path, written: Written) -> Read:
    return _csv(folder, written._replace(confidence=written.confidence.replace(".", ",")), separator=";")


def _record(written: Written) -> dict[str, str]:
    prediction = {"v1.prediction": written.label, "v1.confidence": written.confidence}
    return {"image": written.image, "label": written.label, **prediction}


def _json_lines(folder: Path, written: Written) -> Read:
    line = json.dumps(_record(written), ensure_ascii=False)
    return _facts(readers.read(_save(folder / "t.jsonl", f"{line}\n\n", written)))


def _parquet(folder: Path, written: Written) -> Read:
    pd.DataFrame([_record(written)]).to_parquet(folder / "t.parquet")
    return _facts(readers.read(folder / "t.parquet"))


def _tables_beside(folder: Path, written: Written) -> Read:
    """Labels and predictions in tables of their own, beside a folder of images."""
    labels = _save(folder / "l.csv", f'image,label\n"{written.image}","{written.label}"\n', written)
    row = f'"{written.image}","{written.label}","{written.confidence}"'
    made = _save(folder / "p.csv", f"image,prediction,confidence\n{row}\n", written)
    return _facts(readers.read(folder / "images", labels, [("v1", made)]))


def _probabilities(folder: Path, written: Written) -> Read:
    labels = _save(folder / "l.csv", f'image,label\n"{written.image}","{written.label}"\n', written)
    text = f',image,"{written.label}"\n0,"{written.image}",{written.confidence}\n'
    return _facts(readers.read(folder / "images", labels, [("v1", _save(folder / "p.csv", text, written))]))


def _coco(folder: Path, written: Written) -> Read:
    truth = {
        "images": [{"id": 1, "file_name": written.image, "width": 8, "height": 8}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "area": 4, "iscrowd": 0}],
        "categories": [{"id": 1, "name": written.label}],
    }
    made = [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "score": float(written.confidence)}]
    source = _save(folder / "t.json", json.dumps(truth, ensure_ascii=False), written)
    return _facts(readers.read(source, None, [("v1", _save(folder / "p.json", json.dumps(made), written))]))


def _yolo(folder: Path, written: Written) -> Read:
    names = json.dumps([written.label], ensure_ascii=False)
    source = _save(folder / "data.yaml", f"train: train.txt\nnames: {names}\n", written)
    _save(folder / "train.txt", f"{written.image}\n", written)
    (folder / "found").mkdir(exist_ok=True)
    stem = next((folder / "images").glob("*.png")).stem
    labels = written._replace(encoding="utf-8")  # numbers alone
    (folder / "labels").mkdir(exist_ok=True)
    _save(folder / "labels" / f"{stem}.txt", "0 0.5 0.5 0.25 0.25\n", labels)
    _save(folder / "found" / f"{stem}.txt", f"0 0.5 0.5 0.25 0.25 {written.confidence}\n", labels)
    return _facts(readers.read(source, None, [("v1", folder / "found")]))


READ: dict[str, Callable[[Path, Written], Read]] = {
    "csv": _csv,
    "tsv": _tsv,
    "semicolons": _semicolons,
    "jsonl": _json_lines,
    "parquet": _parquet,
    "tables beside": _tables_beside,
    "probabilities": _probabilities,
    "coco": _coco,
    "yolo": _yolo,
}

PATHS = st.sampled_from(["images/{}", "./images/{}", "images\\{}", ".\\images\\{}", "{folder}/images/{}"])
SPACE = st.sampled_from(["", " ", "  ", "\t"])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
FORMS = st.sampled_from(["NFC", "NFD"])


@pytest.mark.parametrize("how", READ)
def test_every_reader_understands_every_way_of_writing(how: str, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()

    @settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(PATHS, FORMS, FORMS, st.tuples(SPACE, SPACE), ENCODINGS, st.sampled_from(["\n", "\r\n"]))
    def check(path: str, on_disk: str, in_file: str, space: tuple[str, str], encoding: str, end: str) -> None:
        for old in (tmp_path / "images").iterdir():
            old.unlink()
        file = tmp_path / "images" / unicodedata.normalize(on_disk, FILE)  # type: ignore[arg-type]
        Image.new("RGB", (8, 8)).save(file)
        image = path.format(unicodedata.normalize(in_file, FILE), folder=tmp_path)  # type: ignore[arg-type]
        before, behind = space
        written = Written(image, f"{before}Straße{behind}", "1.0000001", encoding, end)
        assert READ[how](tmp_path, written) == (str(file), "Straße", "Straße", 1.0)

    check()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("written", ["images/{}", "images\\{}", "{}", "{folder}/images/{}", " images/{} "])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_vectors_name_their_images_as_tables_do(tmp_path: Path, suffix: str, written: str, form: str) -> None:
    file = tmp_path / "images" / unicodedata.normalize("NFD", FILE)
    file.parent.mkdir()
    Image.new("RGB", (8, 8)).save(file)
    name = written.format(unicodedata.normalize(form, FILE), folder=tmp_path)  # type: ignore[arg-type]
    table = pd.DataFrame({"image": [name], "x": [3.0], "y": [4.0]})
    path = tmp_path / f"v.{suffix}"
    table.to_csv(path) if suffix == "csv" else table.to_parquet(path)
    own = read_vectors(path, ["one"], [str(file)])
    assert own.ids == ("one",)
    assert own.vectors.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]


@pytest.mark.parametrize("word", ["", "NA", "N/A", "null", "NaN", "None", "-"])
@pytest.mark.parametrize("how", ["csv", "tsv", "semicolons", "jsonl", "parquet", "tables beside"])
def test_a_word_for_nothing_is_an_unknown_confidence_in_every_table(how: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "images" / FILE)
    read = READ[how](tmp_path, Written(f"images/{FILE}", "a", word, "utf-8", "\n"))
    assert str(read.confidence) == "nan"


def test_hidden_files_are_images_for_no_reader(tmp_path: Path) -> None:
    """Resource forks and trash of other systems look like images by their names."""
    kept = tmp_path / "images" / "a.png"
    for place in ("a.png", ".b.png", "._a.png", "__MACOSX/a.png", ".Trash/c.png", "@eaDir/a.png", "$RECYCLE.BIN/d.png"):
        file = tmp_path / "images" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(file)
    (tmp_path / "data.yaml").write_text("train: images\nnames: [a]\n")
    (tmp_path / "images" / "a.txt").write_text("0 0.5 0.5 0.25 0.25\n")
    for source in (tmp_path / "data.yaml", tmp_path / "images"):
        assert readers.read(source).samples["filepath"].tolist() == [str(kept)]
