"""The figures of the demo model, measured on the files in `model/` through open_clip's own loading path."""

from pathlib import Path

import open_clip
import pandas as pd
import torch
from captions import class_prompts, condition_prompts
from fashion_mnist import CONDITIONS, SIDE, Split, degrade, to_bytes
from PIL import Image
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn.functional import normalize

SEED = 1
SAMPLE = Path(__file__).parents[1] / "fashion"
NEIGHBOURS = 10


class Clip:
    """The demo model as a user gets it; its vectors are of unit length, float32 [n, 128]."""

    def __init__(self, folder: Path) -> None:
        name = f"local-dir:{folder}"
        self.model, _, self.transform = open_clip.create_model_and_transforms(name)
        self.tokenizer = open_clip.get_tokenizer(name)
        self.model.eval()

    @torch.inference_mode()
    def image_vectors(self, images: Tensor) -> Tensor:
        """Embed uint8 images [n, 28, 28]."""
        pixels = torch.stack([self.transform(Image.fromarray(image.numpy())) for image in images])
        return torch.cat([normalize(self.model.encode_image(batch)) for batch in torch.split(pixels, 500)])

    @torch.inference_mode()
    def text_vectors(self, texts: list[str]) -> Tensor:
        """Embed texts."""
        return normalize(self.model.encode_text(self.tokenizer(texts)))


def measure(folder: Path, test: Split) -> dict[str, object]:
    """Zero-shot figures on the whole test split, and neighbourhood figures on the sample in `fashion/`."""
    clip = Clip(folder)
    images = in_every_condition(test.images)
    vectors = {condition: clip.image_vectors(images[condition]) for condition in CONDITIONS}
    return {
        "parameters": sum(parameter.numel() for parameter in clip.model.parameters()),
        "bytes": (folder / "open_clip_model.safetensors").stat().st_size,
        "test_images": len(test.labels),
        **measure_zero_shot(clip, vectors, test.labels),
        "sample": measure_sample(clip),
    }


def in_every_condition(images: Tensor) -> dict[str, Tensor]:
    """All the images once in each condition."""
    generator = torch.Generator().manual_seed(SEED)
    return {
        condition: to_bytes(degrade(images / 255, torch.full((len(images),), index), generator))
        for index, condition in enumerate(CONDITIONS)
    }


def measure_zero_shot(clip: Clip, vectors: dict[str, Tensor], labels: Tensor) -> dict[str, object]:
    """How often the nearest prompt is right, and how well prompts such as "a dark photo" rank images."""
    classes, conditions = clip.text_vectors(class_prompts()), clip.text_vectors(condition_prompts())
    everything = torch.cat(list(vectors.values()))
    truth = torch.arange(len(CONDITIONS)).repeat_interleave(len(labels))
    guessed = (everything @ conditions.T).argmax(dim=1)
    return {
        "zero_shot_accuracy": {
            name: _share((images @ classes.T).argmax(dim=1) == labels) for name, images in vectors.items()
        },
        "zero_shot_condition_accuracy": {
            name: _share((guessed == truth)[truth == index]) for index, name in enumerate(CONDITIONS)
        },
        "condition_prompt_auroc": {
            name: round(float(roc_auc_score(truth == index, everything @ conditions[index])), 4)
            for index, name in enumerate(CONDITIONS)
        },
    }


def measure_sample(clip: Clip) -> dict[str, object]:
    """Do neighbours in the sample disagree with a swapped label, and share a degraded image's condition?"""
    truth = pd.read_csv(SAMPLE / "truth.csv")
    nearest = nearest_neighbours(clip.image_vectors(read_images(SAMPLE, truth["image"])))
    disagreeing = 1 - agreement(truth["given_label"], nearest)
    alike = agreement(truth["condition"], nearest)
    return {
        "neighbours": NEIGHBOURS,
        "swapped_label_auroc": round(float(roc_auc_score(truth["label_swapped"], disagreeing)), 4),
        "same_condition_neighbours": alike.groupby(truth["condition"]).mean().round(4).to_dict(),
        "same_condition_by_chance": truth["condition"].value_counts(normalize=True).round(4).to_dict(),
    }


def agreement(values: "pd.Series[str]", nearest: Tensor) -> "pd.Series[float]":
    """For each row, the share of its neighbours that have the same value."""
    codes = torch.tensor(values.factorize()[0])
    return pd.Series((codes[nearest] == codes[:, None]).double().mean(dim=1).numpy())


def nearest_neighbours(vectors: Tensor) -> Tensor:
    """Rows of the NEIGHBOURS most similar others of each vector, by cosine, int64 [n, NEIGHBOURS]."""
    similarity = vectors @ vectors.T
    return similarity.fill_diagonal_(-1).topk(NEIGHBOURS).indices


def read_images(folder: Path, names: "pd.Series[str]") -> Tensor:
    """The PNGs as they lie on disk, uint8 [n, 28, 28]."""
    raw = b"".join(Image.open(folder / name).tobytes() for name in names)
    return torch.frombuffer(bytearray(raw), dtype=torch.uint8).reshape(-1, SIDE, SIDE)


def _share(hits: Tensor) -> float:
    return round(float(hits.float().mean()), 4)
