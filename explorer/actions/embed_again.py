"""Further encoders of a workspace: every image embedded once more, beside the vectors of the build."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.actions.embedded import embedded_of
from explorer.actions.embedder import names_of
from explorer.actions.layers import Ground, Layers, artefacts_of, files_of, publish_anew
from explorer.data.engines import AUTO
from explorer.data.names import checked_name
from explorer.data.spaces import IMAGES, SpaceName
from explorer.embedding.embedders import Clip, OwnVectors
from explorer.errors import WorkspaceError
from explorer.store.derived.building import building
from explorer.store.received.files import receive_file, remove_received
from explorer.store.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import OnProgress


class EmbeddedAgain(NamedTuple):
    """The workspace, opened anew, and how many of its images have no vector of the further encoder."""

    workspace: Workspace
    without_vector: int


def embed_again(
    workspace: Workspace,
    name: str,
    *,
    model: str | None = None,
    pretrained: str | None = None,
    engine: str | None = None,
    vectors: Path | None = None,
    on_progress: OnProgress | None = None,
) -> EmbeddedAgain:
    """Give every image a second vector, and lay out the spaces that follow, registered to the first maps.

    Boxes and labels too where the encoder can; on every further layout as well; batches where it is CLIP. Later builds
    keep it. Where this is interrupted, the same call goes on.

    Args:
        workspace: whose images.
        name: what the encoder is called.
        model: open_clip model name.
        pretrained: open_clip tag, or a local weights file.
        engine: what runs the model's image side, one of `explorer.data.engines.ENGINES`; `auto` where None.
        vectors: own vectors (.npy or Parquet) instead of a model; they are kept as they came.
        on_progress: told about progress.

    Raises:
        SourceError: the vectors cannot be used, or the model is named without its weights.
        ModelError: the model cannot be loaded.
        WorkspaceError: the name is taken, a build is running, or the workspace cannot be written.
    """
    name = checked_name(name, "the encoder")
    report = on_progress or (lambda _: None)
    with building(workspace.path) as folder:
        now = Workspace(folder, workspace.decisions_location)
        build = Workspace(folder, now.decisions_location, manifest=now.manifest.without_batches())
        if name in [one["name"] for one in build.manifest.encoders]:
            raise WorkspaceError(f"There is an encoder {name!r} already. Choose another name, or take that one out.")
        arrived = [] if vectors is None else [receive_file(build.paths.encoders, name, vectors)]
        ground = Ground.of(build, embedded_of(build), report)
        about = (
            OwnVectors(vectors).about
            if vectors is not None
            else Clip(build.paths.vectors, *names_of(model, pretrained), engine or AUTO).about
        )
        encoder = {"name": name, "model": about, "problem": ""}
        there = files_of(build)
        first = {space: files for space, files in there.items() if space.is_first}
        made, encoder = ground.encoder_spaces(encoder, first, there)  # what it refuses is said, not left out
        there |= made
        encoders = [*build.manifest.encoders, encoder]
        layered = ground.layered(first, Layers(encoders, build.manifest.layouts), there)
        spaces = artefacts_of(layered.spaces)
        manifest = replace(build.manifest, spaces=spaces, encoders=layered.encoders, arrived=arrived)
        opened = publish_anew(now, manifest, report)
    xy = opened.layout(replace(IMAGES, encoder=name)).xy
    return EmbeddedAgain(opened, int(np.isnan(xy).any(axis=1).sum()))


def remove_encoder(workspace: Workspace, name: str, on_progress: OnProgress | None = None) -> Workspace:
    """Take a further encoder out, its vectors with it; gives the workspace, opened anew.

    Raises:
        WorkspaceError: there is none of this name, a build is running, or the workspace cannot be written.
    """
    with building(workspace.path) as folder:
        now = Workspace(folder, workspace.decisions_location)
        manifest = now.manifest.without_batches()
        names = [one["name"] for one in manifest.encoders]
        if name not in names:
            raise WorkspaceError(
                f"Expected the name of a further encoder, found {name!r}. There are: {', '.join(names) or 'none'}."
            )
        spaces = {each: one for each, one in manifest.spaces.items() if SpaceName.parse(each).encoder != name}
        encoders = [one for one in manifest.encoders if one["name"] != name]
        opened = publish_anew(now, replace(manifest, spaces=spaces, encoders=encoders), on_progress or (lambda _: None))
        remove_received(now.paths.encoders, name)
    return opened
