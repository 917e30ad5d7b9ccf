"""Images per second: our streamed pass against the loop one would write with open_clip, same model, same files.

    python benchmarks/embedding.py [--images 2000] [--side 640] [--model ViT-B-32]

The weights are random: speed does not depend on them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import open_clip
import torch
from PIL import Image

from explorer.embedding import ClipModel, VectorStore, embed_images


def main() -> None:
    """Print both rates and their ratio, and how long a second build of the same images takes."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        paths = _photos(folder, arguments.images, arguments.side)
        model = _untrained(arguments.model, folder)
        _plain_loop(model, paths[:64])  # both start warm
        plain = _timed(lambda: _plain_loop(model, paths))
        store = VectorStore(folder / "vectors", model.key)
        ours = _timed(lambda: embed_images(paths, model, store))
        again = _timed(lambda: embed_images(paths, model, VectorStore(folder / "vectors", model.key)))
    print(f"{len(paths)} JPEGs of {arguments.side} px, {arguments.model} on {model.device}")
    print(f"plain open_clip loop  {len(paths) / plain:8.1f} images/s")
    print(f"edgecase              {len(paths) / ours:8.1f} images/s   {plain / ours:.2f}x")
    print(f"edgecase, second time {len(paths) / again:8.1f} images/s   {plain / again:.1f}x (nothing new to embed)")


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


def _timed(run: object) -> float:
    start = time.perf_counter()
    run()  # type: ignore[operator]
    return time.perf_counter() - start


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--side", type=int, default=640)
    parser.add_argument("--model", default="ViT-B-32")
    return parser.parse_args()


if __name__ == "__main__":
    main()
