"""A workspace folder: what was computed, and the database of what people decided.

::

    WORKSPACE/
      edgecase.json      names the current artefacts; replaced in one step at the end of a build
      decisions.db       what people decided; never touched by a build (or in another database, see `DECISIONS`)
      vectors/           embeddings cached by image content
      derived/           samples and spaces, immutable, named by what they depend on
      thumbnails/        small images, safe to delete
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.errors import WorkspaceError
from explorer.records import Skipped, Space
from explorer.store.artefacts import UNREADABLE, SpaceFiles, artefact_key, damaged, fresh_folder, write_json
from explorer.store.decisions import Decisions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from explorer.records import Embeddings, Layout, Neighbors
    from explorer.store.decisions import Subset

FORMAT = 1
MANIFEST = "edgecase.json"
DECISIONS = "EDGECASE_DECISIONS"
"""Environment variable that names another place for decisions: a SQLite file or `postgresql://USER@HOST/NAME`.

One database serves one workspace; workspaces that share one share their subsets.
"""

_BUILD_AGAIN = "Run `edgecase build SOURCE --workspace {}` again; subsets and other decisions are kept."
_OWN = {MANIFEST, ".build.lock", "decisions.db", "decisions.db-wal", "decisions.db-shm"}
_OWN |= {"vectors", "derived", "thumbnails", "incoming", "library", f"{MANIFEST}.partial"}


@dataclass(frozen=True)
class Manifest:
    """What a build made; the JSON in `edgecase.json`.

    Attributes:
        name: what the workspace is called on screen.
        source: where the images came from.
        root: folder to which relative file paths are relative.
        built_at: UTC time of the build, ISO 8601.
        model: name, pretrained (or None), key, and whether it understands text.
        parameters: of the map.
        samples: artefact of the sample table.
        spaces: artefact of each space; predictions are named `prediction/MODEL`.
        predictions: names of the models with predictions.
        task: classification (one label per image) or detection (boxes).
        moved: image folders that were moved after the build: the path then, the path now.
    """

    name: str
    source: str
    root: str
    built_at: str
    model: dict[str, Any]
    parameters: dict[str, Any]
    samples: str
    spaces: dict[str, str]
    predictions: list[str] = field(default_factory=list)
    task: str = "classification"
    moved: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


class Workspace:
    """Read access to one build, and the decisions made on it.

    Samples are addressed by id; `embeddings`, `neighbors` and `layout` have one row per sample in the order of
    `samples`, or in detection for labels and predictions one per box in the order of `objects`.
    """

    def __init__(self, path: Path | str, decisions: Path | str | None = None) -> None:
        """Open a workspace.

        Args:
            path: its folder.
            decisions: where its decisions are, a SQLite file or a PostgreSQL URL; None asks the environment
                (`DECISIONS`), then means `decisions.db` inside the workspace.

        Raises:
            WorkspaceError: there is none, or another version of the program wrote it.
        """
        self.path = Path(path)
        self.manifest = _read_manifest(self.path)
        self.decisions_location = decisions or os.environ.get(DECISIONS) or self.path / "decisions.db"
        self._objects: dict[str, pd.DataFrame] = {}

    @cached_property
    def samples(self) -> pd.DataFrame:
        """All samples, indexed by id.

        Columns: filepath, digest, width, height, split, label, `MODEL.prediction`, `MODEL.confidence`,
        `MODEL.outcome` (correct or wrong), metadata and signals.
        """
        frame = self._parquet("samples.parquet")
        frame["filepath"] = [moved(path, self.manifest.moved) for path in frame["filepath"]]
        return frame

    @cached_property
    def built_paths(self) -> list[str]:
        """Where the build found each image, in row order, wherever the files are by now."""
        return [str(path) for path in self._parquet("samples.parquet", ["filepath"])["filepath"]]

    def objects(self, space: str) -> pd.DataFrame:
        """In detection, the boxes of `label` or `prediction/MODEL` as read; index object id."""
        if space not in self._objects:
            self._objects[space] = self._parquet(f"{_file_name(space)}.parquet")
        return self._objects[space]

    def probabilities(self, model: str) -> pd.DataFrame | None:
        """One model's class probabilities, a column per class, index sample id; None where it gave none."""
        space = f"probabilities/{model}"
        path = self.path / "derived" / self.manifest.samples / f"{_file_name(space)}.parquet"
        return self.objects(space) if path.exists() else None

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Sample ids in row order."""
        return tuple(self.samples.index)

    @cached_property
    def point_ids(self) -> frozenset[str]:
        """Ids of everything that can be in a subset: images, and in detection every box."""
        boxes = [name for name in self.manifest.spaces if self.manifest.task == "detection" and name != Space.IMAGE]
        return frozenset(self.ids).union(*(self.objects(name).index for name in boxes))

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """The row of each sample id."""
        return {sample: row for row, sample in enumerate(self.ids)}

    @cached_property
    def skipped(self) -> list[Skipped]:
        """Inputs that were left out, and why."""
        frame = self._parquet("skipped.parquet")
        return [Skipped(path, reason) for path, reason in zip(frame.filepath, frame.reason, strict=True)]

    @cached_property
    def decisions(self) -> Decisions:
        """The database of what people decided."""
        return Decisions.open(self.decisions_location)

    def subsets(self) -> list[Subset]:
        """The living subsets, by name."""
        return sorted(self.decisions.state().subsets, key=lambda subset: subset.name.casefold())

    def subset(self, name: str) -> Subset:
        """One living subset by its name or key.

        Raises:
            SubsetError: there is none.
        """
        return self.decisions.state().find(name)

    def embeddings(self, space: Space | str = Space.IMAGE, model: str | None = None) -> Embeddings:
        """Unit vectors of a space; `model` names the predictions where there are several."""
        return self._space(space, model).embeddings()

    def neighbors(self, space: Space | str = Space.IMAGE, model: str | None = None) -> Neighbors:
        """The neighbour graph of a space."""
        return self._space(space, model).neighbors()

    def layout(self, space: Space | str = Space.IMAGE, model: str | None = None) -> Layout:
        """The frozen map of a space."""
        return self._space(space, model).layout()

    def layout_key(self, space: Space | str = Space.IMAGE, model: str | None = None) -> str:
        """A short name for exactly these coordinates."""
        return self.manifest.spaces[self.space_name(space, model)]

    def info(self) -> dict[str, Any]:
        """What `edgecase info --json` prints."""
        image = self.layout(Space.IMAGE)
        trust = image.trustworthiness
        kept = image.neighbors_kept
        return {
            "name": self.manifest.name,
            "path": str(self.path),
            "source": self.manifest.source,
            "built_at": self.manifest.built_at,
            "samples": len(self.ids),
            "skipped": [skipped._asdict() for skipped in self.skipped],
            "model": self.manifest.model,
            "parameters": self.manifest.parameters,
            "spaces": list(self.manifest.spaces),
            "predictions": self.manifest.predictions,
            "task": self.manifest.task,
            "trustworthiness": None if np.isnan(trust) else round(trust, 4),
            "neighbors_kept": round(float(kept.mean()), 4) if len(kept) and not np.isnan(kept).all() else None,
            "subsets": [{"name": s.name, "members": len(s.members)} for s in self.subsets()],
        }

    def _space(self, space: Space | str, model: str | None) -> SpaceFiles:
        name = self.space_name(space, model)
        boxes = self.manifest.task == "detection" and name != Space.IMAGE
        ids = tuple(self.objects(name).index) if boxes else self.ids
        return SpaceFiles(self.path / "derived" / self.manifest.spaces[name], ids)

    def space_name(self, space: Space | str, model: str | None = None) -> str:
        """The name of a space in the manifest: `image`, `label` or `prediction/MODEL`.

        Raises:
            WorkspaceError: the workspace has no such space.
        """
        known = self.manifest.spaces
        name = str(space)
        if name == Space.PREDICTION:
            name = f"{name}/{model or next(iter(self.manifest.predictions), '')}"
        if name not in known:
            raise WorkspaceError(f"This workspace has no space {name!r}; it has {', '.join(known)}.")
        return name

    def _parquet(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        path = self.path / "derived" / self.manifest.samples / name
        try:
            return pd.read_parquet(path, columns=columns)
        except UNREADABLE as error:
            raise damaged(path, error) from error


def moved(path: str, folders: Mapping[str, str]) -> str:
    """Where a file is now, when these folders (the path then, the path now) were moved."""
    within = [old for old in folders if Path(path).is_relative_to(old)]
    if not within:
        return path
    nearest = max(within, key=len)
    return str(Path(folders[nearest]) / Path(path).relative_to(nearest))


def author() -> str:
    """Who decides, unless said otherwise: the name of the person logged in."""
    try:
        return getpass.getuser()
    except OSError:  # an account without a name, as in some containers
        return "someone"


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise WorkspaceError(
            f"Expected a workspace at {folder}, found no {MANIFEST} in it. "
            f"Make one with `edgecase build SOURCE --workspace {folder}`, or try `edgecase demo`."
        ) from None
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"{path} cannot be read ({error}). {_BUILD_AGAIN.format(folder)}") from error
    found = raw.get("format") if isinstance(raw, dict) else None
    if found != FORMAT:
        newer = isinstance(found, int) and found > FORMAT
        raise WorkspaceError(
            f"Expected workspace format {FORMAT} in {path}, found {found!r}. "
            + ("Update with `pip install -U edgecase-explorer`." if newer else _BUILD_AGAIN.format(folder))
        )
    try:
        return Manifest(**raw)
    except TypeError as error:
        raise WorkspaceError(f"{path} is damaged ({error}). {_BUILD_AGAIN.format(folder)}") from error


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """Hold the workspace for one build at a time; a killed build frees it.

    Raises:
        WorkspaceError: the folder cannot be written, is not a workspace, or another build is running.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        if {entry.name for entry in folder.iterdir()} - _OWN:
            raise WorkspaceError(
                f"Expected an empty or new folder or a workspace at {folder}, found other files. "
                "Choose another --workspace."
            )
        with FileLock(folder / ".build.lock", timeout=0):
            yield folder
    except Timeout:
        raise WorkspaceError(f"Another build is running in {folder}. Wait for it to finish.") from None
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise WorkspaceError(f"The workspace {folder} cannot be written ({error}).") from error


