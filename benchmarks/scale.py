"""Seconds and peak memory of what one does with a workspace, as it grows: 10,000, 100,000 and 1,000,000 images.

    python benchmarks/scale.py [--images 10000 100000 1000000] [--width 128]

Images lie in clusters, two models err more in fog, and all of them are one small file, since no step looks at it but
the build, which reads it for each. Vectors are the user's own. A build lays out one map where there are images alone,
and with labels and two models four. Each step runs in a process of its own, so that its peak of memory is its own:
lasso, explain, grow, match and export open the workspace first, which is not in their seconds. A lasso is the second,
as the app makes ready what the first one needs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import Image

from explorer import build, open_workspace
from explorer.actions.add import add
from explorer.actions.explain import explain_subset
from explorer.actions.export import Options, chosen, export
from explorer.actions.grow import grow
from explorer.cli import main as edgecase
from explorer.points.opened_build import View
from explorer.store.decisions.subsets import Member
from explorer.subsets.over_represented import over_represented
from explorer.subsets.selection import Stroke

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.data.records import Bool, Float32, Int64
    from explorer.store.workspace import Workspace

NEW = 1_000
"""Images that are added, and held against the subset."""

MEMBERS, EXPORTED = 1_000, 100_000


def main() -> None:
    """Print a line for each step and number of images."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--step", nargs=2, metavar=("FOLDER", "STEP"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        _measure(Path(arguments.step[0]), arguments.step[1])
        return
    figures: dict[str, list[tuple[float, float]]] = {step: [] for step in STEPS}
    for n in arguments.images:
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), n, arguments.width)
            for step, measured in figures.items():
                measured.append(_run(folder, step))
                print(f"{n:>9,} {step:22} {measured[-1][0]:9.2f} s {measured[-1][1]:6.2f} GB", flush=True)
    print(f"\n{_machine()}\n\n| | " + " | ".join(f"{n:,}" for n in arguments.images) + " |")
    print("|---" * (1 + len(arguments.images)) + "|")
    for step, measured in figures.items():
        print(f"| {step} | " + " | ".join(f"{seconds:,.2f} s, {peak:.1f} GB" for seconds, peak in measured) + " |")


def _machine() -> str:
    """The processor, how many cores of it there are, the memory, and how many processes want a core just now."""
    told = Path("/proc/cpuinfo").read_text("utf-8").partition("model name")[2].partition(":")[2]
    memory = int(Path("/proc/meminfo").read_text("utf-8").split()[1]) / 2**20
    return f"{told.splitlines()[0].strip()}, {os.cpu_count()} cores, {memory:.0f} GB, load {os.getloadavg()[0]:.1f}"


def _run(folder: str, step: str) -> tuple[float, float]:
    command = [sys.executable, __file__, "--step", folder, step]
    said = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])
    return said["seconds"], said["peak"]


def _measure(folder: Path, step: str) -> None:
    prepare, run = STEPS[step]
    ready = prepare(folder)
    start = time.perf_counter()
    run(folder, ready)
    print(json.dumps({"seconds": time.perf_counter() - start, "peak": _peak()}))


