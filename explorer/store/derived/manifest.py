"""The manifest of a workspace: what the current build is made of. Read before anything heavy is imported."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast, get_args, get_origin, get_type_hints

from explorer.data.untrusted import MALFORMED
from explorer.errors import WorkspaceError
from explorer.store.derived.checksums import damaged_in, damaged_indexes
from explorer.store.paths import MANIFEST, WorkspacePaths

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FORMAT = 1

_BUILD_AGAIN = "Run `edgecase build SOURCE --workspace {}` again; subsets and other decisions are kept."

_BATCH = {
    "name": str,
    "source": str,
    "added_at": str,
    "images": int,
    "boxes": int,
    "labelled": bool,
    "predictions": list[str],
    "matches": str,
}


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
        signals: artefact of each signal's column.
        base: `samples` and `spaces` as they are without batches; empty where there is no batch.
        batches: of new images among the rows, in their order: name, source, added_at, images (how
            many), boxes (how many), labelled (whether), predictions (of which models), matches (artefact, or empty).
        unfinished: whether label and prediction maps and signals are still to come; the build goes on, or stopped.
        moved: image folders that were moved after the build: the path then, the path now.
        id_names: what ids of detections begin with where that is not their model's name, because it was renamed.
        renamed: names that models had in earlier builds, and the name that each has now.
        labels: the file of labels that was joined; empty where there was none.
        layouts: further maps of every space: name, n_neighbors, min_dist and seed.
        encoders: further vectors of every image: name, `model` as above, and `problem`, why a build could not make
            its spaces (empty where they are there).
        class_numbers: the number that each class has in the source, by its name; empty where it has none.
        arrived: what was received together with the build, see `explorer.store.received.arrivals`.
        version: of the program that made it.
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
    signals: dict[str, str] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    batches: list[dict[str, Any]] = field(default_factory=list)
    unfinished: bool = False
    moved: dict[str, str] = field(default_factory=dict)
    id_names: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    labels: str = ""
    layouts: list[dict[str, Any]] = field(default_factory=list)
    encoders: list[dict[str, Any]] = field(default_factory=list)
    class_numbers: dict[str, int] = field(default_factory=dict)
    arrived: list[str] = field(default_factory=list)
    version: str = ""
    format: int = FORMAT

    @property
    def artefacts(self) -> set[str]:
        """Names of the folders in `derived` that the build is made of."""
        matches = {batch["matches"] for batch in self.batches if batch["matches"]}
        without = self.without_batches()
        named = {self.samples, without.samples}.union(self.spaces.values(), without.spaces.values())
        return named | matches | set(self.signals.values())

    def without_batches(self) -> Manifest:
        """The build as it was before anything was added to it; signals are of other rows and left out."""
        build = replace(self, arrived=[])
        return replace(build, **self.base, base={}, batches=[], signals={}) if self.base else build


def read_manifest(folder: Path) -> Manifest:
    """Read a workspace's manifest.

    Raises:
        WorkspaceError: there is none, or another version of the program wrote it.
    """
    path = WorkspacePaths(folder).manifest
    try:
        raw = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise WorkspaceError(
            f"Expected a workspace at {folder}, found no {MANIFEST} in it. "
            f"Make one with `edgecase build SOURCE --workspace {folder}`, or try `edgecase demo`."
        ) from None
    except MALFORMED as error:
        raise WorkspaceError(f"{path} cannot be read ({error}). {_BUILD_AGAIN.format(folder)}") from error
    found = raw.get("format") if isinstance(raw, dict) else None
    if found != FORMAT:
        newer = isinstance(found, int) and found > FORMAT
        raise WorkspaceError(
            f"Expected workspace format {FORMAT} in {path}, found {found!r}. "
            + ("Update with `pip install -U edgecase-explorer`." if newer else _BUILD_AGAIN.format(folder))
        )
    try:
        manifest = Manifest(**raw)
        _check(manifest)
    except MALFORMED as error:
        raise WorkspaceError(f"{path} is damaged ({error}). {_BUILD_AGAIN.format(folder)}") from error
    return manifest


def _check(manifest: Manifest) -> None:
    """See that every value is of the type that is declared, so that nobody who reads one has to.

    Raises:
        TypeError: one is not.
    """
    for about, fields in (
        (asdict(manifest), get_type_hints(Manifest)),
        (manifest.model, {"name": str, "key": str}),
        (manifest.base or {"samples": "", "spaces": {}}, {"samples": str, "spaces": dict[str, str]}),
        *((batch, _BATCH) for batch in manifest.batches),
    ):
        for name, kind in fields.items():
            if not _is_of(about[name], kind):
                raise TypeError(f"expected {name} to be {getattr(kind, '__name__', kind)}, found {about[name]!r:.100}")


def _is_of(value: object, kind: Any) -> bool:  # noqa: ANN401 - a type, or one with those of its items
    parts = get_args(kind)
    if kind is Any or not parts:
        return kind is Any or type(value) is kind
    if type(value) is not get_origin(kind):
        return False
    items = value.values() if isinstance(value, dict) else value
    return all(_is_of(item, parts[-1]) for item in cast("Iterable[object]", items))


def damaged_files(folder: Path, manifest: Manifest) -> list[Path]:
    """Derived files that are gone or not as they were written; reads every byte."""
    derived = WorkspacePaths(folder).derived
    files = [derived / one / name for one in sorted(manifest.artefacts) for name in damaged_in(derived / one)]
    return files + damaged_indexes(derived)
