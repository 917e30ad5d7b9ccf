"""Time and memory of every kind of analysis on 100,000 samples with their own vectors; nothing reads their pixels.

    python benchmarks/analyze.py [--samples 100000] [--classes 10 200] [--width 512]

Samples lie in clusters, some classes are near to each other, two models err more in fog, and a hundredth of the labels
is wrong. Each kind runs in a process of its own, so that its peak of memory is its own, after one in which the build is
only opened; `findings` runs them all. The bars: ten minutes and 4 GB.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from explorer import build, open_workspace
from explorer.actions.analyze import FINDINGS, KINDS, analyze

MINUTES, GIGABYTES = 10, 4

_OPENED = "opened"
"""In place of a kind: nothing is computed, so that what is measured is what all of them pay."""


def main() -> None:
    """Print a line for each kind and number of classes, and say whether the bars are kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--classes", type=int, nargs="+", default=[10, 200])
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--measure", nargs=2, metavar=("WORKSPACE", "KIND"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        _measure(*arguments.measure)
        return
    for classes in arguments.classes:
        with tempfile.TemporaryDirectory() as folder:
            workspace = _built(Path(folder), arguments.samples, classes, arguments.width)
            print(f"{arguments.samples:,} samples of width {arguments.width}, {classes} classes, two models")
            for kind in (_OPENED, *KINDS, FINDINGS):
                seconds, peak, many = _measured(workspace, kind)
                kept = kind != FINDINGS or (seconds <= 60 * MINUTES and peak <= GIGABYTES)
                bars = f"   bars {MINUTES} min and {GIGABYTES} GB: {'kept' if kept else 'BROKEN'}" * (kind == FINDINGS)
                print(f"{kind:14} {seconds:8.1f} s {peak:6.2f} GB  {many:>9,} rows{bars}", flush=True)


def _measured(workspace: Path, kind: str) -> tuple[float, float, int]:
    """Seconds, gigabytes at the peak, and rows of one kind, computed anew in a process of its own."""
    command = [sys.executable, __file__, "--measure", str(workspace), kind]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return said["seconds"], said["peak"], said["rows"]


def _measure(folder: str, kind: str) -> None:
    workspace = open_workspace(folder)
    start, rows = time.perf_counter(), 0
    if kind != _OPENED:
        for kept in workspace.paths.derived.glob("analysis-*/*"):
            kept.unlink()  # a damaged result is computed anew
        rows = len(analyze(workspace, [kind])[kind])
    print(json.dumps({"seconds": time.perf_counter() - start, "peak": _peak(), "rows": rows}))


def _peak() -> float:
    """Gigabytes of memory that this process held at most; what `resource` says counts the process that started it."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 2**20


def _built(folder: Path, n: int, classes: int, width: int) -> Path:
    chance = np.random.default_rng(0)
    of = chance.integers(classes, size=n)
    centres = chance.normal(size=(classes, width))
    centres[1::2] = centres[::2][: len(centres[1::2])] + 0.4 * centres[1::2]  # each second class is near the one before
    vectors = (centres[of] + 1.2 * chance.normal(size=(n, width))).astype(np.float32)
    given = np.where(chance.random(n) < 0.01, chance.integers(classes, size=n), of)
    fog, names = chance.random(n) < 0.1, [f"{i:06}.png" for i in range(n)]
    for i, name in enumerate(names):
        Image.new("RGB", (8, 8), (i >> 16, i >> 8 & 255, i & 255)).save(folder / name)
    table = pd.DataFrame({"image": names, "label": [f"class {one:03}" for one in given]})
    table["weather"] = np.where(fog, "fog", "clear")
    table["camera"] = [f"camera {one}" for one in chance.integers(8, size=n)]
    table["split"] = np.where(chance.random(n) < 0.2, "test", "train")
    table["blur"] = np.round(chance.gamma(2.0, size=n), 4)
    for model, rate in (("v1", 0.1), ("v2", 0.07)):
        wrong = chance.random(n) < np.where(fog, 4 * rate, rate)
        told = np.where(wrong, chance.integers(classes, size=n), of)
        table[f"{model}.prediction"] = [f"class {one:03}" for one in told]
        table[f"{model}.confidence"] = np.round(
            np.where(wrong, chance.uniform(0.3, 0.9, n), chance.uniform(0.5, 1, n)), 4
        )
    table.to_csv(folder / "table.csv", index=False)
    np.save(folder / "vectors.npy", vectors)
    build(folder / "table.csv", folder / "workspace", vectors=folder / "vectors.npy")
    return folder / "workspace"


if __name__ == "__main__":
    main()
