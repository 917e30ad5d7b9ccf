"""Make `fashion/`: 1,500 test images, some degraded or mislabelled on purpose, and two models' predictions.

Run: python sample_data/make_fashion.py [--fashion-mnist DIR]
"""

import argparse
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pandas as pd
import torch
from fashion_mnist import (
    CLASSES,
    CLEAN,
    CONDITIONS,
    DEBIAN_FOLDER,
    Split,
    degrade,
    read_split,
    to_bytes,
    write_json,
    write_safely,
)
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

SEED = 20240501
FOLDER = Path(__file__).parents[1] / "fashion"
PER_CLASS = 150
PER_CONDITION = 44
SWAPPED_LABELS = 30
VALIDATION_EVERY = 5
FAMILIES = (
    ("T-shirt", "Pullover", "Dress", "Coat", "Shirt"),
    ("Trouser",),
    ("Sandal", "Sneaker", "Ankle boot"),
    ("Bag",),
)
Augmentation = Callable[[Tensor], Tensor]


def main() -> None:
    """Choose and spoil the images, train both classifiers, run them, write everything."""
    folder = _parse_arguments()
    torch.manual_seed(SEED)
    train, test = read_split(folder, "train"), read_split(folder, "t10k")
    truth, images = make_sample(test, torch.Generator().manual_seed(SEED))
    write_images(truth["image"], images)
    probabilities = {name: predict(model, images) for name, model in train_models(train).items()}
    write_tables(truth, probabilities)
    write_json(FOLDER / "metrics.json", measure(truth, probabilities))


def _parse_arguments() -> Path:
    parser = argparse.ArgumentParser(description="Make the sample data set in fashion/.")
    parser.add_argument("--fashion-mnist", type=Path, default=DEBIAN_FOLDER, metavar="DIR")
    folder: Path = parser.parse_args().fashion_mnist
    return folder


def make_sample(test: Split, generator: torch.Generator) -> tuple[pd.DataFrame, Tensor]:
    """Choose, degrade and mislabel: the truth, one row for each image, and the images, uint8 [n, 28, 28]."""
    source = choose_images(test.labels, generator)
    conditions = choose_conditions(len(source), generator)
    images = to_bytes(degrade(test.images[source] / 255, conditions, generator))
    truth = pd.DataFrame(
        {
            "image": [f"images/{number:04}.png" for number in range(len(source))],
            "source_index": source.numpy(),
            "condition": [CONDITIONS[condition] for condition in conditions],
            "true_label": [CLASSES[label] for label in test.labels[source]],
        }
    )
    truth["given_label"] = swap_labels(truth, generator)
    truth["label_swapped"] = truth["given_label"] != truth["true_label"]
    return truth, images


def choose_images(labels: Tensor, generator: torch.Generator) -> Tensor:
    """PER_CLASS images of every class, as indices into the split, in random order."""
    shuffled = torch.randperm(len(labels), generator=generator)
    chosen = [shuffled[labels[shuffled] == label][:PER_CLASS] for label in range(len(CLASSES))]
    together = torch.cat(chosen)
    return together[torch.randperm(len(together), generator=generator)]


def choose_conditions(count: int, generator: torch.Generator) -> Tensor:
    """PER_CONDITION images of every degradation, the rest clean: indices into CONDITIONS, int64 [count]."""
    degraded = torch.arange(1, len(CONDITIONS)).repeat_interleave(PER_CONDITION)
    conditions = torch.zeros(count, dtype=torch.int64)
    conditions[torch.randperm(count, generator=generator)[: len(degraded)]] = degraded
    return conditions


def swap_labels(truth: pd.DataFrame, generator: torch.Generator) -> pd.Series:
    """The labels given: SWAPPED_LABELS clean images get one of another family (a sneaker is called a bag)."""
    given = truth["true_label"].copy()
    clean = torch.tensor(truth.index[truth["condition"] == CLEAN].to_numpy())
    for row in clean[torch.randperm(len(clean), generator=generator)[:SWAPPED_LABELS]].tolist():
        given[row] = _label_of_another_family(given[row], generator)
    return given


def _label_of_another_family(label: str, generator: torch.Generator) -> str:
    others = [other for family in FAMILIES if label not in family for other in family]
    return others[int(torch.randint(len(others), (), generator=generator))]


