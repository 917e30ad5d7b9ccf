"""How long a report over 500 images takes, and how large it is: bars 30 s and 15 MB.

500 textured photos of 1,600 x 1,200 pixels in 25 categories, all judged wrong by two reviewers, and all shown.
Run: python benchmarks/report.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from explorer import build
from explorer.actions.report import report
from explorer.data.subsets import Member
from tests.reviewing import review

IMAGES, CATEGORIES = 500, 25
SIZE = (1600, 1200)
SECONDS, MEGABYTES = 30, 15


def main() -> None:
    """Build, review, and print seconds and megabytes of each form."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        chance = np.random.default_rng(0)
        rows = [_photo(folder, place, chance) for place in range(IMAGES)]
        pd.DataFrame(rows).to_csv(folder / "table.csv", index=False)
        vectors = chance.normal(size=(IMAGES, 32))
        pd.DataFrame({"id": [row["image"] for row in rows], "vector": list(vectors)}).to_parquet(folder / "v.parquet")
        workspace = build(folder / "table.csv", folder / "ws", vectors=folder / "v.parquet")
        for place in range(CATEGORIES):
            members = [Member(each, "ids") for each in workspace.ids[place::CATEGORIES]]
            name = f"category {place}"
            workspace.decisions.create_subset(name, author="Ada", category=name, members=members)
        review(workspace, dict.fromkeys(workspace.ids, ("incorrect", "incorrect")), severity="high")
        for name in ("report.html", "report.md"):
            started, busy = time.perf_counter(), time.process_time()
            done = report(workspace, folder / name)
            seconds, busy = time.perf_counter() - started, time.process_time() - busy
            kept = seconds < SECONDS and done.bytes < MEGABYTES * 1e6
            took = f"{seconds:.1f} s, {busy:.1f} s of them of a processor"
            said = "kept" if kept else "MISSED"
            print(f"{name}: {done.pictures} images, {took}, {done.bytes / 1e6:.1f} MB, {said}")


def _photo(folder: Path, place: int, chance: np.random.Generator) -> dict[str, object]:
    """An image with structures of every size, as photographs have."""
    image = np.zeros((SIZE[1], SIZE[0], 3))
    for step in (4, 20, 100):
        coarse = chance.normal(0, 30, (SIZE[1] // step, SIZE[0] // step, 3))
        image += np.kron(coarse, np.ones((step, step, 1)))
    name = f"{place:03}.jpg"
    Image.fromarray(np.clip(128 + image, 0, 255).astype(np.uint8)).save(folder / name, quality=90)
    return {"image": name, "label": "car", "v1.prediction": "bus", "v1.confidence": round(chance.uniform(0.5, 1), 3)}


if __name__ == "__main__":
    main()