def _peak() -> float:
    """Gigabytes that this process held at most."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 2**20


def _build_images(folder: Path, _: None) -> None:
    build(folder / "images.csv", folder / "images", vectors=folder / "vectors.npy")


def _build(folder: Path, _: None) -> None:
    build(folder / "table.csv", folder / "workspace", vectors=folder / "vectors.npy")


def _open(folder: Path, _: None) -> None:
    assert len(View(_workspace(folder)).images)


def _ready(folder: Path) -> View:
    view = View(_workspace(folder))
    _lasso(folder, view, 0.1)
    return view


def _lasso(_: Path, view: View, share: float = 0.25) -> None:
    """The middle of the map, and the values that are over-represented in it."""
    points = view.images
    middle, size = np.median(points.space.xy, axis=0), share * np.ptp(points.space.xy, axis=0)
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    corners = tuple((float(x), float(y)) for x, y in middle + size * np.stack([np.cos(turns), np.sin(turns)], axis=1))
    mask = view.mask((Stroke("replace", "lasso", layout=points.space.layout_key, polygon=corners),), points)
    assert mask.any()
    over_represented(points.table, points.explaining("v1", view.models), mask)


def _where(folder: Path, _: None) -> None:
    assert edgecase(["subset", "create", str(folder / "workspace"), "foggy", "--where", "weather=fog", "--json"]) == 0


def _subsets(folder: Path) -> Workspace:
    """The workspace with a small subset and a large one, both of images in fog and others."""
    workspace = _workspace(folder)
    if not workspace.subsets():
        foggy = workspace.samples.index[workspace.samples["weather"] == "fog"]
        for name, ids in (
            ("small", foggy[:MEMBERS]),
            ("large", workspace.samples.index[: min(EXPORTED, len(foggy) * 5)]),
        ):
            members = [Member(each, "ids") for each in ids]
            workspace.decisions.create_subset(name, author="benchmark", members=members)
    return workspace


def _add(folder: Path, workspace: Workspace) -> None:
    assert len(add(workspace, folder / "new.csv", vectors=folder / "new.npy").ids) == NEW


def _export(folder: Path, workspace: Workspace) -> None:
    export(workspace, chosen(workspace, ["large"]), folder / "exported.csv", Options("csv"))


def _workspace(folder: Path) -> Workspace:
    return open_workspace(folder / "workspace")


STEPS: dict[str, tuple[Callable[[Path], Any], Callable[[Path, Any], Any]]] = {
    "build, images alone": (lambda _: None, _build_images),
    "build, two models": (lambda _: None, _build),
    "open": (lambda _: None, _open),
    "lasso": (_ready, _lasso),
    "explain 1,000": (_subsets, lambda _, workspace: explain_subset(workspace, "small")),
    "grow": (_subsets, lambda _, workspace: grow(workspace, "small")),
    "add and match 1,000": (_subsets, _add),
    "export up to 100,000": (_subsets, _export),
    "subset --where": (lambda _: None, _where),
}
"""What is made ready, and what is measured; each prepares in a process of its own."""


def _write(folder: Path, n: int, width: int) -> None:
    """A table of images with two models, their vectors, and those of new images."""
    chance = np.random.default_rng(0)
    Image.new("RGB", (32, 32), "teal").save(folder / "one.png")
    centres = chance.normal(size=(200, width)).astype(np.float32)
    for name, count in (("table", n), ("new", NEW)):
        of = chance.integers(200, size=count)
        fog = chance.random(count) < 0.1
        table = pd.DataFrame({"id": [f"{name}-{i}" for i in range(count)], "image": "one.png"})
        table["label"] = [f"class {one}" for one in of % 20]
        table["weather"] = np.where(fog, "fog", "clear")
        table["brightness"] = chance.normal(size=count).round(4)
        for model in ("v1", "v2"):
            wrong = chance.random(count) < np.where(fog, 0.3, 0.1)
            table[f"{model}.prediction"] = [f"class {one}" for one in np.where(wrong, of + 1, of) % 20]
            table[f"{model}.confidence"] = chance.random(count).round(4)
        table.to_csv(folder / f"{name}.csv", index=False)
        if name == "table":
            table[["id", "image", "weather", "brightness"]].to_csv(folder / "images.csv", index=False)
        np.save(folder / ("vectors.npy" if name == "table" else "new.npy"), _near(centres, of, fog, chance))


def _near(centres: Float32, of: Int64, fog: Bool, chance: np.random.Generator) -> Float32:
    vectors = centres[of] + 0.7 * chance.standard_normal((len(of), centres.shape[1]), np.float32)
    vectors[fog] += centres[0]
    return np.asarray(vectors, np.float32)


if __name__ == "__main__":
    main()
