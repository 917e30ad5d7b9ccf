"""Whatever is done to the bytes of a source, it is read or refused in a sentence.

A few seconds by default, always the same inputs. `EDGECASE_FUZZ=5000 pytest tests/readers/test_fuzz.py` tries as many
for each kind of file, others each time; what fails is tried first when it is run again.
"""

from __future__ import annotations

import io
import json
import os
import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from explorer import readers
from explorer.data.images import read_image
from explorer.data.records import Dataset
from explorer.embedding.own_vectors import read_vectors
from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FUZZ = int(os.environ.get("EDGECASE_FUZZ", "0"))
IDS = [f"{number}.png" for number in range(4)]

TOKENS = (
    *(b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\ud800", "Ü".encode(), "Ü".encode("latin-1")),
    *(
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r\n",
        b'"',
        b"'",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b"#",
        b"&a",
        b"*a",
        b"!!python",
        b"- ",
    ),
    *(
        b"NaN",
        b"null",
        b"true",
        b"-1",
        b"1e999",
        b"-0.0",
        b"9" * 30,
        b"9" * 5000,
        b"1,5",
        b"NA",
        b"..",
        b"\\",
        b"~",
        b"%s",
    ),
    *(b"[" * 3000, b'{"a":' * 3000, b"x" * 5000, b"2024-01-01T00:00:00+99:99", b'"image"', b'"id"', b"path", b"names"),
)
"""What breaks readers: other encodings, deep nesting, words that stand for numbers, names that mean something."""


class Kind(NamedTuple):
    """A file that is changed, and what is read when it is."""

    file: str
    read: Callable[[Path], object]


def _table(name: str) -> Kind:
    return Kind(name, lambda folder: readers.read(folder / name))


def _joined(name: str) -> Kind:
    return Kind(name, lambda folder: readers.read(folder / "table.csv", None, [("v1", folder / name)]))


def _vectors(name: str) -> Kind:
    return Kind(name, lambda folder: read_vectors(folder / name, IDS, [str(folder / each) for each in IDS]))


def _image(name: str) -> Kind:
    return Kind(name, lambda folder: read_image(folder / name))


def _coco(name: str) -> Kind:
    return Kind(name, lambda folder: readers.read(folder / "instances.json", None, [("v1", folder / "results.json")]))


def _yolo(name: str) -> Kind:
    return Kind(name, lambda folder: readers.read(folder / "yolo" / "data.yaml", None, [("v1", folder / "yolo/found")]))


KINDS = [
    *map(_table, ("table.csv", "table.tsv", "table.jsonl", "table.parquet")),
    Kind("labels.csv", lambda folder: readers.read(folder / "table.csv", folder / "labels.csv")),
    *map(_joined, ("predictions.csv", "probabilities.csv")),
    *map(_vectors, ("vectors.npy", "vectors.csv", "vectors.parquet")),
    *map(_coco, ("instances.json", "results.json")),
    *map(_yolo, ("yolo/data.yaml", "yolo/labels/0.txt", "yolo/found/0.txt", "yolo/train.txt")),
    Kind("folder/a/0.png", lambda folder: readers.read(folder / "folder")),
    *map(_image, ("0.png", "a.jpg", "a.tif", "a.webp", "a.gif", "a.bmp", "a.ppm", "a.jp2", "a.avif")),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One sound file of each kind."""
    made = tmp_path_factory.mktemp("sound")
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    for name in [*IDS, *(f"a.{suffix}" for suffix in ("jpg", "tif", "webp", "gif", "bmp", "ppm", "jp2", "avif"))]:
        Image.fromarray(pixels).save(made / name)
    _tables(made)
    _boxes(made)
    return made


def _tables(made: Path) -> None:
    table = pd.DataFrame(
        {
            "image": IDS,
            "label": ["a", "b", "a", None],
            "prediction": list("abab"),
            "confidence": [0.5, 1, 0, None],
            "split": "train",
            "blur": [1.5, None, 2, 3],
            "frame": range(4),
            "night": [True, False, True, False],
            "when": pd.date_range("2024-01-01", periods=4, tz="UTC"),
            "tags": ["x", "ü", "", "1;2"],
        }
    )
    table.to_csv(made / "table.csv", index=False)
    table.to_csv(made / "table.tsv", index=False, sep="\t")
    table.astype({"when": str}).to_json(made / "table.jsonl", orient="records", lines=True)
    table.assign(tags=pd.Series([{"a": [1]}, None, {"a": []}, None])).to_parquet(made / "table.parquet")
    table[["image", "label"]].to_csv(made / "labels.csv", index=False)
    table[["image", "prediction", "confidence"]].to_csv(made / "predictions.csv", index=False)
    pd.DataFrame({"image": IDS, "a": [0.25] * 4, "b": [0.75] * 4}).to_csv(made / "probabilities.csv")
    vectors = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    np.save(made / "vectors.npy", vectors)
    pd.DataFrame(vectors, columns=list("xyz")).assign(id=IDS).to_csv(made / "vectors.csv")
    pd.DataFrame({"id": IDS, "vector": list(vectors)}).to_parquet(made / "vectors.parquet")


def _boxes(made: Path) -> None:
    images = [{"id": number, "file_name": name, "width": 16, "height": 16} for number, name in enumerate(IDS)]
    boxes = [{"id": 1, "image_id": 0, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0}]
    truth = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "cell"}]}
    results = [{"image_id": 0, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]
    (made / "instances.json").write_text(json.dumps(truth))
    (made / "results.json").write_text(json.dumps(results))
    for part in ("yolo/images", "yolo/labels", "yolo/found", "folder/a", "folder/b"):
        (made / part).mkdir(parents=True)
    for place in ("yolo/images/0.png", "folder/a/0.png", "folder/b/1.png"):
        (made / place).write_bytes((made / "0.png").read_bytes())
    (made / "yolo" / "data.yaml").write_text("path: .\ntrain: images\nval: train.txt\nnames:\n  0: cell\n  1: dot\n")
    (made / "yolo" / "train.txt").write_text("./images/0.png\n")
    (made / "yolo" / "labels" / "0.txt").write_text("0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.2 0.1 0.2 0.2\n")
    (made / "yolo" / "found" / "0.txt").write_text("0 0.5 0.5 0.25 0.25 0.875\n")


PLACE = st.floats(0, 1)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), PLACE, st.sampled_from(TOKENS)),
        st.tuples(st.just("replace"), PLACE, st.sampled_from(TOKENS) | st.binary(min_size=1, max_size=8)),
        st.tuples(st.just("delete"), PLACE, st.integers(1, 64).map(bytes)),
        st.tuples(st.just("repeat"), PLACE, st.integers(1, 64).map(bytes)),
        st.tuples(st.just("cut"), PLACE, st.just(b"")),
    ),
    min_size=1,
    max_size=4,
)


def _changed(content: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    for how, place, what in changes:
        at = int(place * len(content))
        before, behind = content[:at], content[at:]
        content = {
            "insert": before + what + behind,
            "replace": before + what + behind[len(what) :],
            "delete": before + behind[len(what) :],
            "repeat": before + behind[: len(what)] * 3 + behind[len(what) :],
            "cut": before,
        }[how]
    return content


def _kept(result: object) -> None:
    """What was read can be written, as a build does, and said."""
    if isinstance(result, Dataset):
        tables = [result.samples, result.ground_truth, *result.predictions.values(), *result.probabilities.values()]
        for table in tables:
            table.to_parquet(io.BytesIO())
    for skip in getattr(result, "skipped", ()):
        f"{skip.filepath}: {skip.reason}".encode()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
def test_changed_bytes_are_read_or_refused_in_a_sentence(kind: Kind, folder: Path) -> None:
    path = folder / kind.file
    sound = path.read_bytes()
    _kept(kind.read(folder))

    @settings(
        max_examples=FUZZ or 25,
        derandomize=not FUZZ,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(CHANGES)
    def check(changes: list[tuple[str, float, bytes]]) -> None:
        path.write_bytes(_changed(sound, changes))
        try:
            result = kind.read(folder)
        except ExplorerError as error:
            str(error).encode()
        else:
            _kept(result)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow and pandas, and to the point
            check()
    finally:
        path.write_bytes(sound)
