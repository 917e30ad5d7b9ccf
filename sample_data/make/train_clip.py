"""Make `model/`: train a small CLIP on captioned Fashion-MNIST with open_clip's model, tokenizer and loss.

Run after make_fashion.py: python sample_data/train_clip.py [--fashion-mnist DIR]
"""

import argparse
import math
import random
import time
from pathlib import Path
from typing import Any

import open_clip
import torch
from captions import caption
from fashion_mnist import (
    CONDITIONS,
    DEBIAN_FOLDER,
    Split,
    degrade,
    read_split,
    to_bytes,
    write_json,
    write_safely,
)
from measure_clip import measure
from PIL import Image
from safetensors.torch import save
from torch import Tensor
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR
from torchvision.transforms.functional import InterpolationMode, resize

SEED = 20240501
FOLDER = Path(__file__).parents[1] / "model"
IMAGE_SIZE = 48
CONFIG: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 128,
        "vision_cfg": {"image_size": IMAGE_SIZE, "layers": [1, 1, 1, 1], "width": 16, "head_width": 32},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
    },
    "preprocess_cfg": {
        "mean": [0.286, 0.286, 0.286],
        "std": [0.353, 0.353, 0.353],
        "interpolation": "bilinear",
        "resize_mode": "shortest",
    },
}
TOKENIZER = open_clip.SimpleTokenizer(context_length=CONFIG["model_cfg"]["text_cfg"]["context_length"])
EPOCHS = 10
BATCH = 256
PEAK_RATE = 2e-3
CLEAN_SHARE = 0.5


def main() -> None:
    """Train, save, then measure what was saved."""
    folder = _parse_arguments()
    split = read_split(folder, "train")
    check_preprocess(split.images[:100])
    started = time.perf_counter()
    model = train(split)
    seconds = time.perf_counter() - started
    save_model(model)
    made = {"seed": SEED, "epochs": EPOCHS, "seconds_to_train": round(seconds)}
    write_json(FOLDER / "metrics.json", made | measure(FOLDER, read_split(folder, "t10k")))


def _parse_arguments() -> Path:
    parser = argparse.ArgumentParser(description="Make the demo model in model/.")
    parser.add_argument("--fashion-mnist", type=Path, default=DEBIAN_FOLDER, metavar="DIR")
    folder: Path = parser.parse_args().fashion_mnist
    return folder


def train(split: Split) -> torch.nn.Module:
    """Show the whole split EPOCHS times, every time with other conditions and other captions."""
    torch.manual_seed(SEED)
    chance = random.Random(SEED)  # noqa: S311 - it picks captions, not secrets
    generator = torch.Generator().manual_seed(SEED)
    model: torch.nn.Module = open_clip.CLIP(**CONFIG["model_cfg"]).to(memory_format=torch.channels_last)
    optimizer = AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=0.05, fused=True)
    schedule = OneCycleLR(optimizer, PEAK_RATE, total_steps=EPOCHS * math.ceil(len(split.labels) / BATCH))
    for epoch in range(1, EPOCHS + 1):
        losses = []
        for batch in torch.split(torch.randperm(len(split.labels), generator=generator), BATCH):
            pixels, tokens = make_batch(split, batch, chance, generator)
            losses.append(step(model, optimizer, pixels, tokens))
            schedule.step()
        print(f"epoch {epoch} of {EPOCHS}: mean loss {sum(losses) / len(losses):.3f}", flush=True)
    return model


def step(model: torch.nn.Module, optimizer: AdamW, pixels: Tensor, tokens: Tensor) -> float:
    """One update with open_clip's own loss; like open_clip, it keeps the scale of the logits to 100."""
    image_features, text_features, scale = model(pixels, tokens)
    loss = open_clip.ClipLoss()(image_features, text_features, scale)
    optimizer.zero_grad()
    torch.autograd.backward(loss)
    optimizer.step()
    with torch.no_grad():
        model.get_parameter("logit_scale").clamp_(0, math.log(100))
    return float(loss.detach())


def make_batch(split: Split, batch: Tensor, chance: random.Random, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Captioned images in random conditions: pixels float32 [n, 3, side, side] and tokens int64 [n, 16]."""
    conditions = torch.randint(1, len(CONDITIONS), (len(batch),), generator=generator)
    conditions[torch.rand(len(batch), generator=generator) < CLEAN_SHARE] = 0
    images = vary(split.images[batch] / 255, generator)
    captions = map(caption, split.labels[batch].tolist(), conditions.tolist(), [chance] * len(batch))
    return preprocess(to_bytes(degrade(images, conditions, generator))), TOKENIZER(list(captions))


def vary(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each image or not, and shift the batch by up to 2 pixels each way."""
    mirrored = torch.where(torch.rand(len(images), 1, 1, generator=generator) < 0.5, images.flip(2), images)
    down, right = torch.randint(-2, 3, (2,), generator=generator).tolist()
    return mirrored.roll((down, right), dims=(1, 2))


def preprocess(images: Tensor) -> Tensor:
    """What open_clip's transform makes of uint8 images [n, 28, 28], for a whole batch at once."""
    config = CONFIG["preprocess_cfg"]
    resized = resize(images[:, None], [IMAGE_SIZE, IMAGE_SIZE], InterpolationMode(config["interpolation"]))
    pixels: Tensor = (resized / 255 - config["mean"][0]) / config["std"][0]
    return pixels.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def check_preprocess(images: Tensor) -> None:
    """Refuse to train on pixels more than one grey level away from those that open_clip's transform gives."""
    config = CONFIG["preprocess_cfg"]
    transform = open_clip.image_transform(IMAGE_SIZE, is_train=False, **config)
    expected = torch.stack([transform(Image.fromarray(image.numpy())) for image in images])
    grey_levels = float((preprocess(images) - expected).abs().max()) * config["std"][0] * 255
    if grey_levels > 1.01:
        raise RuntimeError(
            f"expected the pixels of open_clip's transform, found some {grey_levels:.1f} grey levels away: "
            "bring preprocess() in line with this version of open_clip"
        )


def save_model(model: torch.nn.Module) -> None:
    """Write configuration and weights, at half precision, under the names that open_clip looks for."""
    weights = {name: weight.contiguous() for name, weight in model.state_dict().items()}
    halves = {name: weight.half() if weight.is_floating_point() else weight for name, weight in weights.items()}
    write_safely(FOLDER / "open_clip_model.safetensors", save(halves))
    write_json(FOLDER / "open_clip_config.json", CONFIG)


if __name__ == "__main__":
    main()
