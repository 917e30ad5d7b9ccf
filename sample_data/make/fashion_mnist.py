"""Fashion-MNIST as this folder's scripts use it: read it, degrade it on purpose, write results safely."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
CLASSES = (
    "T-shirt",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
CLEAN = "clean"
SIDE = 28


@dataclass(frozen=True)
class Split:
    """One split: `images` uint8 [n, 28, 28], white on black; `labels` int64 [n], indices into CLASSES."""

    images: Tensor
    labels: Tensor


def read_split(folder: Path, name: Literal["train", "t10k"]) -> Split:
    """Read the train or the test ("t10k") split from the four idx files as Zalando publishes them."""
    images = _read_idx(folder / f"{name}-images-idx3-ubyte.gz", header_bytes=16)
    labels = _read_idx(folder / f"{name}-labels-idx1-ubyte.gz", header_bytes=8)
    return Split(images.reshape(-1, SIDE, SIDE), labels.long())


def _read_idx(path: Path, header_bytes: int) -> Tensor:
    if not path.is_file():
        raise FileNotFoundError(
            f"expected Fashion-MNIST at {path}, found no such file: install the Debian package "
            "dataset-fashion-mnist, or name the folder that holds the four files with --fashion-mnist"
        )
    return torch.frombuffer(bytearray(gzip.decompress(path.read_bytes())[header_bytes:]), dtype=torch.uint8)


def degrade(images: Tensor, conditions: Tensor, generator: torch.Generator) -> Tensor:
    """Give each image its condition: `images` float32 [n, 28, 28] in 0..1, `conditions` int64 [n]."""
    degraded = images.clone()
    for index, (_, degradation) in enumerate(_DEGRADATIONS.items(), start=1):
        (chosen,) = torch.where(conditions == index)
        if len(chosen):
            degraded[chosen] = degradation(images[chosen], generator)
    return degraded.clamp(0, 1)


def _darken(images: Tensor, generator: torch.Generator) -> Tensor:
    """Leave 12 to 25 percent of the light."""
    return images * _uniform(images, 0.12, 0.25, generator)


def _blur(images: Tensor, generator: torch.Generator) -> Tensor:
    """Gaussian blur, sigma 1.8 to 3 pixels, as two products with a [28, 28] matrix for each image."""
    sigma = _uniform(images, 1.8, 3.0, generator)
    steps = torch.arange(SIDE, dtype=images.dtype)
    weights = torch.exp(-((steps[:, None] - steps) ** 2) / (2 * sigma**2))
    kernel = weights / weights.sum(dim=2, keepdim=True)
    return kernel @ images @ kernel.transpose(1, 2)


def _rotate(images: Tensor, generator: torch.Generator) -> Tensor:
    """Turn by 50 to 130 degrees, to either side."""
    angle = torch.deg2rad(_uniform(images, 50, 130, generator)) * _sign(images, generator)
    zero = torch.zeros_like(angle)
    top = torch.cat([angle.cos(), -angle.sin(), zero], dim=2)
    bottom = torch.cat([angle.sin(), angle.cos(), zero], dim=2)
    grid = affine_grid(torch.cat([top, bottom], dim=1), [len(images), 1, SIDE, SIDE], align_corners=False)
    return grid_sample(images[:, None], grid, align_corners=False)[:, 0]


def _occlude(images: Tensor, generator: torch.Generator) -> Tensor:
    """Lay a plain grey rectangle, 14 to 20 pixels each way, over the middle."""
    grey = _uniform(images, 0.35, 0.75, generator)
    rows, columns = (_span(images, generator) for _ in range(2))
    covered = rows[:, :, None] & columns[:, None, :]
    return torch.where(covered, grey, images)


def _over_expose(images: Tensor, generator: torch.Generator) -> Tensor:
    """Lift the background to a light grey and burn the clothing out to white."""
    return images * _uniform(images, 1.5, 3.0, generator) + _uniform(images, 0.45, 0.7, generator)


def _span(images: Tensor, generator: torch.Generator) -> Tensor:
    """A run of 14 to 20 pixels for each image, bool [n, 28], its middle within 4 pixels of the image's."""
    length, middle = _uniform(images, 14, 20, generator), _uniform(images, 10, 18, generator)
    return ((torch.arange(SIDE) - middle).abs() <= length / 2)[:, 0]


def _sign(images: Tensor, generator: torch.Generator) -> Tensor:
    return _uniform(images, -1, 1, generator).sign()


def _uniform(images: Tensor, low: float, high: float, generator: torch.Generator) -> Tensor:
    """One number from low..high for each image, [n, 1, 1]."""
    return low + (high - low) * torch.rand(len(images), 1, 1, generator=generator)


_DEGRADATIONS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "dark": _darken,
    "blurred": _blur,
    "rotated": _rotate,
    "occluded": _occlude,
    "over-exposed": _over_expose,
}
CONDITIONS = (CLEAN, *_DEGRADATIONS)


def to_bytes(images: Tensor) -> Tensor:
    """Float images in 0..1 as uint8, exactly as they are kept in a PNG."""
    return (images * 255).round().to(torch.uint8)


def write_safely(path: Path, content: bytes) -> None:
    """Write under a temporary name and rename, so that no reader ever sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)


def write_json(path: Path, content: object) -> None:
    """Write readable JSON, safely."""
    write_safely(path, (json.dumps(content, indent=2) + "\n").encode())
