"""The registered signals of a build, each computed where its column does not exist yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.data.keys import artefact_key
from explorer.data.records import Progress
from explorer.data.spaces import Task
from explorer.signals.registry import SignalInputs, registered
from explorer.store.derived.artefacts import is_whole, save_column
from explorer.store.derived.building import building, publish
from explorer.store.derived.manifest import read_manifest
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import OnProgress
    from explorer.signals.registry import Signal
    from explorer.store.derived.manifest import Manifest


def compute_signals(workspace: Workspace, on_progress: OnProgress | None = None) -> Workspace:
    """Compute the signals that a built workspace lacks; nothing is embedded and no map laid out.

    Args:
        workspace: the opened workspace.
        on_progress: called with the signals done, and in all.

    Returns:
        The workspace, opened anew.

    Raises:
        WorkspaceError: a build is running, or the workspace cannot be read or written.
    """
    with building(workspace.path) as folder:
        publish(folder, with_signals(folder, read_manifest(folder), on_progress or (lambda _: None)))
    return Workspace(workspace.path, workspace.decisions_location)


def with_signals(folder: Path, manifest: Manifest, report: OnProgress) -> Manifest:
    """The manifest of a build with the registered signals that apply to it, once their columns are written.

    Args:
        folder: the workspace, held by `building`.
        manifest: of the build, current or not yet.
        report: told about progress.
    """
    build = Workspace(folder, manifest=replace(manifest, signals={}))
    signals = registered()
    made = {}
    for done, signal in enumerate(signals):
        report(Progress("signals", done, len(signals)))
        made[signal.name] = _artefact(signal, build)
    report(Progress("signals", len(signals), len(signals)))
    return replace(manifest, signals={name: artefact for name, artefact in made.items() if artefact})


def signals_of(workspace: Workspace) -> list[Signal]:
    """The registered signals that a workspace has, those of builds that kept them in the sample table too."""
    return [signal for signal in registered() if signal.name in workspace.samples]


def _artefact(signal: Signal, build: Workspace) -> str | None:
    """The artefact of a signal's column, computed where it is missing; None where the signal does not apply."""
    about = build.manifest
    first = {str(space): about.spaces[str(space)] for space in build.spaces}
    key = artefact_key(signal=signal.name, version=signal.version, samples=about.samples, spaces=first)
    folder = build.paths.derived / f"signal-{key}"
    if not is_whole(folder):
        values = signal.compute(_inputs(build))
        if values is None:
            return None
        save_column(folder, signal.name, values)
    return folder.name


def _inputs(build: Workspace) -> SignalInputs:
    one_label_each = build.task is Task.CLASSIFICATION and "label" in build.samples
    return SignalInputs(
        samples=build.samples,
        labels=build.samples["label"] if one_label_each else None,
        vectors=build.embeddings().vectors,
        graph=build.neighbors(),
        layout=build.layout(),
    )
