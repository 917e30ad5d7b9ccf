"""Batches of new images as further rows of the frozen maps: joined with a build, and taken out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.actions.batch_matches import matches_of
from explorer.actions.join_batches import Received, join, received_batches
from explorer.errors import WorkspaceError
from explorer.store.derived.building import building, publish
from explorer.store.derived.manifest import read_manifest
from explorer.store.received.batches import batch_names, remove_batch
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from explorer.data.records import OnProgress


def take_out(workspace: Workspace, name: str, on_progress: OnProgress | None = None) -> Workspace:
    """Take a batch out of a workspace; no other point moves, and what people decided about its images stays.

    Returns:
        The workspace, opened anew.

    Raises:
        WorkspaceError: there is no batch of this name, a build is running, or the workspace cannot be written.
    """
    with building(workspace.path) as folder:
        manifest = read_manifest(folder)
        known = {*batch_names(workspace.paths), *(batch["name"] for batch in manifest.batches)}
        if name not in known:
            among = ", ".join(sorted(known)) or "none yet"
            raise WorkspaceError(f"Expected the name of a batch, found {name!r}. There are: {among}.")
        received = received_batches(workspace.paths)
        left = Received(
            [batch for batch in received.parts if batch.name != name],
            [one for one in received.left_out if one.filepath != f"batch {name}"],
        )
        without = join(folder, manifest.without_batches(), left, matches_of(manifest), on_progress or (lambda _: None))
        publish(folder, without)
        remove_batch(workspace.paths, name)
    return Workspace(workspace.path, workspace.decisions_location)


def left_out_batches(workspace: Workspace) -> dict[str, str]:
    """Why each batch that was received is not on the maps, by its name."""
    there = {batch["name"] for batch in workspace.manifest.batches}
    reasons = {one.filepath: one.reason for one in workspace.skipped}
    names = [name for name in batch_names(workspace.paths) if name not in there]
    half_out = "its taking out was interrupted: take it out again, or the next build or add puts it back"
    return {name: reasons.get(f"batch {name}", half_out) for name in names}
