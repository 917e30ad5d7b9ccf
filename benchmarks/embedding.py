"""Images per second: our streamed pass against the loop one would write with open_clip, same model, same files.

    python benchmarks/embedding.py [--images 640] [--side 640 4000] [--model ViT-B-32]
                                   [--engine float32 auto openvino int8] [--rounds 3]

The weights are random: speed does not depend on them. Both take turns; shown are the medians of the seconds, also those
of the processor, which other work on the machine lengthens less. A faster engine is measured against float32 first, and
its cosine is shown; one that is not there is passed over.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import open_clip
import torch
from PIL import Image

from explorer.data.engines import ENGINES, EXACT
from explorer.embedding.clip import ClipModel
from explorer.embedding.engines import Measured
from explorer.embedding.images import embed_images
from explorer.embedding.vector_store import VectorStore
from explorer.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH = 64


def main() -> None:
    """Print the rates of both and their ratio for each size and engine, and the memory at its peak."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        plain = _untrained(arguments.model, folder)
        for side in arguments.side:
            paths = _photos(folder, arguments.images, side)
            print(f"{len(paths)} JPEGs of {side} px, {arguments.model} on {plain.device}")
            for engine in arguments.engine:
                _compare(plain, engine, paths, arguments.rounds)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


def _compare(plain: ClipModel, engine: str, paths: list[Path], rounds: int) -> None:
    try:
        model = plain.run_by(engine)
    except ModelError as error:
        print(f"{engine:10} passed over: {error}")
        return
    if engine != EXACT and not isinstance(model.engine, Measured):
        print(f"{engine:10} passed over: this machine has nothing faster than float32")
        return
    for start in range(0, 128, _BATCH):  # both start warm, and measured
        _plain_loop(model, paths[start : start + _BATCH])
    _plain_loop(plain, paths[:_BATCH])
    taken = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as vectors:
            store = VectorStore(Path(vectors) / "vectors", model.key)
            ours = partial(embed_images, paths, model, store)
            taken.append([*_timed(partial(_plain_loop, plain, paths)), *_timed(ours)])
    seconds, cpu, our_seconds, our_cpu = np.median(taken, axis=0)
    for name, clock, processor in (("plain loop", seconds, cpu), (engine, our_seconds, our_cpu)):
        print(f"{name:10} {len(paths) / clock:8.1f} images/s  {1e3 * processor / len(paths):6.1f} ms of processor each")
    print(f"  {seconds / our_seconds:.2f}x  {cpu / our_cpu:.2f}x of the processor   {model.engine.title}", flush=True)


def _plain_loop(model: ClipModel, paths: list[Path]) -> None:
    with torch.inference_mode():
        for start in range(0, len(paths), 64):
            batch = [model.preprocess(Image.open(path).convert("RGB")) for path in paths[start : start + 64]]
            model.encode_images(batch)


def _untrained(name: str, folder: Path) -> ClipModel:
    torch.manual_seed(0)
    file = folder / "untrained.pt"
    torch.save(open_clip.create_model(name).state_dict(), file)
    return ClipModel.load(name, str(file))


def _photos(folder: Path, n: int, side: int) -> list[Path]:
    """Files with the weight of photographs: smooth shapes under a little noise, a few distinct ones repeated."""
    rng = np.random.default_rng(0)
    paths = []
    for i in range(n):
        coarse = Image.fromarray(rng.integers(0, 255, (12, 16, 3), dtype=np.uint8)).resize((side, side * 3 // 4))
        noisy = np.asarray(coarse, np.int16) + rng.integers(-12, 12, (side * 3 // 4, side, 3))
        paths.append(folder / f"{i:05d}.jpg")
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(paths[-1], quality=88)
    return paths


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    start, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - start, time.process_time() - cpu


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=640)
    parser.add_argument("--side", type=int, nargs="+", default=[640, 4000])
    parser.add_argument("--model", default="ViT-B-32")
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=[EXACT, "auto", "openvino", "int8"])
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
