"""Scenes for the detection sample: Fashion-MNIST items laid over each other on a textured ground."""

import math
from dataclasses import dataclass, fields

import torch
from fashion_mnist import Split, to_bytes
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate

SCENE_SIDE = 112
MOST_ITEMS = 12
LIGHTS = {"bright": 1.4, "normal": 1.0, "dusk": 0.4, "dark": 0.18}
DENSITIES = {"sparse": (1, 3), "medium": (4, 7), "crowded": (8, MOST_ITEMS)}
SMALLEST, LARGEST = 14, 48
LEAST_VISIBLE = 0.3
NOISE = 0.012
_AT_ONCE = 20


@dataclass(frozen=True)
class Scenes:
    """Composed scenes, n of them, each with room for MOST_ITEMS items.

    Attributes:
        pixels: uint8 [n, SCENE_SIDE, SCENE_SIDE].
        lights: int64 [n], positions in LIGHTS.
        densities: int64 [n], positions in DENSITIES.
        labels: int64 [n, MOST_ITEMS], indices into CLASSES.
        boxes: float32 [n, MOST_ITEMS, 4], the smallest x, y, width, height around an item's visible pixels.
        visible: int64 [n, MOST_ITEMS], an item's visible pixels.
        present: bool [n, MOST_ITEMS], whether there is such an item.
        kept: bool [n, MOST_ITEMS], whether LEAST_VISIBLE of it can be seen, too, so that it is in the ground truth.
    """

    pixels: Tensor
    lights: Tensor
    densities: Tensor
    labels: Tensor
    boxes: Tensor
    visible: Tensor
    present: Tensor
    kept: Tensor


def compose(split: Split, lights: Tensor, densities: Tensor, generator: torch.Generator) -> Scenes:
    """Compose one scene for each light and density, int64 [n] both, from items drawn at random."""
    pairs = zip(torch.split(lights, _AT_ONCE), torch.split(densities, _AT_ONCE), strict=True)
    parts = [_compose(split, *pair, generator) for pair in pairs]
    return Scenes(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(Scenes)))


def _compose(split: Split, lights: Tensor, densities: Tensor, generator: torch.Generator) -> Scenes:
    items = torch.randint(len(split.labels), (len(lights), MOST_ITEMS), generator=generator)
    present = torch.arange(MOST_ITEMS) < _counts(densities, generator)[:, None]
    views = _views(len(lights), generator)
    reflected = _uniform(0.65, 1, (len(lights), MOST_ITEMS, 1, 1), generator)
    scene, sizes = _ground(len(lights), generator), []
    owner = torch.full(scene.shape, MOST_ITEMS, dtype=torch.uint8)
    for k in range(MOST_ITEMS):
        grid = affine_grid(views[:, k], [len(lights), 1, SCENE_SIDE, SCENE_SIDE], align_corners=False)
        cloth = grid_sample(split.images[items[:, k], None] / 255, grid, align_corners=False)[:, 0]
        opacity = (cloth * 5).clamp(max=1) * present[:, k, None, None]
        scene = torch.lerp(scene, (0.2 + 0.8 * cloth) * reflected[:, k], opacity)
        solid = opacity > 0.5
        owner.masked_fill_(solid, k)
        sizes.append(solid.sum(dim=(1, 2)))
    masks = owner[:, None] == torch.arange(MOST_ITEMS, dtype=torch.uint8)[:, None, None]
    visible = masks.sum(dim=(2, 3))
    kept = (visible > 0) & (visible >= LEAST_VISIBLE * torch.stack(sizes, dim=1))
    pixels = to_bytes(_photograph(scene, lights, generator))
    return Scenes(pixels, lights, densities, split.labels[items], _boxes(masks), visible, present, kept)


def _counts(densities: Tensor, generator: torch.Generator) -> Tensor:
    """Draw how many items lie in each scene, int64 [n]."""
    fewest, most = torch.tensor(list(DENSITIES.values()))[densities].unbind(dim=1)
    return fewest + (torch.rand(len(densities), generator=generator) * (most - fewest + 1)).long()


def _views(count: int, generator: torch.Generator) -> Tensor:
    """Where and how large each item lies: affine maps from scene to item, float32 [count, MOST_ITEMS, 2, 3].

    A scene's items spread over all of it or crowd together; each is turned by up to 15 degrees and may be mirrored.
    """
    shape = (count, MOST_ITEMS)
    side = _uniform(math.log(SMALLEST), math.log(LARGEST), shape, generator).exp() / SCENE_SIDE
    spread = _uniform(0.65, 1, (count, 1, 1), generator)
    middle = _uniform(-1, 1, (*shape, 2), generator) * spread * (1 - side[..., None])
    angle = _uniform(-math.pi / 12, math.pi / 12, shape, generator)
    mirror = _uniform(-1, 1, shape, generator).sign()
    across = torch.stack([angle.cos() * mirror, -angle.sin() * mirror], dim=-1)
    down = torch.stack([angle.sin(), angle.cos()], dim=-1)
    turn = torch.stack([across, down], dim=-2) / side[..., None, None]
    return torch.cat([turn, -turn @ middle[..., None]], dim=-1)


def _ground(count: int, generator: torch.Generator) -> Tensor:
    """Grey with soft blotches, float32 [count, SCENE_SIDE, SCENE_SIDE]."""
    blotches = 0.04 * torch.randn(count, 1, 14, 14, generator=generator)
    texture = interpolate(blotches, SCENE_SIDE, mode="bicubic", align_corners=False)[:, 0]
    return _uniform(0.1, 0.3, (count, 1, 1), generator) + texture


def _photograph(scene: Tensor, lights: Tensor, generator: torch.Generator) -> Tensor:
    """Light the scenes, with the same sensor noise in every light."""
    gain = torch.tensor(list(LIGHTS.values()))[lights, None, None]
    noise = torch.randn(scene.shape, generator=generator)
    return torch.addcmul(NOISE * noise, scene, gain).clamp(0, 1)


def _boxes(masks: Tensor) -> Tensor:
    """Smallest boxes around masks, bool [n, k, side, side]: float32 [n, k, 4] as x, y, width, height."""
    (left, width), (top, height) = (_extent(masks.any(dim=axis)) for axis in (2, 3))
    return torch.stack([left, top, width, height], dim=-1).float()


def _extent(line: Tensor) -> tuple[Tensor, Tensor]:
    """First place and length of the run from the first to the last hit, of bool [..., side]."""
    first, last = line.int().argmax(dim=-1), line.shape[-1] - 1 - line.flip(-1).int().argmax(dim=-1)
    return first, last - first + 1


def _uniform(low: float, high: float, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=generator)
