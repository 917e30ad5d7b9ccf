"""A workspace folder: what was computed, and the database of what people decided; see `explorer.store.paths`."""

from __future__ import annotations

import getpass
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.data.records import Skipped
from explorer.data.spaces import IMAGES, LABELS, Space, SpaceName, Task, predictions_of
from explorer.data.untrusted import MALFORMED
from explorer.errors import WorkspaceError
from explorer.store.decisions.categories import Categories
from explorer.store.decisions.corrections import Corrections
from explorer.store.decisions.decided_findings import DecidedFindings
from explorer.store.decisions.exports import Exports
from explorer.store.decisions.newest import newest_file
from explorer.store.decisions.rounds import Rounds
from explorer.store.decisions.saved_views import SavedViews
from explorer.store.decisions.subsets import Decisions
from explorer.store.decisions.verdicts import Verdicts
from explorer.store.derived.artefacts import SpaceFiles, damaged, load_column, objects_file
from explorer.store.derived.manifest import read_manifest
from explorer.store.paths import DECISIONS, WorkspacePaths
from explorer.store.received.files import received

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from explorer.data.records import Embeddings, Layout, Neighbors
    from explorer.store.decisions.subsets import Subset
    from explorer.store.derived.manifest import Manifest


class Workspace:
    """Read access to one build, and the decisions made on it.

    Samples are addressed by id; `embeddings`, `neighbors` and `layout` have one row per sample in the order of
    `samples`, or in detection for labels and predictions one per box in the order of `objects`.
    """

    def __init__(
        self, path: Path | str, decisions: Path | str | None = None, *, manifest: Manifest | None = None
    ) -> None:
        """Open a workspace.

        Args:
            path: its folder.
            decisions: where its decisions are, a SQLite file or a PostgreSQL URL; None asks the environment
                (`DECISIONS`), then means `decisions.db` inside the workspace.
            manifest: of a build that is not the current one yet.

        Raises:
            WorkspaceError: there is none, or another version of the program wrote it.
        """
        self.path = Path(path)
        self.paths = WorkspacePaths(self.path)
        self.manifest = manifest or read_manifest(self.path)
        self.decisions_location = decisions or os.environ.get(DECISIONS) or self.paths.decisions
        self._objects: dict[str, pd.DataFrame] = {}

    @property
    def given(self) -> Workspace:
        """The same as it is judged by the labels in the data; itself, unless it is judged by others."""
        return self

    @property
    def tables_key(self) -> str:
        """Names the tables of samples and of boxes, and with them all that follows from labels."""
        return self.manifest.samples

    @property
    def index(self) -> pd.Index:
        """Sample ids in row order, as the tables have them."""
        return self.samples.index

    @cached_property
    def samples(self) -> pd.DataFrame:
        """All samples, indexed by id.

        Columns: filepath, digest, width, height, split, label, `MODEL.prediction`, `MODEL.confidence`,
        `MODEL.outcome` (correct or wrong), metadata and signals.
        """
        frame = self.stored_samples
        files, folders = self.paths.found(frame["filepath"].tolist()), self.manifest.moved
        frame["filepath"] = [moved(path, folders) for path in files] if folders else files
        for name, artefact in self.manifest.signals.items():
            frame[name] = load_column(self.paths.derived / artefact, name, len(frame))
        return frame

    @property
    def stored_samples(self) -> pd.DataFrame:
        """The sample table as it was written: without signals, and with paths as `WorkspacePaths.stored` says."""
        return self._parquet("samples.parquet")

    @cached_property
    def built_paths(self) -> list[str]:
        """Where the build found each image, in row order, wherever the files are by now."""
        return self.paths.found(self._parquet("samples.parquet", ["filepath"])["filepath"].tolist())

    @property
    def task(self) -> Task:
        """Whether images have one label each, or boxes."""
        return Task(self.manifest.task)

    @cached_property
    def spaces(self) -> list[SpaceName]:
        """The spaces of the first encoder on their first map, images first."""
        return [space for space in self.every_space if space.is_first]

    @cached_property
    def every_space(self) -> list[SpaceName]:
        """All spaces that have a map: also those of further encoders, and on further layouts."""
        return [SpaceName.parse(name) for name in self.manifest.spaces]

    @property
    def encoders(self) -> list[str]:
        """Names of the further encoders whose vectors the images have."""
        return list(dict.fromkeys(space.encoder for space in self.every_space if space.encoder))

    @property
    def layouts(self) -> list[str]:
        """Names of the further layouts."""
        return list(dict.fromkeys(space.layout for space in self.every_space if space.layout))

    def model_about(self, encoder: str = "") -> dict[str, Any]:
        """What is known of the model of an encoder; of the first one where it has no name.

        Raises:
            WorkspaceError: there is no encoder of this name.
        """
        named = {"": self.manifest.model, **{one["name"]: one["model"] for one in self.manifest.encoders}}
        if encoder not in named:
            known = ", ".join(name for name in named if name) or "none but the first"
            raise WorkspaceError(f"Expected the name of an encoder, found {encoder!r}. There are: {known}.")
        about: dict[str, Any] = named[encoder]
        return about

    @cached_property
    def box_spaces(self) -> list[SpaceName]:
        """Those whose points are boxes."""
        return [space for space in self.spaces if self.task.has_boxes_in(space)]

    def shows_pictures(self, space: SpaceName) -> bool:
        """Whether the points of a space, where they have vectors, are pictures alone: not joined with names."""
        return space.kind is Space.IMAGE or self.task.has_boxes_in(space)

    @property
    def object_spaces(self) -> list[SpaceName]:
        """In detection, the spaces that have boxes, with a map or without: of labels, and of each model."""
        named = [LABELS, *map(predictions_of, self.manifest.predictions)]
        return [space for space in named if self.task.has_boxes_in(space)]

    def boxes_of(self, models: Collection[str]) -> list[SpaceName]:
        """The spaces of boxes that a source has points in: of labels, and of those models' predictions."""
        return [space for space in self.box_spaces if not space.model or space.model in models]

    def objects(self, space: SpaceName | str) -> pd.DataFrame:
        """In detection, the boxes of `label` or `prediction/MODEL` as read; index object id."""
        name = str(space.of_points if isinstance(space, SpaceName) else space)
        if name not in self._objects:
            self._objects[name] = self._parquet(objects_file(name))
        return self._objects[name]

    def sample_ids(self, space: SpaceName) -> pd.Series:
        """The image that each point of a space is, or is on: a sample id by point id, in row order."""
        if self.task.has_boxes_in(space):
            return self.objects(space)["sample"]
        return pd.Series(self.index, self.index)

    @property
    def rows_key(self) -> list[str]:
        """Names the rows: those of the build, then each batch; where one begins as another does, so do the rows."""
        added = [f"{batch['name']} {batch['added_at']}" for batch in self.manifest.batches]
        return [self.manifest.without_batches().samples, *added]

    def batch_ids(self, name: str) -> pd.Index:
        """Ids of the images that came with a batch.

        Raises:
            WorkspaceError: there is none of this name.
        """
        rows = self._batch_rows()
        if name not in rows:
            raise WorkspaceError(
                f"Expected the name of a batch, found {name!r}. There are: {', '.join(rows) or 'none'}."
            )
        return self.index[rows[name]]

    def built_points(self, space: SpaceName) -> int:
        """How many points a space has without batches; they are its first rows."""
        owners = self.sample_ids(space)
        added = sum(batch["images"] for batch in self.manifest.batches)
        return int(owners.isin(self.index[: len(self.index) - added]).sum()) if added else len(owners)

    def judged(self, model: str) -> pd.Index:
        """Ids of the images on which a model can be right or wrong: not those of batches without labels or its word.

        Where no image of a detection workspace has a box to find, nothing is known of any.
        """
        if self.task is Task.DETECTION and self.objects(LABELS).empty:
            return self.index[:0]
        told = {batch["name"]: batch["labelled"] and model in batch["predictions"] for batch in self.manifest.batches}
        known = np.ones(len(self.index), np.bool_)
        for name, rows in self._batch_rows().items():
            known[rows] = told[name]
        return self.index[known]

    def _batch_rows(self) -> dict[str, slice]:
        """Rows of each batch: they come after those of the build, in the order of adding."""
        ends = np.cumsum([batch["images"] for batch in self.manifest.batches])
        first = len(self.index) - (int(ends[-1]) if len(ends) else 0)
        return {
            batch["name"]: slice(first + int(end) - batch["images"], first + int(end))
            for batch, end in zip(self.manifest.batches, ends, strict=True)
        }

    def probabilities(self, model: str) -> pd.DataFrame | None:
        """One model's class probabilities, a column per class, index sample id; None where it gave none."""
        space = f"probabilities/{model}"
        path = self.paths.derived / self.manifest.samples / objects_file(space)
        return self.objects(space) if path.exists() else None

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Sample ids in row order."""
        return tuple(self.index.tolist())

    def ids_of(self, space: SpaceName) -> tuple[str, ...]:
        """Ids of the points of a space, in row order."""
        return tuple(self.objects(space).index.tolist()) if self.task.has_boxes_in(space) else self.ids

    @cached_property
    def point_ids(self) -> frozenset[str]:
        """Ids of everything that can be in a subset: images, and in detection every box."""
        return frozenset(self.ids).union(*map(self.ids_of, self.box_spaces))

    def space_of(self, ids: Iterable[str]) -> SpaceName:
        """The space that most of these ids are points of; images where none is known."""
        known = frozenset(ids)
        held = {IMAGES: len(known & self.rows.keys())}
        held |= {name: len(known.intersection(self.ids_of(name))) for name in self.box_spaces}
        return max(held, key=lambda name: held[name])

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """The row of each sample id."""
        return dict(zip(self.ids, range(len(self.ids)), strict=True))

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
    def views(self) -> SavedViews:
        """The saved views, kept among the decisions."""
        return SavedViews(self.decisions)

    @property
    def findings(self) -> DecidedFindings:
        """What was decided about findings, kept among the decisions."""
        return DecidedFindings(self.decisions)

    @property
    def corrections(self) -> Corrections:
        """What people said of labels, kept among the decisions."""
        return Corrections(self.decisions)

    @property
    def categories(self) -> Categories:
        """The types of edge case, kept among the decisions."""
        return Categories(self.decisions)

    @property
    def exports(self) -> Exports:
        """What was handed on, kept among the decisions."""
        return Exports(self.decisions)

    @property
    def rounds(self) -> Rounds:
        """The rounds of review, kept among the decisions."""
        return Rounds(self.decisions)

    @property
    def verdicts(self) -> Verdicts:
        """What reviewers said, kept among the decisions."""
        return Verdicts(self.decisions)

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

    def embeddings(self, space: SpaceName | Space | str = IMAGES, model: str | None = None) -> Embeddings:
        """Unit vectors of a space; `model` names the predictions where there are several."""
        return self.files(space, model).embeddings()

    def neighbors(self, space: SpaceName | Space | str = IMAGES, model: str | None = None) -> Neighbors:
        """The neighbour graph of a space."""
        return self.files(space, model).neighbors()

    def layout(self, space: SpaceName | Space | str = IMAGES, model: str | None = None) -> Layout:
        """The frozen map of a space."""
        return self.files(space, model).layout()

    def layout_key(self, space: SpaceName | Space | str = IMAGES, model: str | None = None) -> str:
        """A short name for exactly these coordinates; points that were added since have not moved them."""
        return self.manifest.without_batches().spaces[str(self.space_name(space, model))]

    def artefact(self, space: SpaceName) -> str:
        """A short name for exactly these points and vectors."""
        return self.manifest.spaces[str(space.of_vectors)]

    def info(self) -> dict[str, Any]:
        """What `edgecase info --json` prints."""
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
            "unfinished": self.manifest.unfinished,
            "predictions": self.manifest.predictions,
            "task": self.manifest.task,
            "batches": self.manifest.batches,
            **self._trust(IMAGES),
            "layouts": [
                one | self._trust(SpaceName(Space.IMAGE, layout=one["name"]))
                for one in self.manifest.layouts
                if one["name"] in self.layouts
            ],
            "encoders": [self._about_encoder(one) for one in self.manifest.encoders],
            "added_predictions": [
                {"name": one.name, "source": one.source, "received_at": one.received_at, "sha256": one.sha256}
                for one in received(self.paths.predictions, self.manifest.arrived)
            ],
            "subsets": [{"name": s.name, "members": len(s.members)} for s in self.subsets()],
        }

    def _trust(self, space: SpaceName) -> dict[str, float | None]:
        """How far the map of a space can be trusted."""
        layout = self.layout(space)
        kept = layout.neighbors_kept[~np.isnan(layout.neighbors_kept)]
        trust = layout.trustworthiness
        return {
            "trustworthiness": None if np.isnan(trust) else round(trust, 4),
            "neighbors_kept": round(float(kept.mean()), 4) if len(kept) else None,
        }

    def _about_encoder(self, one: Mapping[str, Any]) -> dict[str, Any]:
        """A further encoder, how far its map can be trusted, and how many images have no vector of it."""
        space = SpaceName(Space.IMAGE, encoder=one["name"])
        if str(space) not in self.manifest.spaces:
            return dict(one)
        unplaced = np.isnan(self.layout(space).xy).any(axis=1)
        return {**one, **self._trust(space), "without_vector": int(unplaced.sum())}

    def files(self, space: SpaceName | Space | str, model: str | None = None) -> SpaceFiles:
        """Where the vectors, the graph and the map of a space lie."""
        name = self.space_name(space, model)
        ids = self.ids_of(name)
        vectors, layout = (self.paths.derived / self.manifest.spaces[str(each)] for each in (name.of_vectors, name))
        return SpaceFiles(vectors, ids, layout)

    def space_name(self, space: SpaceName | Space | str, model: str | None = None) -> SpaceName:
        """The space of this kind, name or printed name; `model` says whose predictions, the first model's if none is.

        Raises:
            WorkspaceError: the workspace has no such space.
        """
        kind, mark, further = str(space).partition("?")
        if kind == Space.PREDICTION:
            kind = f"{kind}/{model or next(iter(self.manifest.predictions), '')}"
        kind, slash, whose = kind.partition("/")
        name = f"{kind}{slash}{self.model_now(whose)}{mark}{further}"
        if name not in self.manifest.spaces:
            raise WorkspaceError(f"This workspace has no space {name!r}; it has {', '.join(self.manifest.spaces)}.")
        return SpaceName.parse(name)

    def model_now(self, name: str) -> str:
        """The name of a model that may have had another in an earlier build."""
        return name if name in self.manifest.predictions else self.manifest.renamed.get(name, name)

    def known_id(self, text: str) -> str:
        """The id of a point as it is kept, also where it is said with the name that its model has by now."""
        if text in self.point_ids:
            return text
        names = self.manifest.id_names.items()
        spelled = [begins + text.removeprefix(now) for begins, now in names if text.startswith(f"{now}:")]
        return next((each for each in spelled if each in self.point_ids), text)

    def _parquet(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        path = self.paths.derived / self.manifest.samples / name
        try:
            return pd.read_parquet(path, columns=columns)
        except MALFORMED as error:
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
