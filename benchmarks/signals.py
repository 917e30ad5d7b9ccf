"""Image signals per second, against the `cleanvision` package on the same files and cores for the same scores.

CleanVision runs as it does by default, with as many processes as there are cores, and once more with one; ours is held
against the faster of the two. Ours also measures contrast, sharpness, colours and EXIF, and keeps what it measured. The
rounds alternate, so that what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from cleanvision import Imagelab
from PIL import Image

from explorer.actions.measure import measure, of_pixels
from explorer.data.images import open_image
from explorer.store.paths import WorkspacePaths

KINDS = ("dark", "light", "odd_aspect_ratio", "low_information", "blurry", "grayscale", "odd_size")
SAME = {"dark_score": "dark", "light_score": "light", "low_information_score": "information", "blurry_score": "blurry"}


def main() -> None:
    """Measure small PNGs, and photographs of 1,000 pixels."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--small", type=int, default=10_000, help="PNGs of 28 x 28 pixels")
    arguments.add_argument("--large", type=int, default=300, help="JPEGs of 1,000 x 750 pixels")
    arguments.add_argument("--rounds", type=int, default=3)
    chosen = arguments.parse_args()
    print(f"{os.cpu_count()} cores, best of {chosen.rounds} rounds")
    with tempfile.TemporaryDirectory() as scratch:
        for name, many, make in (("28 px PNG", chosen.small, _png), ("1,000 px JPEG", chosen.large, _jpeg)):
            folder = Path(scratch) / name.replace(" ", "-")
            folder.mkdir()
            chance = np.random.default_rng(0)
            files = [make(folder / f"{number:06}", chance) for number in range(many)]
            _compare(name, files, folder, chosen.rounds)


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


def _compare(name: str, files: list[Path], folder: Path, rounds: int) -> None:
    facts = _facts(files)
    best = dict.fromkeys(("cleanvision", "cleanvision, 1 process", "edgecase"), np.inf)
    for _ in range(rounds):
        for which, jobs in (("cleanvision", None), ("cleanvision, 1 process", 1)):
            start = perf_counter()
            theirs = _theirs(files, jobs)
            best[which] = min(best[which], perf_counter() - start)
        workspace = WorkspacePaths(folder / "workspace")
        shutil.rmtree(workspace.folder, ignore_errors=True)
        start = perf_counter()
        measurer = of_pixels(workspace)
        measure(files, facts, [measurer], lambda _: None)
        best["edgecase"] = min(best["edgecase"], perf_counter() - start)
    ours = measurer.store.of(facts["digest"].tolist())
    apart = max(float(np.abs(theirs[score] - ours[column].to_numpy()).max()) for score, column in SAME.items())
    faster = min(seconds for which, seconds in best.items() if which != "edgecase")
    print(f"{name}, {len(files):,} files (scores differ by at most {apart:.1e})")
    for which, seconds in best.items():
        print(f"  {which:24} {len(files) / seconds:10,.0f} images/s")
    print(f"  {'ratio to its default':24} {best['cleanvision'] / best['edgecase']:10.1f} x")
    print(f"  {'ratio to its faster way':24} {faster / best['edgecase']:10.1f} x")


def _facts(files: list[Path]) -> pd.DataFrame:
    rows = []
    for file in files:
        with open_image(file) as opened:
            rows.append((opened.digest, opened.width, opened.height))
    return pd.DataFrame(rows, columns=["digest", "width", "height"])


def _theirs(files: list[Path], jobs: int | None) -> pd.DataFrame:
    lab = Imagelab(filepaths=[str(file) for file in files], verbose=False)
    lab.find_issues({kind: {} for kind in KINDS}, n_jobs=jobs, verbose=False)
    issues: pd.DataFrame = lab.issues.loc[[str(file) for file in files]].reset_index(drop=True)
    return issues


if __name__ == "__main__":
    main()
