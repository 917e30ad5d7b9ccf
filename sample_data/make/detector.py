"""A small detector of the CenterNet kind (Zhou et al. 2019, "Objects as Points"): what it is, learns and finds."""

import math
from dataclasses import dataclass

import torch
from compose import MOST_ITEMS, SCENE_SIDE, Scenes
from fashion_mnist import CLASSES
from torch import Tensor, nn
from torch.nn.functional import interpolate, l1_loss, logsigmoid, max_pool2d
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

STRIDE = 4
CELLS = SCENE_SIDE // STRIDE
BATCH = 16
PEAK_RATE = 3e-3
LEAST_SCORE = 0.05
MOST_DETECTIONS = 20


class Detector(nn.Module):
    """For each cell of STRIDE by STRIDE pixels: a score for each class, the centre within the cell, and log size."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(_layer(1, 24, stride=2), _layer(24, 48, stride=2), _layer(48, 48))
        self.middle = nn.Sequential(_layer(48, 96, stride=2), _layer(96, 96))
        self.coarse = nn.Sequential(_layer(96, 128, stride=2), _layer(128, 96))
        self.narrow = nn.Conv2d(96, 48, 1)
        self.head = nn.Sequential(_layer(48, 64), nn.Conv2d(64, len(CLASSES) + 4, 1))
        nn.init.constant_(self.head.get_parameter("1.bias")[: len(CLASSES)], -math.log(99))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Class logits [n, classes, CELLS, CELLS] and boxes [n, 4, CELLS, CELLS] of uint8 scenes [n, side, side]."""
        fine = self.fine(pixels[:, None] / 255)
        middle = self.middle(fine)
        middle = middle + interpolate(self.coarse(middle), scale_factor=2.0)
        found = self.head(fine + interpolate(self.narrow(middle), scale_factor=2.0))
        return found[:, : len(CLASSES)], found[:, len(CLASSES) :]


def _layer(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


@dataclass(frozen=True)
class Targets:
    """What a detector should say of n scenes.

    Attributes:
        heat: float32 [n, classes, CELLS, CELLS], 1 in the cells of centres, falling off around them.
        places: int64 [m, 3], scene, row and column of each kept item's centre.
        boxes: float32 [m, 4], its centre within the cell in 0..1 and the logarithms of width and height in cells.
    """

    heat: Tensor
    places: Tensor
    boxes: Tensor


def targets(scenes: Scenes, rows: Tensor) -> Targets:
    """Say what is to be learnt of some of the scenes, given by int64 [n]."""
    kept, labels = scenes.kept[rows], scenes.labels[rows]
    corner, size = (scenes.boxes[rows] / STRIDE).split_with_sizes((2, 2), dim=-1)
    middle = corner + size / 2
    cell = middle.floor()
    bumps = _bump(cell[..., 1], size[..., 1])[..., :, None] * _bump(cell[..., 0], size[..., 0])[..., None, :]
    heat = torch.zeros(len(rows), len(CLASSES), CELLS, CELLS)
    every = torch.arange(len(rows))
    for k in range(MOST_ITEMS):
        heat[every, labels[:, k]] = torch.maximum(heat[every, labels[:, k]], bumps[:, k] * kept[:, k, None, None])
    scene, item = kept.nonzero(as_tuple=True)
    column, row = cell[scene, item].long().T
    boxes = torch.cat([middle - cell, size.clamp(min=0.1).log()], dim=-1)[scene, item]
    return Targets(heat, torch.stack([scene, row, column], dim=1), boxes)


def _bump(cell: Tensor, size: Tensor) -> Tensor:
    """A Gaussian, float32 [..., CELLS], 1 at its cell and as wide as befits an item of this size in cells."""
    sigma = (size / 8).clamp(min=0.6)
    return torch.exp(-(((torch.arange(CELLS) - cell[..., None]) / sigma[..., None]) ** 2) / 2)


def loss(logits: Tensor, boxes: Tensor, wanted: Targets) -> Tensor:
    """CenterNet's focal loss of the heat map, plus the L1 distance of centres and log sizes."""
    peaks = wanted.heat == 1
    right = (logsigmoid(logits) * torch.sigmoid(-logits) ** 2)[peaks].sum()
    wrong = logsigmoid(-logits) * torch.sigmoid(logits) ** 2 * (1 - wanted.heat) ** 4
    scene, row, column = wanted.places.T
    placed = l1_loss(boxes[scene, :, row, column], wanted.boxes, reduction="sum")
    return (placed - right - wrong.masked_fill(peaks, 0).sum()) / max(len(scene), 1)


def train(scenes: Scenes, epochs: int, seed: int) -> Detector:
    """Train in bfloat16 on all the scenes, in another order in each epoch."""
    torch.manual_seed(seed)
    model = Detector().to(memory_format=torch.channels_last)
    optimizer = AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=0.02)
    schedule = OneCycleLR(optimizer, PEAK_RATE, total_steps=epochs * math.ceil(len(scenes.labels) / BATCH))
    for epoch in range(1, epochs + 1):
        losses = []
        for rows in torch.split(torch.randperm(len(scenes.labels)), BATCH):
            with torch.autocast("cpu", torch.bfloat16):
                logits, boxes = model(scenes.pixels[rows])
            value = loss(logits.float(), boxes.float(), targets(scenes, rows))
            optimizer.zero_grad()
            torch.autograd.backward(value)
            optimizer.step()
            schedule.step()
            losses.append(float(value.detach()))
        print(f"epoch {epoch} of {epochs}: mean loss {sum(losses) / len(losses):.3f}", flush=True)
    return model


@torch.inference_mode()
def detect(model: Detector, pixels: Tensor) -> list[Tensor]:
    """Find items, the surest first: for each scene float32 [m, 6] of class, score, x, y, width and height."""
    model.eval()
    return [found for batch in torch.split(pixels, 100) for found in _peaks(*model(batch))]


def _peaks(logits: Tensor, boxes: Tensor) -> list[Tensor]:
    """Local maxima of the heat maps as boxes, at most MOST_DETECTIONS of at least LEAST_SCORE for each scene."""
    heat = logits.sigmoid()
    heat = heat * (heat == max_pool2d(heat, 3, stride=1, padding=1))
    scores, places = heat.flatten(1).topk(MOST_DETECTIONS)
    label, cell = places // CELLS**2, places % CELLS**2
    x, y, across, down = boxes.flatten(2).gather(2, cell[:, None].expand(-1, 4, -1)).unbind(dim=1)
    middle = torch.stack([cell % CELLS + x, cell // CELLS + y], dim=-1)
    half = torch.stack([across, down], dim=-1).exp() / 2
    start, end = (((middle + side) * STRIDE).clamp(0, SCENE_SIDE) for side in (-half, half))
    found = torch.cat([label[..., None], scores[..., None], start, end - start], dim=-1)
    return [each[each[:, 1] >= LEAST_SCORE] for each in found]
