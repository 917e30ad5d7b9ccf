"""Further layouts of a workspace: every map once more with other parameters, the first ones kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.actions.build_spaces import MapParameters
from explorer.actions.embedded import embedded_of
from explorer.actions.layers import Ground, Layers, artefacts_of, files_of, publish_anew
from explorer.data.names import checked_name
from explorer.data.spaces import SpaceName
from explorer.errors import WorkspaceError
from explorer.store.derived.building import building
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from explorer.data.records import OnProgress


def lay_out_again(
    workspace: Workspace,
    name: str,
    *,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    seed: int = 42,
    on_progress: OnProgress | None = None,
) -> Workspace:
    """Lay every space out once more, registered to its first map, which stays; later builds keep both.

    Args:
        workspace: whose maps.
        name: what the layout is called.
        n_neighbors: UMAP's neighbourhood size.
        min_dist: UMAP's smallest distance on the map.
        seed: makes the map repeatable.
        on_progress: told about progress.

    Returns:
        The workspace, opened anew.

    Raises:
        SourceError: a parameter cannot be used.
        WorkspaceError: the name is taken, a build is running, or the workspace cannot be written.
    """
    name = checked_name(name, "the layout")
    MapParameters(n_neighbors, min_dist, seed)
    wanted = {"name": name, "n_neighbors": n_neighbors, "min_dist": min_dist, "seed": seed}
    with building(workspace.path) as folder:
        now = Workspace(folder, workspace.decisions_location)
        build = Workspace(folder, now.decisions_location, manifest=now.manifest.without_batches())
        if name in [one["name"] for one in build.manifest.layouts]:
            raise WorkspaceError(f"There is a layout {name!r} already. Choose another name, or take that one out.")
        report = on_progress or (lambda _: None)
        layouts = [*build.manifest.layouts, wanted]
        there = files_of(build)
        first = {space: files for space, files in there.items() if space.is_first}
        wanted_layers = Layers(build.manifest.encoders, layouts)
        layered = Ground.of(build, embedded_of(build), report).layered(first, wanted_layers, there)
        manifest = replace(build.manifest, spaces=artefacts_of(layered.spaces), layouts=layouts)
        return publish_anew(now, manifest, report)


def remove_layout(workspace: Workspace, name: str, on_progress: OnProgress | None = None) -> Workspace:
    """Take a further layout out; gives the workspace, opened anew.

    Raises:
        WorkspaceError: there is none of this name, a build is running, or the workspace cannot be written.
    """
    with building(workspace.path) as folder:
        now = Workspace(folder, workspace.decisions_location)
        manifest = now.manifest.without_batches()
        names = [one["name"] for one in manifest.layouts]
        if name not in names:
            raise WorkspaceError(
                f"Expected the name of a further layout, found {name!r}. There are: {', '.join(names) or 'none'}."
            )
        spaces = {each: one for each, one in manifest.spaces.items() if SpaceName.parse(each).layout != name}
        layouts = [one for one in manifest.layouts if one["name"] != name]
        without = replace(manifest, spaces=spaces, layouts=layouts)
        return publish_anew(now, without, on_progress or (lambda _: None))
