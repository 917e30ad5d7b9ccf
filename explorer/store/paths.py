"""Where everything in a workspace lies: the one place that names its files and folders.

::

    WORKSPACE/
      edgecase.json      names the current artefacts; replaced in one step at the end of a build
      decisions.db       DECIDED: what people decided; never touched by a build (or elsewhere, see `DECISIONS`)
      decisions.db.0001  the same before it was brought up to date, where an older version of the program made it
      decisions.*.newest the newest decision of each database: if the last ones are removed there, it is seen
      roles.yaml         DECIDED: who may view, review, adjudicate or own; written by hand, see the README
      received/          RECEIVED: what came from elsewhere, kept as it came
        batches/           new images, with their labels, predictions and vectors
        uploads/           image files that came through the browser
        detectors/         subsets of other workspaces
        predictions/       what further models said of the images of the build
        encoders/          own vectors of a further encoder
        labels/            labels that came back from where they were corrected
        tables/            what a notebook gave in memory: a table of images, and their vectors
        watched/           which files of a folder that is watched were taken, a file per folder
      derived/           DERIVED: samples, spaces and signals, immutable, named by what they depend on
      vectors/           DERIVED: embeddings cached by image content
      measured/          DERIVED: what was measured on images' pixels, cached by image content
      thumbnails/        DERIVED: small images
      served.json        DERIVED: where the app serves it now
      tabs/              DERIVED: what each tab of a browser looked at last
      job/               DERIVED: the command that runs in a process of its own, or ran last, and how far it is

A workspace of before there was `received/` has its detectors in `library/`, and in `incoming/` what was matched.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MANIFEST = "edgecase.json"
DECISIONS_FILE = "decisions.db"
ROLES = "roles.yaml"

_DECISIONS = "decisions."
"""What the files of decisions begin with: the database, its logs and its copies, and the newest decision."""

DECISIONS = "EDGECASE_DECISIONS"
"""Environment variable that names another place for decisions: a SQLite file or `postgresql://USER@HOST/NAME`.

One database serves one workspace; workspaces that share one share their subsets.
"""

DERIVED = ("derived", "vectors", "measured")
"""Folders that a build makes again; thumbnails and tabs come back as they are looked at."""

RECEIVED = ("received", "library", "incoming")
"""Folders of what came from elsewhere: no build makes it again."""


@dataclass(frozen=True)
class WorkspacePaths:
    """The places in one workspace."""

    folder: Path

    @property
    def key(self) -> str:
        """Names the folder where its path must not be said, as in an address: 16 hexadecimal digits."""
        return hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:16]

    @property
    def manifest(self) -> Path:
        """What the current build is made of."""
        return self.folder / MANIFEST

    @property
    def decisions(self) -> Path:
        """What people decided, unless it is kept elsewhere."""
        return self.folder / DECISIONS_FILE

    def newest_decision(self, database: str) -> Path:
        """The newest decision of a database, which is named by a key."""
        return self.folder / f"{_DECISIONS}{database}.newest"

    @property
    def roles(self) -> Path:
        """Who may do what; everybody may do everything where it is missing."""
        return self.folder / ROLES

    @property
    def lock(self) -> Path:
        """Held by the one build that runs."""
        return self.folder / ".build.lock"

    @property
    def derived(self) -> Path:
        """Artefacts: samples, spaces, signals, search indexes."""
        return self.folder / "derived"

    @property
    def vectors(self) -> Path:
        """Embeddings by image content, a folder per model."""
        return self.folder / "vectors"

    @property
    def measured(self) -> Path:
        """What was measured on images by their content, a folder per way of measuring."""
        return self.folder / "measured"

    @property
    def thumbnails(self) -> Path:
        """Small images by content."""
        return self.folder / "thumbnails"

    @property
    def tabs(self) -> Path:
        """What each tab of a browser looked at last."""
        return self.folder / "tabs"

    @property
    def job(self) -> Path:
        """The command that runs in a process of its own, or ran last."""
        return self.folder / "job"

    @property
    def served(self) -> Path:
        """Where the app serves the workspace now."""
        return self.folder / "served.json"

    @property
    def batches(self) -> Path:
        """New images, a folder per batch."""
        return self.folder / "received" / "batches"

    @property
    def uploads(self) -> Path:
        """Image files that came through the browser, a folder per batch."""
        return self.folder / "received" / "uploads"

    @property
    def detectors(self) -> Path:
        """Subsets of other workspaces, a folder per detector."""
        return self.folder / "received" / "detectors"

    @property
    def predictions(self) -> Path:
        """What further models said of the images of the build, a folder per model."""
        return self.folder / "received" / "predictions"

    @property
    def encoders(self) -> Path:
        """Own vectors of further encoders, a folder per encoder."""
        return self.folder / "received" / "encoders"

    @property
    def labels(self) -> Path:
        """Labels that came back, a folder per file."""
        return self.folder / "received" / "labels"

    @property
    def tables(self) -> Path:
        """Tables that a notebook gave in memory, a folder per table."""
        return self.folder / "received" / "tables"

    @property
    def watched(self) -> Path:
        """Which files of folders that are watched were taken, a file per folder."""
        return self.folder / "received" / "watched"

    @property
    def former_detectors(self) -> Path:
        """Where detectors were kept before there was `received/`."""
        return self.folder / "library"

    @cached_property
    def _root(self) -> str:
        return f"{self.folder.resolve()}{os.sep}"

    def stored(self, path: str) -> str:
        """How a file is written down: from the workspace on where it lies in it, so that both can be moved."""
        return path.removeprefix(self._root)

    def found(self, paths: Sequence[str]) -> list[str]:
        """Where files are that were written down so."""
        root, is_absolute = self._root, os.path.isabs
        return [path if path[:1] == "/" or is_absolute(path) else root + path for path in paths]

    def is_own(self, name: str) -> bool:
        """Whether an entry of the folder is of a workspace."""
        further = (self.manifest, self.roles, self.lock, self.thumbnails, self.tabs, self.job)
        own = {*DERIVED, *RECEIVED, *(file.name for file in further)}
        return name in own or name.startswith((f"{MANIFEST}.", self.served.name, _DECISIONS))
