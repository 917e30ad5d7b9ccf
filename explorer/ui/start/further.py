"""What can be added to a workspace that has a map: predictions, images, a second layout, a second encoder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions import jobs
from explorer.actions.jobs import State
from explorer.store.paths import DECISIONS
from explorer.ui.session import opened, workspaces
from explorer.ui.start import models
from explorer.ui.start.source import OF_BOXES, OF_CLASSES, SOURCES
from explorer.ui.widgets import building, command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NAME = 60
"""Letters of a name, at most."""


def draw() -> None:
    """Offer what can be added, one at a time."""
    job = jobs.current(opened.workspace_path())
    if job and job.state is State.RUNNING:
        return
    chosen = st.pills("Add to this workspace", list(_WAYS), key="further")
    if chosen:
        with st.container(border=True):
            _WAYS[chosen]()


def _predictions() -> None:
    taken = OF_BOXES if opened.view().has_boxes else OF_CLASSES
    st.caption(f"What a model says of these images. {taken.said}")
    name = _named("Name of the model", "for example: v3")
    file = _chosen("added predictions", taken.folder)
    if name and file:
        _offer(["add-predictions", _workspace(), f"{name}={file}"])


def _images() -> None:
    st.caption(
        "New images become points of the same map; no old point moves. A folder, a table, COCO or YOLO. A few files "
        "can also be dropped on the Loop page."
    )
    name = _named("Name of the batch", "for example: night shift")
    source = _chosen("added images", "Use the folder")
    vectors = None
    if not opened.view().understands_text():
        st.caption("This workspace was built from your own vectors, so the new images come with theirs:")
        vectors = _chosen("added vectors", "", models.OWN)
    if source and (vectors or opened.view().understands_text()):
        batch = ["--batch", name] if name else []
        own = ["--vectors", str(vectors)] if vectors else []
        _offer(["add", _workspace(), str(source), *batch, *own, *_decisions()])


def _layout() -> None:
    st.caption("A second map of the same images beside the first, which stays. Subsets and selections hold on both.")
    name = _named("Name of the layout", "for example: wider")
    one, two, three = st.columns(3)
    neighbours = one.slider("Neighbours", 2, 100, 15, help="More of them show the whole, fewer the detail.")
    distance = two.slider("Smallest distance", 0.0, 0.99, 0.1, step=0.01, help="Larger ones spread clusters out.")
    seed = three.number_input("Seed", 0, 2**31 - 1, 42, help="Another one gives another map of the same kind.")
    if name:
        parameters = ["--n-neighbors", str(neighbours), "--min-dist", str(distance), "--seed", str(seed)]
        _offer(["layout", _workspace(), "--name", name, *parameters])


def _encoder() -> None:
    st.caption("The same images as another model sees them, beside the first. The first encoder and its maps stay.")
    name = _named("Name of the encoder", "for example: large")
    options = models.draw(None, "encoder")
    if name and options is not None:
        _offer(["embed", _workspace(), name, *(word for key, value in options.items() for word in (f"--{key}", value))])


_WAYS: dict[str, Callable[[], None]] = {
    "Predictions": _predictions,
    "Images": _images,
    "Another layout": _layout,
    "Another encoder": _encoder,
}
"""What asks for it."""


def _workspace() -> str:
    return str(opened.workspace_path())


def _named(label: str, example: str) -> str:
    return st.text_input(label, placeholder=example, max_chars=_NAME, key=f"further {label}").strip()


def _chosen(key: str, folder: str, suffixes: frozenset[str] = SOURCES) -> Path | None:
    return models.chosen(key, suffixes, folder)


def _decisions() -> list[str]:
    """Where decisions of this workspace are, where the environment names those of another one."""
    own = workspaces.decisions_of(opened.workspace_path())
    return ["--decisions", str(own)] if own and os.environ.get(DECISIONS) else []


def _offer(arguments: list[str]) -> None:
    """Start a command, or show it."""
    if st.button("Start", type="primary", icon=":material/play_arrow:") and building.start(
        opened.workspace_path(), arguments
    ):
        st.rerun()
    command.show(arguments)