def save_samples(
    folder: Path, frame: pd.DataFrame, skipped: list[Skipped], objects: Mapping[str, pd.DataFrame] | None = None
) -> None:
    """Write the sample table of a build, and in detection its boxes by space, into its artefact folder.

    Files that are there and can be read are left as they are; damaged ones are made anew.
    """
    listed = pd.DataFrame(skipped, columns=["filepath", "reason"], dtype=str)
    boxes = {f"{_file_name(space)}.parquet": table for space, table in (objects or {}).items()}
    tables = {"samples.parquet": frame, "skipped.parquet": listed, **boxes}
    if all(_readable(folder / name) for name in tables):
        return
    shutil.rmtree(folder, ignore_errors=True)
    with fresh_folder(folder) as scratch:
        for name, table in tables.items():
            table.to_parquet(scratch / name)


def _readable(path: Path) -> bool:
    try:
        pd.read_parquet(path)
    except UNREADABLE:
        return False
    return True


def _file_name(space: str) -> str:
    """A model may be called anything; a file may not."""
    return f"objects-{artefact_key(space=space)}"


def publish(folder: Path, manifest: Manifest) -> Workspace:
    """Make a finished build the current one, then drop the artefacts it no longer names."""
    write_json(folder / MANIFEST, asdict(manifest))
    current = {manifest.samples, *manifest.spaces.values()}
    for entry in os.scandir(folder / "derived"):
        if entry.name.partition(".faiss")[0] in current:
            continue
        if entry.is_dir():
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            Path(entry.path).unlink(missing_ok=True)
    return Workspace(folder)
