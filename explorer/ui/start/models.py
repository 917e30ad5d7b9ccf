"""The third step of a new workspace: what turns images into vectors, whether it can be had, and how long it takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.embedder import offered
from explorer.actions.inspect_source import availability, estimate
from explorer.data.engines import AUTO, EXACT, FIRST, LEAST_COSINE
from explorer.embedding.engines import installed
from explorer.errors import ExplorerError
from explorer.ui.session import workspaces
from explorer.ui.session.text import plain, sentence
from explorer.ui.start import folders
from explorer.ui.widgets import building

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.actions.inspect_source import Found

DEFAULT, OTHER, FILE, VECTORS = "default", "other", "file", "vectors"

_TITLES = {
    DEFAULT: ("Standard CLIP", "ViT-B-32. Good for photographs of most kinds; fetched once, 600 MB."),
    OTHER: ("Another CLIP model", "Any of open_clip: larger ones see finer differences and take longer."),
    FILE: (
        "A model on this machine",
        "Weights in a file, or a folder with open_clip’s configuration. Needs no network.",
    ),
    VECTORS: ("My own vectors", "From any model, one per image: .npy in the images’ order, or Parquet with ids."),
}

_ICONS = {FILE: ":material/folder_open:", VECTORS: ":material/table_chart:"}

_ENGINES = {
    AUTO: "Automatic: float32, or from 1,000 images on what is faster and as exact",
    EXACT: "float32: the same vectors on every machine",
    "bf16": "bfloat16: several times as fast on processors that are made for it",
    "openvino": "OpenVINO: faster on processors of Intel and AMD",
    "int8": "8-bit integers by OpenVINO: the least exact",
}

WEIGHTS = frozenset([".safetensors", ".pt", ".pth", ".bin", ".json"])
OWN = frozenset([".npy", ".parquet"])


def draw(found: Found | None, key: str = "model") -> dict[str, str] | None:
    """Ask for a model.

    Args:
        found: images to measure on how long it takes; None measures nothing.
        key: tells these widgets from others on the page.

    Returns:
        Options of `edgecase build`; None where the model cannot be used as it is.
    """
    ways = list(_TITLES) if workspaces.roots().folders else [DEFAULT, OTHER]
    way = st.radio(
        "What compares the images",
        ways,
        format_func=lambda way: _TITLES[way][0],
        captions=[_TITLES[way][1] for way in ways],
        key=f"{key} way",
        label_visibility="collapsed",
    )
    options = _OPTIONS[way](key)
    if options is None or "vectors" in options:
        return options
    options |= _engine(key)
    return options if _can_be_had(options, found, key) else None


def _engine(key: str) -> dict[str, str]:
    """What runs the model, where the person wants another engine than the fastest that is as exact."""
    with st.expander("What runs it on this machine", icon=":material/memory:"):
        engine = st.selectbox(
            "Engine", installed(), format_func=_ENGINES.__getitem__, key=f"{key} engine", label_visibility="collapsed"
        )
        st.caption(
            f"Whatever is not float32 is measured against it on the first {FIRST} images, and not used where the mean "
            f"cosine is below {LEAST_COSINE}. What ran, and what was measured, is said on the Dataset page."
        )
    return {} if engine == AUTO else {"engine": engine}


def _another(key: str) -> dict[str, str]:
    known = offered()
    left, right = st.columns(2)
    model = left.selectbox("Model", list(known), key=f"{key} name", index=list(known).index("ViT-B-32"))
    tag = right.selectbox("Trained on", known[model], key=f"{key} tag {model}")
    return {"model": str(model), "pretrained": str(tag)}


def _file(key: str) -> dict[str, str] | None:
    weights = chosen(f"{key} file", WEIGHTS, "Use the model folder")
    return {"pretrained": str(weights)} if weights else None


def _vectors(key: str) -> dict[str, str] | None:
    vectors = chosen(f"{key} vectors", OWN, "")
    if vectors:
        st.caption("With own vectors images cannot be found by words, and boxes have no maps.")
    return {"vectors": str(vectors)} if vectors else None


def chosen(key: str, suffixes: frozenset[str], folder: str) -> Path | None:
    """A file or folder that stays chosen until another one is."""
    kept = f"chosen {key}"
    if kept not in st.session_state:
        found = folders.choose(key, suffixes=suffixes, folders=folder, height=240)
        if found:
            st.session_state[kept] = found
            st.rerun()
        return None
    file: Path = st.session_state[kept]
    name, change = st.columns([4, 1], vertical_alignment="center")
    icon = "folder" if file.is_dir() else "description"
    name.markdown(f":material/{icon}: **{plain(file.name)}**")
    change.button("Change", key=f"change {key}", on_click=st.session_state.pop, args=(kept,), width="stretch")
    return file


_OPTIONS: dict[str, Callable[[str], dict[str, str] | None]] = {
    DEFAULT: lambda _: {},
    OTHER: _another,
    FILE: _file,
    VECTORS: _vectors,
}
"""What each way adds to `edgecase build`, once the person has chosen it."""


def _can_be_had(options: dict[str, str], found: Found | None, key: str) -> bool:
    """Say before anything is computed that a model cannot be had, or how long it will take."""
    model, pretrained = options.get("model"), options.get("pretrained")
    why = _availability(model, pretrained)
    if why:
        is_here = pretrained is not None and Path(pretrained).exists()
        st.warning(sentence(why), icon=":material/warning:" if is_here else ":material/cloud_off:")
        _ways_on(key)
        return False
    if found:
        _time(options, found)
    return True


def _ways_on(key: str) -> None:
    """What can be done where a model cannot be had: ask again, or take what is on this machine."""
    with st.container(horizontal=True):
        st.button("Ask again", icon=":material/refresh:", on_click=_availability.clear, key=f"{key} again")
        for way in (FILE, VECTORS) if workspaces.roots().folders else ():
            st.button(
                _TITLES[way][0],
                icon=_ICONS[way],
                key=f"{key} to {way}",
                on_click=st.session_state.__setitem__,
                args=(f"{key} way", way),
            )


def _time(options: dict[str, str], found: Found) -> None:
    """How long embedding takes; a model that may have to be fetched is measured when the person wants it."""
    count = found.images + found.boxes + sum(found.predictions.values()) * bool(found.boxes)
    here = Path(options.get("pretrained", "none")).exists()
    asked = f"measure {options}"
    if not here and not st.session_state.get(asked):
        st.button(
            "How long will it take?",
            icon=":material/timer:",
            on_click=st.session_state.__setitem__,
            args=(asked, True),
            help="Measured on a few of your images; fetches the model if it is not on this machine yet.",
        )
        return
    try:
        with st.spinner("Measuring on a few images…"):
            took = estimate(found.examples, count, **options)
    except ExplorerError as error:
        st.warning(sentence(str(error)), icon=":material/warning:")
        return
    st.caption(
        f":material/timer: Embedding takes {building.duration(took.seconds)} on this machine, as measured on a few of "
        "your images; laying out the maps comes after it."
    )


@st.cache_data(show_spinner="Asking for the model…", ttl=60, max_entries=32)
def _availability(model: str | None, pretrained: str | None) -> str:
    return availability(model, pretrained)
