"""Trying it out on the sample data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions import jobs
from explorer.actions.demo import FASHION, SCENES, demo_command, is_built, sample_data
from explorer.actions.jobs import State
from explorer.ui.session import workspaces
from explorer.ui.widgets import building

if TYPE_CHECKING:
    from pathlib import Path

_PICTURES = 6


def images() -> None:
    """Offer the sample of images with classes."""
    _card(FASHION, "demo", "Try the demo: images", "1,500 photographs of garments, and what two classifiers call them.")


def boxes() -> None:
    """Offer the sample of images with boxes."""
    _card(SCENES, "demo boxes", "Try the demo: boxes", "300 scenes with several garments, and what two detectors find.")


def _card(source: Path, folder: str, title: str, about: str) -> None:
    with st.container(border=True, height="stretch"):
        st.image(_pictures(str(source)), width=44)
        st.markdown(f"**{title}**  \n{about} Ready in about a minute.")
        if st.button("Try it", key=f"try {folder}", icon=":material/play_arrow:", width="stretch"):
            _try(source, folder)


def _try(source: Path, name: str) -> None:
    """Open the sample's workspace; it is built where it is not there as it should be."""
    folder = workspaces.new_folder() / name
    job = jobs.current(folder)
    running = job is not None and job.state is State.RUNNING
    if running or is_built(folder, source) or building.start(folder, demo_command(folder, detection=source == SCENES)):
        workspaces.open_one(folder)
        st.rerun()


@st.cache_data(show_spinner=False)
def _pictures(source: str) -> list[str]:
    """A few images, the largest files: dark ones would say little in a small picture."""
    images = (sample_data() / source).parent.joinpath("images").iterdir()
    return [str(path) for path in sorted(images, key=lambda path: (-path.stat().st_size, path.name))[:_PICTURES]]
