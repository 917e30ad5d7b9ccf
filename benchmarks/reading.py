"""Seconds to read a table of a million images, its vectors and further predictions, beside what pandas and NumPy take.

    python benchmarks/reading.py [--rows 1000000] [--width 128]

The table has an id, an image of its own, a label, five columns of metadata, and a model's prediction and confidence in
each row; further predictions come in a table of their own. Only the first image is there: whether the others are finds
out who decodes them. A table, and its vectors, must be read in 15 seconds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image

from explorer import readers
from explorer.embedding.own_vectors import read_vectors

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.data.records import Float32, Int64

ALLOWED = 15


def main() -> None:
    """Print a line for each kind of file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=128)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        table, vectors = _written(folder, arguments.rows, arguments.width)
        ids, files = list(table["id"]), [str(folder / image) for image in table["image"]]
        said = [("v2", folder / "v2.csv")]
        _line("table.csv", lambda: readers.read(folder / "table.csv"), lambda: pd.read_csv(folder / "table.csv"))
        _line(
            "table.parquet",
            lambda: readers.read(folder / "table.parquet"),
            lambda: pd.read_parquet(folder / "table.parquet"),
        )
        _line(
            "with predictions",
            lambda: readers.read(folder / "table.csv", predictions=said),
            lambda: [pd.read_csv(folder / name) for name in ("table.csv", "v2.csv")],
        )
        _line("vectors.npy", lambda: read_vectors(folder / "vectors.npy", ids, files), vectors.copy)
        _line(
            "vectors.parquet",
            lambda: read_vectors(folder / "vectors.parquet", ids, files),
            lambda: np.stack(pd.read_parquet(folder / "vectors.parquet")["vector"].tolist()),
        )


def _line(name: str, ours: Callable[[], object], plain: Callable[[], object]) -> None:
    (alone, _), (seconds, processor) = _timed(plain), _timed(ours)
    kept = "in" if seconds <= ALLOWED else "more than"
    took = f"{seconds:6.2f} s, {processor:6.2f} s of processor"
    print(f"{name:18} {took}; {alone:6.2f} s without asking what it means; {kept} {ALLOWED} s", flush=True)


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    start, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - start, time.process_time() - processor


def _written(folder: Path, n: int, width: int) -> tuple[pd.DataFrame, Float32]:
    chance = np.random.default_rng(0)
    images = [f"photos/{i:07}.jpg" for i in range(n)]
    table = pd.DataFrame({"id": [f"photo {i}" for i in range(n)], "image": images})
    table["label"] = _classes(chance.integers(20, size=n))
    table["weather"] = np.where(chance.random(n) < 0.1, "fog", "clear")
    table["brightness"] = chance.normal(size=n).round(4)
    table["iso"] = chance.choice([100, 200, 400, 800], n)
    table["flash"] = np.where(chance.random(n) < 0.5, "true", "false")
    table["taken"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(chance.integers(10**7, size=n), unit="s")
    table["v1.prediction"] = _classes(chance.integers(20, size=n))
    table["v1.confidence"] = chance.random(n).round(4)
    said = pd.DataFrame({"id": table["id"], "prediction": _classes(chance.integers(20, size=n))})
    said["confidence"] = chance.random(n).round(4)
    vectors = chance.standard_normal((n, width), np.float32)
    (folder / "photos").mkdir()
    Image.new("RGB", (32, 32), "teal").save(folder / images[0])
    table.to_csv(folder / "table.csv", index=False)
    table.to_parquet(folder / "table.parquet")
    said.to_csv(folder / "v2.csv", index=False)
    np.save(folder / "vectors.npy", vectors)
    pd.DataFrame({"id": table["id"], "vector": list(vectors)}).to_parquet(folder / "vectors.parquet")
    return table, vectors


def _classes(numbers: Int64) -> list[str]:
    return [f"class {number}" for number in numbers]


if __name__ == "__main__":
    main()
