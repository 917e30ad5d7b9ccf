"""YOLO: a `data.yaml` that names classes and folders of images, and a text file of boxes for each image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from explorer.data.images import open_image
from explorer.data.records import Dataset, Skipped
from explorer.data.spaces import Task
from explorer.errors import ImageError, SourceError
from explorer.readers.objects import ObjectRows, check_name, pointless
from explorer.readers.yolo_config import YoloConfig, read_config
from explorer.readers.yolo_lines import YoloImage, label_file, lines, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFIG = "data.yaml"


def recognises(source: Path, labels: Path | None) -> bool:  # noqa: ARG001 - readers of boxes are asked alike
    """Whether this reader takes the source: a YAML file, or a folder with a `data.yaml`."""
    return source.suffix.lower() in {".yaml", ".yml"} or (source / CONFIG).is_file()


def read(source: Path, labels: Path | None = None, predictions: Sequence[tuple[str, Path]] = ()) -> Dataset:
    """Read a YOLO dataset and any number of folders of detections.

    The YAML file gives `names` (a list, or a mapping from numbers), `path` (the root, else the file's folder), and
    under `train`, `val` and `test` a folder of images, a text file of image paths, or a list of these. An image's
    labels are in the text file of its name in the folder whose path says `labels` where the image's says `images`
    (both `images/train` and `train/images`), else beside it: `class x y width height` in shares of the image, from
    the centre of the box, or `class x1 y1 x2 y2 …`, a polygon, whose bounds are taken. An image without such a file
    has no objects. Detections have the confidence as a sixth number; a file belongs to the image of its name.

    A sample's id is its path below the root, an object's is the sample's id, `#` and its line number, a detection's
    has the model's name before it. Boxes are converted to pixels of the image as shown (EXIF orientation applied).

    Left out and listed, by file and line: what is not numbers, unknown classes, negative sizes, labels that were
    there before, detections of images that are not known, images that cannot be opened. Boxes without area or
    outside the image are kept and listed, as for COCO.

    Args:
        source: the YAML file, or a folder with a `data.yaml`.
        labels: must not be given; labels are found from the images.
        predictions: model names, each with a folder of text files, searched below as well.

    Raises:
        SourceError: the YAML file cannot be used, no image is found, no detection can be used, or a model's name is
            taken.
    """
    if labels:
        raise SourceError(f"Expected no --labels for a YOLO dataset, which has its own, found {labels}. Leave it out.")
    config = read_config(source if source.is_file() else source / CONFIG)
    skipped = list(config.skipped)
    images = _images(config, skipped)
    if not images:
        raise SourceError(f"Expected images under train, val or test of {config.path}, found none that can be read.")
    truth = _ground_truth(config, images, skipped)
    detections: dict[str, pd.DataFrame] = {}
    for name, folder in predictions:
        check_name(name, detections, folder)
        detections[name] = _detections(name, folder, config, images, skipped)
    index = pd.Index(list(images), name="id", dtype=object)
    rows = [(str(image.file), image.split) for image in images.values()]
    samples = pd.DataFrame(rows, index, ["filepath", "split"], dtype=object)
    return Dataset(samples, truth, detections, Task.DETECTION, skipped=tuple(skipped))


def _images(config: YoloConfig, skipped: list[Skipped]) -> dict[str, YoloImage]:
    images: dict[str, YoloImage] = {}
    for split, file in config.images:
        sample = file.relative_to(config.root).as_posix() if file.is_relative_to(config.root) else file.as_posix()
        if sample in images:
            skipped.append(Skipped(str(file), f"{split} names it, but it is in {images[sample].split} already"))
            continue
        try:
            with open_image(file, hashed=False) as opened:
                images[sample] = YoloImage(file, split, opened.width, opened.height)
        except ImageError as error:
            skipped.append(Skipped(str(file), str(error)))
    return images


def _ground_truth(config: YoloConfig, images: Mapping[str, YoloImage], skipped: list[Skipped]) -> pd.DataFrame:
    rows, without = ObjectRows(), 0
    for sample, image in images.items():
        file = label_file(image.file)
        without += not file.is_file()
        seen: set[str] = set()
        for line, text in lines(file, skipped):
            where = f"{file}, line {line}"
            found = parsed(text, config.names, image)
            if isinstance(found, str):
                skipped.append(Skipped(where, found))
            elif text in seen:
                skipped.append(Skipped(where, "the same line was there before"))
            else:
                label, box, _ = found
                seen.add(text)
                rows.add(f"{sample}#{line}", sample, label, box)
                rows.area.append(box[2] * box[3])
                rows.crowd.append(False)
                if reason := pointless(box, image.width, image.height):
                    skipped.append(Skipped(where, reason))
    if without:
        reason = f"images without a label file, which count as without objects: {without}"
        skipped.append(Skipped(str(config.path), reason))
    return rows.ground_truth()


def _detections(
    name: str, folder: Path, config: YoloConfig, images: Mapping[str, YoloImage], skipped: list[Skipped]
) -> pd.DataFrame:
    if not folder.is_dir():
        raise SourceError(f"Expected a folder of text files with the detections of {name} at {folder}, found none.")
    rows, seen, before = ObjectRows(), set[str](), len(skipped)
    sample_of = _Names(images)
    for file in sorted(folder.rglob("*.txt")):
        sample = sample_of.find(file.relative_to(folder))
        if not sample or sample in seen:
            reason = (
                "another file of this name was there before" if sample else "no one image of the source has its name"
            )
            skipped.append(Skipped(str(file), reason))
            continue
        seen.add(sample)
        for line, text in lines(file, skipped):
            found = parsed(text, config.names, images[sample], scored=True)
            if isinstance(found, str):
                skipped.append(Skipped(f"{file}, line {line}", found))
                continue
            label, box, confidence = found
            rows.add(f"{name}:{sample}#{line}", sample, label, box)
            rows.confidence.append(confidence)
            if reason := pointless(box, images[sample].width, images[sample].height):
                skipped.append(Skipped(f"{file}, line {line}", reason))
    if not seen or (not rows.ids and len(skipped) > before):
        reason = skipped[before].reason if len(skipped) > before else "there is no text file"
        raise SourceError(f"Expected detections on the images of the source in {folder}, found none to use: {reason}.")
    return rows.predictions()


class _Names:
    """Samples by the names of their files, with as much of the path as it takes to tell them apart."""

    def __init__(self, samples: Mapping[str, object]) -> None:
        self._by_stem: dict[str, list[str]] = {}
        for sample in samples:
            self._by_stem.setdefault(Path(sample).stem, []).append(sample)

    def find(self, file: Path) -> str:
        """The one sample of this name, empty if there is none or there are several."""
        found = self._by_stem.get(file.stem, [])
        if len(found) > 1:
            ending = "/" + file.with_suffix("").as_posix()
            found = [sample for sample in found if f"/{Path(sample).with_suffix('').as_posix()}".endswith(ending)]
        return found[0] if len(found) == 1 else ""