def train_models(train: Split) -> dict[str, nn.Module]:
    """Train v1, a linear classifier, and v2, a small CNN that has seen other brightnesses."""
    linear = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, len(CLASSES)))
    cnn = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 7 * 7, 64), nn.ReLU(), nn.Linear(64, len(CLASSES))),
    )
    return {
        "v1": train_classifier(linear, train, epochs=6, augment=lambda images: images),
        "v2": train_classifier(cnn, train, epochs=4, augment=vary_light),
    }


def vary_light(images: Tensor) -> Tensor:
    """Light augmentation: mirror half of the images, and scale each one's brightness by 0.4 to 1.4."""
    mirrored = torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(3), images)
    return (mirrored * torch.empty(len(images), 1, 1, 1).uniform_(0.4, 1.4)).clamp(0, 1)


def train_classifier(model: nn.Module, train: Split, epochs: int, augment: Augmentation) -> nn.Module:
    """Adam on mini-batches of 128, with the learning rate brought down to zero over the run."""
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        for batch in torch.split(torch.randperm(len(train.labels)), 128):
            scores = model(augment(_to_input(train.images[batch])))
            optimizer.zero_grad()
            torch.autograd.backward(cross_entropy(scores, train.labels[batch]))
            optimizer.step()
        schedule.step()
    return model


@torch.inference_mode()
def predict(model: nn.Module, images: Tensor) -> Tensor:
    """Class probabilities, float32 [n, 10], of the images exactly as they lie on disk."""
    model.eval()
    return torch.cat([model(batch).softmax(dim=1) for batch in torch.split(_to_input(images), 500)])


def _to_input(images: Tensor) -> Tensor:
    return images[:, None] / 255


def write_images(names: "pd.Series[str]", images: Tensor) -> None:
    """Write uint8 images [n, 28, 28] as grayscale PNGs."""
    for name, image in zip(names, images, strict=True):
        png = BytesIO()
        Image.fromarray(image.numpy()).save(png, format="PNG", optimize=True)
        write_safely(FOLDER / name, png.getvalue())


def write_tables(truth: pd.DataFrame, probabilities: dict[str, Tensor]) -> None:
    """Write what the app reads (labels.csv, probabilities.parquet) and what it must find (truth.csv)."""
    labels = truth[["image"]].assign(label=truth["given_label"], split="test")
    labels.loc[labels.index % VALIDATION_EVERY == 0, "split"] = "val"
    for model, scores in probabilities.items():
        labels[f"{model}.prediction"] = predicted_labels(scores)
        labels[f"{model}.confidence"] = scores.amax(dim=1).numpy().round(4)
    write_safely(FOLDER / "labels.csv", labels.to_csv(index=False).encode())
    write_safely(FOLDER / "truth.csv", truth.to_csv(index=False).encode())
    scored = pd.concat([_score_table(truth["image"], *pair) for pair in probabilities.items()])
    write_safely(FOLDER / "probabilities.parquet", scored.to_parquet(index=False))


def _score_table(images: "pd.Series[str]", model: str, scores: Tensor) -> pd.DataFrame:
    table = pd.DataFrame(scores.numpy(), columns=list(CLASSES))
    table.insert(0, "image", images)
    table.insert(1, "model", model)
    return table


def predicted_labels(scores: Tensor) -> list[str]:
    """Name the most probable class of each image."""
    return [CLASSES[label] for label in scores.argmax(dim=1)]


def measure(truth: pd.DataFrame, probabilities: dict[str, Tensor]) -> dict[str, object]:
    """Accuracy against the true labels, overall and by condition, and how the two models differ."""
    correct = pd.DataFrame({model: predicted_labels(scores) for model, scores in probabilities.items()}).eq(
        truth["true_label"], axis=0
    )
    v1, v2 = (predicted_labels(probabilities[model]) for model in ("v1", "v2"))
    return {
        "seed": SEED,
        "images": len(truth),
        "label_swapped": int(truth["label_swapped"].sum()),
        "images_by_condition": truth["condition"].value_counts().reindex(list(CONDITIONS)).to_dict(),
        "accuracy": correct.mean().round(4).to_dict(),
        "accuracy_by_condition": correct.groupby(truth["condition"]).mean().round(4).T.to_dict(),
        "agreement": round(sum(a == b for a, b in zip(v1, v2, strict=True)) / len(truth), 4),
        "fixed_by_v2": int((~correct["v1"] & correct["v2"]).sum()),
        "regressed_in_v2": int((correct["v1"] & ~correct["v2"]).sum()),
    }


if __name__ == "__main__":
    main()
