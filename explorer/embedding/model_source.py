"""What a model name and a pretrained tag, file or folder mean, told before anything heavy is loaded."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import HubError, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_MODEL = "ViT-B-32"
DEFAULT_PRETRAINED = "datacomp_xl_s13b_b90k"

CONFIG = "open_clip_config.json"

_HUB_SECONDS = 5.0


@dataclass(frozen=True)
class ModelSource:
    """Where a model comes from, in open_clip's words.

    Attributes:
        name: open_clip's model name; of a weights file with a config beside it, the name it is to be given.
        pretrained: tag or file; None where the name says it all.
        key: stable name of these very weights: model and tag, or a name and the files' SHA-256.
        config: the config beside a weights file.
    """

    name: str
    pretrained: str | None
    key: str
    config: Path | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (self.name, self.pretrained) if part)


def resolve(name: str, pretrained: str | None) -> ModelSource:
    """Decide what the arguments of `ClipModel.load` mean, without importing open_clip.

    Raises:
        ModelError: a local folder lacks its config or its weights.
    """
    pretrained = pretrained or DEFAULT_PRETRAINED
    for text in (name.removeprefix("local-dir:"), pretrained):
        if (Path(text).expanduser() / CONFIG).is_file():
            return _folder(Path(text).expanduser())
    if name.startswith("local-dir:"):
        raise ModelError(f"The model folder {name[10:]} was expected to hold {CONFIG}, and does not.")
    if name.startswith("hf-hub:"):
        return ModelSource(name, None, name)
    file = Path(pretrained).expanduser()
    if file.is_file():
        return _file(name, file)
    architecture = name.replace("/", "-")
    return ModelSource(architecture, pretrained, f"{architecture}/{pretrained}")


def _folder(folder: Path) -> ModelSource:
    weights = sorted(file for ending in ("safetensors", "bin", "pth") for file in folder.glob(f"*.{ending}"))
    if not weights:
        raise ModelError(f"The model folder {folder} holds {CONFIG} but no weights (*.safetensors).")
    key = f"{folder.resolve().name}@{_sha256(folder / CONFIG, *weights)}"
    return ModelSource(f"local-dir:{folder}", None, key)


def _file(name: str, file: Path) -> ModelSource:
    """A weights file: the config beside it says its architecture, unless the user does."""
    beside = [path for path in (file.with_suffix(".json"), file.parent / CONFIG) if path.is_file()]
    if beside and name == DEFAULT_MODEL:
        digest = _sha256(beside[0], file)
        return ModelSource(f"{file.stem}-{digest}", str(file), f"{file.stem}@{digest}", beside[0])
    architecture = name.replace("/", "-")
    return ModelSource(architecture, str(file), f"{architecture}@{_sha256(file)}")


def check_known(source: ModelSource) -> None:
    """Refuse an architecture or a tag that open_clip does not know, naming those that are nearly alike.

    Raises:
        ModelError: it is not known.
    """
    import open_clip

    if source.name not in open_clip.list_models():
        raise ModelError(
            f"{source.name!r} is neither a model that open_clip knows nor a folder with {CONFIG}. "
            f"{_near(source.name, open_clip.list_models())}."
        )
    pretrained = source.pretrained or ""
    if not Path(pretrained).is_file() and not open_clip.get_pretrained_cfg(source.name, pretrained):
        tags = open_clip.list_pretrained_tags_by_model(source.name)
        raise ModelError(
            f"{pretrained!r} is neither a file nor a pretrained tag of {source.name}. "
            f"{_near(pretrained, tags)}, or a local weights file with --pretrained FILE."
        )


def require_hub(repository: str, source: ModelSource) -> None:
    """Ask the model hub once, before open_clip retries for most of a minute; a cached model needs no hub.

    Raises:
        HubError: the model is not cached and the hub does not answer; names the ways on.
    """
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        huggingface_hub.snapshot_download(repository, local_files_only=True)
    except LocalEntryNotFoundError:
        url = huggingface_hub.hf_hub_url(repository, CONFIG)
    else:
        return
    try:
        huggingface_hub.get_hf_file_metadata(url, timeout=_HUB_SECONDS)
    except HfHubHTTPError:
        return  # it answers; what it says to the real request is for open_clip to report
    except Exception as error:  # the transport's own errors, which differ between versions of the client
        raise HubError(
            f"The model {source} is not on this machine and the model hub does not answer ({first_line(error)}).",
            "Three ways on: a local weights file with --pretrained FILE, vectors of your own with --vectors FILE, or "
            "the demo with `edgecase demo`.",
        ) from error


def first_line(error: Exception) -> str:
    """The first line of a library's message, or the error's name where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _near(text: str, known: Sequence[str]) -> str:
    return "Try " + ", ".join(difflib.get_close_matches(text, known, n=5, cutoff=0.4) or known[:5])


def _sha256(*files: Path) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of files' SHA-256s."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
