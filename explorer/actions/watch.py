"""Taking images as they arrive in a folder: each is added once it is whole, and told with what it is like.

The folder is looked at again and again rather than asked of the system: that also sees what another machine writes to a
shared drive, and whether a file is still being written can only be told by looking twice.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd

from explorer import readers
from explorer.actions.add import LOW_CONFIDENCE, add, told
from explorer.actions.embedder import embedder_of
from explorer.data.images import IMAGE_SUFFIXES, read_image
from explorer.data.names import LONGEST_NAME
from explorer.data.records import Dataset
from explorer.data.spaces import Task
from explorer.errors import ExplorerError, ImageError, SourceError
from explorer.readers.files import files_below
from explorer.readers.predictions import with_predictions
from explorer.store.received.watched import State, load_taken, save_taken
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from explorer.embedding.embedders import Embedder

    Told = Callable[[Mapping[str, Any]], None]

PATIENCE = 60.0
"""Seconds after its last change that an image may be unreadable, or without the predictions that are to come."""


class Watch:
    """A folder whose images are added to a workspace as they arrive."""

    def __init__(
        self,
        workspace: Workspace,
        folder: Path,
        tell: Told,
        *,
        predictions: tuple[str, Path] | None = None,
        false_alarm: float = 0.05,
        low_confidence: float = LOW_CONFIDENCE,
        patience: float = PATIENCE,
    ) -> None:
        """Get ready to look.

        Args:
            workspace: built with a CLIP model.
            folder: where images arrive, below it as well; their ids begin with its name, and a number where the image
                of another folder has that id.
            tell: given each event, plain JSON values: `event` is `taken` (an image, see `explorer.actions.add.told`,
                with its `batch`), `left_out` (`filepath`, `reason`), `waiting` or `not_matched` (`reason`).
            predictions: the name of a model that the workspace has, and a file that says what it found, looked at anew
                each time.
            false_alarm: the share of ordinary images that may match an edge case by mistake.
            low_confidence: below it a model is unsure.
            patience: seconds after its last change that an image may be unreadable, or without predictions.

        Raises:
            SourceError: there is no such folder, or no such model.
            ModelError: the workspace was built from own vectors, which new images do not come with.
        """
        if not folder.is_dir():
            raise SourceError(f"Expected a folder to watch at {folder}, found none. Make it first.")
        known = workspace.manifest.predictions
        if predictions and predictions[0] not in known:
            has = ", ".join(known) or "none"
            raise SourceError(f"Expected a model of the workspace ({has}), found predictions of {predictions[0]}.")
        embedder_of(workspace)
        self._location, self._decisions = workspace.path, workspace.decisions_location
        self._folder, self._tell, self._predictions = folder.absolute(), tell, predictions
        self._false_alarm, self._low, self._patience = false_alarm, low_confidence, patience
        self._taken = load_taken(workspace.paths, folder)
        self._seen: dict[str, State] = {}
        self._ids: dict[str, str] = {}
        self._engine: tuple[tuple[str, str], Embedder] | None = None
        self._said: dict[str, str] = {}

    def look(self, *, last: bool = False) -> int:
        """Take what is whole and has not changed since the last look; gives how many images were added.

        Args:
            last: wait for nothing that is still to come.

        Raises:
            ExplorerError: they cannot be added now, as while a build is running; they are taken by a later look.
        """
        workspace = Workspace(self._location, self._decisions)
        now = {path: state for path, state in self._states() if self._taken.get(path) != state}
        still = [path for path, state in now.items() if self._seen.get(path) == state]
        self._seen = now
        whole = [path for path in still if self._is_whole(path, now[path])]
        new = list(self._new(workspace, whole))
        done = self._add(workspace, new, now, last=last) if new else 0
        save_taken(workspace.paths, self._folder, self._taken)
        return done

    def _states(self) -> Iterator[tuple[str, State]]:
        for path in files_below(self._folder)[0]:
            if PurePosixPath(path).suffix.lower() in IMAGE_SUFFIXES:
                with suppress(OSError):  # gone again
                    found = (self._folder / path).stat()
                    yield path, State(found.st_size, found.st_mtime_ns)

    def _is_whole(self, path: str, state: State) -> bool:
        """Whether an image can be decoded; one that cannot for long is left out."""
        try:
            read_image(self._folder / path)
        except ImageError as error:
            if _age(state) > self._patience:
                self._leave_out(path, str(error))
            return False
        return True

    def _new(self, workspace: Workspace, whole: Sequence[str]) -> Iterator[str]:
        """Those that the workspace does not have: a killed watch may have added some and not noted it."""
        there = workspace.samples["digest"]
        for path in whole:
            each = self._ids[path] = self._named(workspace.samples, path)
            if each not in there.index:
                yield path
            elif read_image(self._folder / path).digest == there[each]:
                self._taken[path] = self._seen[path]
            else:
                self._leave_out(path, "it has changed since it was added; the workspace keeps the former")

    def _leave_out(self, path: str, reason: str) -> None:
        self._taken[path] = self._seen[path]
        self._tell({"event": "left_out", "filepath": str(self._folder / path), "reason": reason})

    def _named(self, samples: pd.DataFrame, path: str) -> str:
        """The id that an image has or may get: the first that none of another place and content has."""
        file, number = self._folder / path, 1
        each = f"{self._folder.name}/{path}"
        while each in samples.index and samples.loc[each, "filepath"] != str(file):
            if samples.loc[each, "digest"] == read_image(file).digest:
                break
            number += 1
            each = f"{self._folder.name} ({number})/{path}"
        return each

    def _add(self, workspace: Workspace, paths: Sequence[str], now: Mapping[str, State], *, last: bool) -> int:
        dataset = self._read(workspace, paths)
        said = set().union(*(frame["sample"] for frame in dataset.predictions.values()))
        waits = [] if last or not self._predictions else [each for each in paths if self._ids[each] not in said]
        waits = [each for each in waits if _age(now[each]) <= self._patience]
        ready = [path for path in paths if path not in waits]
        if not ready:
            return 0
        ids = [self._ids[path] for path in ready]
        named = f"{self._folder.name[: LONGEST_NAME - 30]} {datetime.now(UTC):%Y-%m-%d %H.%M.%S.%f}"[:-3]
        done = add(
            workspace,
            self._folder,
            batch=named,
            false_alarm=self._false_alarm,
            dataset=_only(dataset, ids),
            embedder=self._embedder(workspace),
        )
        self._taken |= {path: now[path] for path in ready}
        for one in [*done.refused, *done.skipped]:
            self._tell({"event": "left_out", "filepath": one.filepath, "reason": one.reason})
        if done.unmatched:
            self._once("not_matched", done.unmatched)
        for image in told(done, self._low):
            self._tell({"event": "taken", "batch": done.name, **image})
        return len(done.ids)

    def _embedder(self, workspace: Workspace) -> Embedder:
        """The workspace's engine, loaded once until a build has another."""
        about = workspace.manifest.model
        key = (str(about["key"]), str(about.get("engine")))
        if self._engine is None or self._engine[0] != key:
            self._engine = (key, embedder_of(workspace))
        return self._engine[1]

    def _read(self, workspace: Workspace, paths: Sequence[str]) -> Dataset:
        """The images with what the model said of them as far as the file has it by now."""
        ids = [self._ids[path] for path in paths]
        files = [str(self._folder / path) for path in paths]
        samples = pd.DataFrame({"filepath": files}, pd.Index(ids, name="id", dtype=object), dtype=object)
        nothing = pd.DataFrame({"sample": [], "label": []}, pd.Index([], name="id", dtype=object), dtype=object)
        images = Dataset(samples, nothing)
        if self._predictions is None:
            return images
        try:
            if workspace.task is Task.DETECTION:
                return self._boxes(workspace, images)
            return with_predictions(images, *self._predictions)
        except (ExplorerError, OSError) as error:
            self._once("waiting", str(error))
            return images

    def _boxes(self, workspace: Workspace, images: Dataset) -> Dataset:
        """Read COCO results, which name images by their `file_name` and classes by the numbers of the source."""
        numbers = workspace.manifest.class_numbers
        named = [Path(path).relative_to(self._folder).as_posix() for path in images.samples["filepath"]]
        content = {
            "images": [{"id": number, "file_name": name} for number, name in enumerate(named)],
            "annotations": [],
            "categories": [{"id": number, "name": name} for name, number in numbers.items()],
        }
        with TemporaryDirectory() as scratch:
            truth = Path(scratch) / "images.json"
            truth.write_text(json.dumps(content), "utf-8")
            found = readers.coco.read(self._folder, truth, [self._predictions] if self._predictions else [])
        said = {
            model: frame.assign(sample=[self._ids[path] for path in frame["sample"]])
            for model, frame in found.predictions.items()
        }
        samples = images.samples
        return replace(found, samples=samples, predictions=said, skipped=())

    def _once(self, event: str, reason: str) -> None:
        """Say what is waited for, or why nothing can be matched, once until that is another."""
        if self._said.get(event) != reason:
            self._tell({"event": event, "reason": reason})
        self._said[event] = reason

    def run(self, interval: float) -> None:
        """Look again and again, until the program ends; what cannot be added now is taken later."""
        while True:
            try:
                self.look()
            except ExplorerError as error:
                self._once("waiting", str(error))
            time.sleep(interval)

    def once(self, interval: float) -> int:
        """Look twice, so that what is being written is told from what is whole; gives how many images were added.

        Raises:
            ExplorerError: they cannot be added now.
        """
        self.look()
        time.sleep(interval)
        return self.look(last=True)


def _age(state: State) -> float:
    return time.time() - state.changed / 1e9


def _only(dataset: Dataset, ids: Sequence[str]) -> Dataset:
    """The same of these images alone."""
    kept = frozenset(ids)

    def on(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["sample"].isin(kept)]

    return replace(
        dataset,
        samples=dataset.samples.loc[list(ids)],
        ground_truth=on(dataset.ground_truth),
        predictions={model: on(frame) for model, frame in dataset.predictions.items()},
        probabilities={model: frame[frame.index.isin(kept)] for model, frame in dataset.probabilities.items()},
        skipped=(),
    )
