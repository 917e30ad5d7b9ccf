"""Image signals per second, against the `cleanvision` package on the same files and cores for the same scores.

Each runs in a process of its own, as one runs it; its imports do not count, the processes that it starts do.
CleanVision runs as it does by default, with as many processes as there are cores, and once more with one; ours is held
against the faster of the two. Ours also measures contrast, sharpness, colours and EXIF, and keeps what it measured. The
rounds alternate, so that what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from PIL import Image

from explorer.actions.measure import measure, of_pixels
from explorer.data.images import open_image
from explorer.store.paths import WorkspacePaths

BAR = 3.0
KINDS = ("dark", "light", "odd_aspect_ratio", "low_information", "blurry", "grayscale", "odd_size")
SAME = {"dark_score": "dark", "light_score": "light", "low_information_score": "information", "blurry_score": "blurry"}
THEIRS, THEIRS_ALONE, OURS = WAYS = ("cleanvision", "cleanvision, 1 process", "edgecase")


def main() -> None:
    """Measure small PNGs, and photographs of 1,000 pixels."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--small", type=int, default=60_000, help="PNGs of 28 x 28 pixels")
    arguments.add_argument("--large", type=int, default=3_000, help="JPEGs of 1,000 x 750 pixels")
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--measure", nargs=2, metavar=("FOLDER", "WAY"), help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.measure:
        _measure(Path(chosen.measure[0]), chosen.measure[1])
        return
    print(f"{os.cpu_count()} cores, best of {chosen.rounds} rounds")
    with tempfile.TemporaryDirectory() as scratch:
        for name, many, make in (("28 px PNG", chosen.small, _png), ("1,000 px JPEG", chosen.large, _jpeg)):
            folder = Path(scratch) / name.replace(" ", "-")
            (folder / "images").mkdir(parents=True)
            chance = np.random.default_rng(0)
            files = [make(folder / "images" / f"{number:06}", chance) for number in range(many)]
            _facts(files).to_parquet(folder / "facts.parquet")
            _compare(name, folder, many, chosen.rounds)


def _png(stem: Path, chance: np.random.Generator) -> Path:
    blots = Image.fromarray(chance.integers(0, 256, (7, 7), np.uint8)).resize((28, 28), Image.Resampling.BICUBIC)
    blots.save(stem.with_suffix(".png"))
    return stem.with_suffix(".png")


def _jpeg(stem: Path, chance: np.random.Generator) -> Path:
    blots = Image.fromarray(chance.integers(0, 256, (37, 50, 3), np.uint8)).resize(
        (1000, 750), Image.Resampling.BICUBIC
    )
    noisy = np.asarray(blots) * chance.uniform(0.3, 1) + chance.normal(0, 8, (750, 1000, 1))
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(stem.with_suffix(".jpg"), quality=90)
    return stem.with_suffix(".jpg")


def _facts(files: list[Path]) -> pd.DataFrame:
    rows = []
    for file in files:
        with open_image(file) as opened:
            rows.append((str(file), opened.digest, opened.width, opened.height))
    return pd.DataFrame(rows, columns=["file", "digest", "width", "height"])


def _compare(name: str, folder: Path, many: int, rounds: int) -> None:
    best = dict.fromkeys(WAYS, np.inf)
    for _ in range(rounds):
        for way in WAYS:
            command = [sys.executable, __file__, "--measure", str(folder), way]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            best[way] = min(best[way], float(said.split()[-1]))
    theirs, ours = (pd.read_parquet(folder / f"{way}.parquet") for way in (THEIRS, OURS))
    apart = max(float(np.abs(theirs[score] - ours[column]).max()) for score, column in SAME.items())
    print(f"{name}, {many:,} files (scores differ by at most {apart:.1e})")
    for way, seconds in best.items():
        print(f"  {way:24} {many / seconds:10,.0f} images/s")
    ratio = min(best[THEIRS], best[THEIRS_ALONE]) / best[OURS]
    print(f"  {'ratio to its default':24} {best[THEIRS] / best[OURS]:10.1f} x")
    print(f"  {'ratio to its faster way':24} {ratio:10.1f} x   bar {BAR:.0f} x: {'kept' if ratio >= BAR else 'BROKEN'}")


def _measure(folder: Path, way: str) -> None:
    """Measure images one way, leave the scores beside them, and print the seconds that it took."""
    facts = pd.read_parquet(folder / "facts.parquet")
    seconds, scores = _ours(folder, facts) if way == OURS else _theirs(facts, 1 if way == THEIRS_ALONE else None)
    scores.reset_index(drop=True).to_parquet(folder / f"{way}.parquet")
    print(seconds)


def _ours(folder: Path, facts: pd.DataFrame) -> tuple[float, pd.DataFrame]:
    workspace = WorkspacePaths(folder / "workspace")
    shutil.rmtree(workspace.folder, ignore_errors=True)
    measurer = of_pixels(workspace)
    start = perf_counter()
    measure([Path(file) for file in facts["file"]], facts, [measurer], lambda _: None)
    return perf_counter() - start, measurer.store.of(facts["digest"].tolist())


def _theirs(facts: pd.DataFrame, jobs: int | None) -> tuple[float, pd.DataFrame]:
    from cleanvision import Imagelab

    files = facts["file"].tolist()
    start = perf_counter()
    lab = Imagelab(filepaths=files, verbose=False)
    lab.find_issues({kind: {} for kind in KINDS}, n_jobs=jobs, verbose=False)
    return perf_counter() - start, lab.issues.loc[files]


if __name__ == "__main__":
    main()
