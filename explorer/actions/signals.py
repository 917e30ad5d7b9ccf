"""The signals of a build, each computed where its column does not exist yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.actions.measure import measure, of_pixels
from explorer.actions.own_signals import kept_signals, own_signal
from explorer.data.keys import artefact_key
from explorer.data.records import Progress, Skipped
from explorer.data.spaces import LABELS, Task, predictions_of
from explorer.errors import SourceError
from explorer.signals.registry import Answers, SignalInputs, model_signals, registered
from explorer.store.derived.artefacts import is_whole, save_column
from explorer.store.derived.building import building, publish
from explorer.store.derived.manifest import read_manifest
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from explorer.actions.own_signals import OwnSignal
    from explorer.data.records import OnProgress
    from explorer.signals.registry import Signal, Values
    from explorer.store.derived.manifest import Manifest


@dataclass(frozen=True)
class SignalsNow:
    """The signals of a workspace, once they are computed.

    Attributes:
        workspace: opened anew.
        computed: of how many images the numbers of each were computed just now.
        unreadable: the images that cannot be measured, with reasons.
        problems: what went wrong in functions of the user's, a sentence each.
    """

    workspace: Workspace
    computed: dict[str, int]
    unreadable: list[Skipped]
    problems: list[str]


def compute_signals(workspace: Workspace, on_progress: OnProgress | None = None) -> Workspace:
    """Compute the signals that a built workspace lacks; see `update_signals`."""
    return update_signals(workspace, on_progress=on_progress).workspace


def update_signals(workspace: Workspace, own: Sequence[str] = (), on_progress: OnProgress | None = None) -> SignalsNow:
    """Compute the signals that a built workspace lacks; nothing is embedded and no map laid out.

    Images are read once, those that were measured before not again: a killed run goes on where it stopped.

    Args:
        workspace: the opened workspace.
        own: functions of the user's, `module:function`; see `explorer.actions.own_signals`. One that cannot be used
            is told among the problems, and the rest goes on.
        on_progress: told about progress.

    Raises:
        WorkspaceError: a build is running, or the workspace cannot be read or written.
    """
    report = on_progress or (lambda _: None)
    functions, problems = _functions(workspace, own)
    with building(workspace.path) as folder:
        manifest = read_manifest(folder)
        measured = _measure(folder, manifest, functions, report)
        made = _signals(folder, manifest, report)
        if made.manifest != manifest:
            publish(folder, made.manifest)
    now = Workspace(workspace.path, workspace.decisions_location)
    problems += [problem for function in functions for problem in function.problems]
    return SignalsNow(now, _counted(now, made.fresh, measured), measured.unreadable, problems)


def _functions(workspace: Workspace, own: Sequence[str]) -> tuple[list[OwnSignal], list[str]]:
    """The functions that can be used, and why others cannot."""
    found, problems = [], []
    for named in own:
        try:
            function = own_signal(named)
        except SourceError as error:
            problems.append(str(error))
            continue
        if function.name in workspace.stored_samples:
            problems.append(f"--signal {named}: the images have a column {function.name!r} already; rename one.")
        else:
            found.append(function)
    return found, problems


def with_signals(folder: Path, manifest: Manifest, report: OnProgress) -> Manifest:
    """The manifest of a build with the signals that apply to it, once their columns are written.

    Images are measured only where those of the workspace were before: that takes about as long as decoding them, for
    which nobody waits who wants to see a map first.

    Args:
        folder: the workspace, held by `building`.
        manifest: of the build, current or not yet.
        report: told about progress.
    """
    build = Workspace(folder, manifest=replace(manifest, signals={}))
    if of_pixels(build.paths).store.exists:
        _measure(folder, manifest, [], report)
    return _signals(folder, manifest, report).manifest


PIXELS = "pixels"


class _Measured(NamedTuple):
    """What a pass over the images did.

    Attributes:
        new: the contents that were measured, by the name of the way: `PIXELS`, or a function of the user's.
        unreadable: the images that cannot be measured, with reasons.
    """

    new: dict[str, set[str]]
    unreadable: list[Skipped]


def _measure(folder: Path, manifest: Manifest, own: Sequence[OwnSignal], report: OnProgress) -> _Measured:
    build = Workspace(folder, manifest=replace(manifest, signals={}))
    by = {PIXELS: of_pixels(build.paths), **{function.name: function.measurer(build.paths) for function in own}}
    before = {name: measurer.store.digests for name, measurer in by.items()}
    files = [Path(file) for file in build.samples["filepath"]]
    unreadable = measure(files, build.samples, list(by.values()), report)
    return _Measured({name: measurer.store.digests - before[name] for name, measurer in by.items()}, unreadable)


def _counted(workspace: Workspace, fresh: Sequence[_Column], measured: _Measured) -> dict[str, int]:
    """Of how many images each signal was computed just now."""
    digests = workspace.samples["digest"]
    return {
        one.name: len(digests) if one.by is None else int(digests.isin(measured.new[one.by]).sum()) for one in fresh
    }


def is_measured(workspace: Workspace) -> bool:
    """Whether the images of a workspace were measured: their light, sharpness and colours are among its numbers."""
    return any(signal.of_pixels and signal.name in workspace.manifest.signals for signal in registered())


def signals_of(workspace: Workspace) -> list[Signal]:
    """The registered signals that a workspace has, those of builds that kept them in the sample table too."""
    has = {*workspace.samples.columns}
    of_models = {name for model in workspace.manifest.predictions for name in has & model_signals([model]).keys()}
    has |= {name.rpartition(".")[2] for name in of_models}
    return [signal for signal in registered() if signal.name in has]


class _Column(NamedTuple):
    """A column that a signal makes.

    Attributes:
        name: of the column.
        key: names everything that it depends on.
        compute: gives it; None where the signal does not apply to the build.
        by: `pixels`, or the function of the user's, by which images are measured for it; None for all others.
    """

    name: str
    key: str
    compute: Callable[[], Values | None]
    by: str | None = None


class _Made(NamedTuple):
    """A manifest with its signals, and those whose column was not there."""

    manifest: Manifest
    fresh: list[_Column]


def _signals(folder: Path, manifest: Manifest, report: OnProgress) -> _Made:
    """Write the column of every signal that applies to a build."""
    build = Workspace(folder, manifest=replace(manifest, signals={}))
    columns = {build.paths.derived / f"signal-{one.key}": one for one in (*_registered(build), *_own(build))}
    missing = {folder: one for folder, one in columns.items() if not is_whole(folder)}
    fresh = []
    for done, (artefact, column) in enumerate(missing.items()):
        values = column.compute()
        if values is not None:
            report(Progress("signals", done, len(missing)))
            save_column(artefact, column.name, values)
            fresh.append(column)
    if fresh:
        report(Progress("signals", len(missing), len(missing)))
    made = {one.name: artefact.name for artefact, one in columns.items() if artefact not in missing or one in fresh}
    return _Made(replace(manifest, signals=made), fresh)


def _registered(build: Workspace) -> Iterator[_Column]:
    """The columns of registered signals, in their order."""
    measured = of_pixels(build.paths).store.of(build.samples["digest"].tolist())
    inputs = cache(lambda: _inputs(build, build.samples, None if measured.empty else measured))
    pixels = _content(measured)
    first = {str(space): build.manifest.spaces[str(space)] for space in build.spaces}
    for signal in registered():
        models = build.manifest.predictions if signal.of == "model" else [None]
        for model in models:
            name = signal.name if model is None else f"{model}.{signal.name}"
            of = {"measured": pixels} if signal.of_pixels else {}
            key = artefact_key(signal=name, version=signal.version, samples=build.manifest.samples, spaces=first, **of)
            compute = partial(_computed, signal, inputs, build, model)
            yield _Column(name, key, compute, PIXELS if signal.of_pixels else None)


def _computed(signal: Signal, inputs: Callable[[], SignalInputs], build: Workspace, model: str | None) -> Values | None:
    given = inputs()
    return signal.compute(given if model is None else replace(given, answers=_answers(build, given.samples, model)))


def made_of_labels(build: Workspace, samples: pd.DataFrame) -> dict[str, Values]:
    """The columns of the signals that are made of labels, by other labels than those that the build has.

    Args:
        build: whose boxes are those that the signals are of.
        samples: its images with the labels that the signals are of.
    """
    inputs = cache(lambda: _inputs(build, samples, None))
    wanted = [
        (signal, model)
        for signal in registered()
        for model in (build.manifest.predictions if signal.of == "model" else [None])
        if signal.of_labels
    ]
    made = {
        signal.name if model is None else f"{model}.{signal.name}": _computed(signal, inputs, build, model)
        for signal, model in wanted
    }
    return {name: values for name, values in made.items() if values is not None}


def _own(build: Workspace) -> Iterator[_Column]:
    """The columns of functions of the user's; a column of the images' own is not replaced."""
    digests = build.samples["digest"].tolist()
    for name, values in kept_signals(build.paths, digests).items():
        if name not in build.samples:
            yield _Column(name, artefact_key(own=name, values=values), partial(np.asarray, values), name)


def _content(table: pd.DataFrame) -> str:
    return artefact_key(columns=list(table.columns), rows=pd.util.hash_pandas_object(table, index=False).to_numpy())


def _inputs(build: Workspace, samples: pd.DataFrame, measured: pd.DataFrame | None) -> SignalInputs:
    one_label_each = build.task is Task.CLASSIFICATION and "label" in samples
    return SignalInputs(
        samples=samples,
        labels=samples["label"] if one_label_each else None,
        vectors=build.embeddings().vectors,
        graph=build.neighbors(),
        layout=build.layout(),
        measured=measured,
        objects=build.objects(LABELS) if build.task is Task.DETECTION else None,
    )


def _answers(build: Workspace, samples: pd.DataFrame, model: str) -> Answers:
    if build.task is Task.DETECTION:
        return Answers(model, build.objects(predictions_of(model)))
    said = samples[[f"{model}.prediction", f"{model}.confidence"]].set_axis(["label", "confidence"], axis=1)
    return Answers(model, said.assign(sample=samples.index), build.probabilities(model))
