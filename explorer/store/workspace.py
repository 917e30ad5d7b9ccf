"""A workspace folder: what was computed, and the database of what people decided.

::

    WORKSPACE/
      edgecase.json      names the current artefacts; replaced in one step at the end of a build
      decisions.db       what people decided; never touched by a build (or elsewhere, see `manifest.DECISIONS`)
      decisions.db.0001  the same before it was brought up to date, where an older version of the program made it
      decisions.*.newest the newest decision of each database: if the last ones are removed there, it is seen
      vectors/           embeddings cached by image content
      derived/           samples and spaces, immutable, named by what they depend on
      thumbnails/        small images, safe to delete
      tabs/              what each tab of a browser looked at last, safe to delete
"""

from __future__ import annotations

import getpass
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data.records import Skipped, Space
from explorer.errors import WorkspaceError
from explorer.store.decisions.newest import newest_file
from explorer.store.decisions.subsets import Decisions
from explorer.store.derived.artefacts import UNREADABLE, SpaceFiles, damaged, objects_file
from explorer.store.derived.manifest import DECISIONS, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from explorer.data.records import Embeddings, Layout, Neighbors
    from explorer.store.decisions.subsets import Subset


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
        self.manifest = read_manifest(self.path)
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
            self._objects[space] = self._parquet(objects_file(space))
        return self._objects[space]

    def probabilities(self, model: str) -> pd.DataFrame | None:
        """One model's class probabilities, a column per class, index sample id; None where it gave none."""
        space = f"probabilities/{model}"
        path = self.path / "derived" / self.manifest.samples / objects_file(space)
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

    def space_of(self, ids: Iterable[str]) -> str:
        """The space that most of these ids are points of; images where none is known."""
        known = frozenset(ids)
        boxes = [name for name in self.manifest.spaces if self.manifest.task == "detection" and name != Space.IMAGE]
        held = {str(Space.IMAGE): len(known & self.rows.keys())}
        held |= {name: len(known.intersection(self.objects(name).index)) for name in boxes}
        return max(held, key=lambda name: held[name])

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
        return Decisions.open(self.decisions_location, self.newest_decision)

    @property
    def newest_decision(self) -> Path:
        """The file with the newest decision, by which it is seen when the last ones are removed."""
        return newest_file(self.path, self.decisions_location)

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
            "version": self.manifest.version,
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
        """The name of a space in the manifest: `image`, `label` or `prediction/MODEL`, which is its own name too.

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
