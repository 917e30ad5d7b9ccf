"""YOLO: a `data.yaml` that names classes and folders of images, and a text file of boxes for each image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from explorer.data.images import open_image
from explorer.data.records import Dataset, Skipped, Used
from explorer.data.spaces import Task
from explorer.errors import ImageError, SourceError
from explorer.readers.files import files_below
from explorer.readers.objects import LeftOut, ObjectRows, check_name, pointless
from explorer.readers.yolo_config import CONFIG, NAME_FILES, YoloConfig, read_config
from explorer.readers.yolo_lines import YoloImage, label_file, label_folder, lines, numbers_of, parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_UNKNOWN = "no one image of the source has its name"
_TWICE = "another file of this name was there before"


def recognises(source: Path, labels: Path | None) -> bool:  # noqa: ARG001 - readers of boxes are asked alike
    """Whether this reader takes the source: a YAML file or one of class names, or a folder with a `data.yaml`."""
    return source.suffix.lower() in {".yaml", ".yml"} or source.name in NAME_FILES or (source / CONFIG).is_file()


def read(source: Path, labels: Path | None = None, predictions: Sequence[tuple[str, Path]] = ()) -> Dataset:
    """Read a YOLO dataset and any number of folders of detections.

    The YAML file gives `names` (a list, or a mapping from numbers; each as it is written), `path` (the root, else the
    file's folder), and under `train`, `val` and `test` a folder of images, a text file of image paths, or a list of
    these. Instead of it there may be a `classes.txt` of names, one a line, with the images beside it or below. An
    image's labels are in the text file of its name in the folder whose path says `labels` where the image's says
    `images` (both `images/train` and `train/images`), else beside it: `class x y width height` in shares of the image,
    from the centre of the box, and where the YAML file has `kpt_shape` the keypoints, which are not read; without it
    also `class x1 y1 x2 y2 …`, a polygon or a turned box, whose bounds are taken, and that is listed. An image without
    such a file has no objects. Detections have the confidence as a last number; a file belongs to the image of its
    name. Hidden files and folders are left out.

    A sample's id is its path below the root, an object's is the sample's id, `#` and its line number, a detection's
    has the model's name before it. Boxes are converted to pixels of the image as shown (EXIF orientation applied).

    Left out and listed, by file and line: what is not numbers, numbers in pixels, unknown classes, negative sizes,
    labels that were there before, detections of images that are not known, images that cannot be opened. Boxes without
    area or outside the image are kept and listed, as for COCO.

    Args:
        source: the YAML file, the file of class names, or a folder with a `data.yaml`.
        labels: must not be given; labels are found from the images.
        predictions: model names, each with a folder of text files, searched below as well.

    Raises:
        SourceError: the YAML file cannot be used, no image or no detection is found, or a model's name is taken.
    """
    if labels:
        raise SourceError(f"Expected no --labels for a YOLO dataset, which has its own, found {labels}. Leave it out.")
    config = read_config(source if source.is_file() else source / CONFIG)
    skipped = list(config.skipped)
    images = _images(config, skipped)
    if not images:
        first = f"The first: {skipped[0].filepath}: {skipped[0].reason}." if skipped else "There is no image file."
        raise SourceError(
            f"Expected images under train, val or test of {config.path}, found none that can be read. {first}"
        )
    truth, used = _ground_truth(config, images, skipped)
    uses = [used]
    detections: dict[str, pd.DataFrame] = {}
    for name, folder in predictions:
        check_name(name, detections, folder)
        detections[name], used = _detections(name, folder, config, images, skipped)
        uses.append(used)
    index = pd.Index(list(images), name="id", dtype=object)
    samples = pd.DataFrame({"filepath": [str(image.file) for image in images.values()]}, index, dtype=object)
    if any(image.split for image in images.values()):
        samples["split"] = pd.Series([image.split or None for image in images.values()], index, object)
    numbers = {class_name: number for number, class_name in config.names.items()}
    left_out, files = tuple(skipped), tuple(uses)
    return Dataset(samples, truth, detections, Task.DETECTION, skipped=left_out, used=files, class_numbers=numbers)


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


def _ground_truth(
    config: YoloConfig, images: Mapping[str, YoloImage], skipped: list[Skipped]
) -> tuple[pd.DataFrame, Used]:
    rows, left_out, polygons = ObjectRows(), LeftOut(skipped), 0
    files = {sample: label_file(image.file) for sample, image in images.items()}
    without = sum(not file.is_file() for file in files.values())
    for sample, image in images.items():
        seen: set[str] = set()
        for line, text in lines(files[sample], skipped):
            where = f"{files[sample]}, line {line}"
            found = parsed(text, config, image) if text not in seen else "the same line was there before"
            if isinstance(found, str):
                left_out.add(where, found)
                continue
            seen.add(text)
            polygons += found.is_polygon
            rows.add(f"{sample}#{line}", sample, found.label, found.box)
            rows.area.append(found.box[2] * found.box[3])
            rows.crowd.append(False)
            if reason := pointless(found.box, image.width, image.height):
                skipped.append(Skipped(where, reason))
    if without == len(files):
        _refuse_foreign(config, images.values())
    said = {
        "images without a label file, which count as without objects": without,
        "lines of more than five numbers, taken as polygons by their bounds": polygons,
    }
    skipped += [Skipped(str(config.path), f"{what}: {count}") for what, count in said.items() if count]
    return rows.ground_truth(), left_out.used(config.path, "labels", rows)


def _refuse_foreign(config: YoloConfig, images: Iterable[YoloImage]) -> None:
    """Refuse label files where no image has one.

    Raises:
        SourceError: there are some in the folders where they are looked for.
    """
    folders = {folder for image in images if (folder := label_folder(image.file)) and folder.is_dir()}
    files = [file for folder in folders for file in folder.glob("[!.]*.txt") if file.name not in NAME_FILES]
    if files:
        raise SourceError(
            f"Expected label files named like the images of {config.path}, found {len(files)} of other names, such as "
            f"{min(files)}."
        )


def _detections(
    name: str, folder: Path, config: YoloConfig, images: Mapping[str, YoloImage], skipped: list[Skipped]
) -> tuple[pd.DataFrame, Used]:
    if not folder.is_dir():
        raise SourceError(f"Expected a folder of text files with the detections of {name} at {folder}, found none.")
    files, hidden = files_below(folder.absolute())
    texts = sorted(Path(file) for file in files if file.lower().endswith(".txt"))
    if not texts:
        raise SourceError(
            f"Expected detections on the images of the source in {folder}, found none to use: there is no text file."
        )
    skipped += hidden
    rows, left_out, seen = ObjectRows(), LeftOut(skipped), set[str]()
    sample_of = _Names(images)
    for file in texts:
        sample = sample_of.find(file)
        if not sample or sample in seen:
            count = sum(numbers_of(text) is not None for _, text in lines(folder / file, []))
            left_out.add(str(folder / file), _TWICE if sample else _UNKNOWN, count=max(1, count))
            continue
        seen.add(sample)
        for line, text in lines(folder / file, skipped):
            where, found = f"{folder / file}, line {line}", parsed(text, config, images[sample], scored=True)
            if isinstance(found, str):
                left_out.add(where, found)
                continue
            rows.add(f"{name}:{sample}#{line}", sample, found.label, found.box)
            rows.confidence.append(found.confidence)
            if reason := pointless(found.box, images[sample].width, images[sample].height):
                skipped.append(Skipped(where, reason))
    return rows.predictions(), left_out.used(folder, "detections", rows)


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
