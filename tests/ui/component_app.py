"""A small app around the two components, with made-up points and images, driven by the browser tests."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.runtime import exists

from explorer.ui.gallery import Item, Kind, gallery
from explorer.ui.routes import server
from explorer.ui.scatter import (
    Categories,
    Command,
    Gradient,
    LegendChanged,
    Opened,
    ScatterEvent,
    Stroke,
    scatter,
)

NAMES = ("ankle boot", "bag", "coat", "dress", "a category with a very long name")
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9")
VIRIDIS = ((0.0, "#440154"), (0.25, "#3b528b"), (0.5, "#21918c"), (0.75, "#5ec962"), (1.0, "#fde725"))


class MadeUpImages:
    """Sixty-four images of 28 x 28 pixels, shared by all rows; row 7 cannot be read."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.cache_folder = self.folder / "thumbnails"
        random = np.random.default_rng(0)
        for i in range(64):
            pixels = np.kron(random.integers(0, 255, (7, 7)), np.ones((4, 4))).astype(np.uint8)
            Image.fromarray(pixels).save(self.folder / f"{i}.png")

    def filepath(self, row: int) -> Path:
        return self.folder / ("missing.png" if row == 7 else f"{row % 64}.png")

    def digest(self, row: int) -> str:
        return hashlib.blake2b(str(self.filepath(row)).encode()).hexdigest()

    def facts(self, row: int) -> list[tuple[str, str]]:
        return [
            ("id", f"<b>{row}</b>"),
            ("label", NAMES[int(codes_of(5000)[row % 5000])]),
            ("confidence", "0.87"),
        ]


@st.cache_resource
def images() -> MadeUpImages:
    return MadeUpImages()


@st.cache_resource
def codes_of(n: int) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    shares = (0.4, 0.25, 0.2, 0.1, 0.05)
    return np.random.default_rng(1).choice(5, size=n, p=shares).astype(np.uint16)


@st.cache_resource
def points_of(n: int, space: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Five round clusters on a circle of radius 10; one point lies a thousand times further out."""
    random = np.random.default_rng(2)
    angles = codes_of(n) * 2 * np.pi / 5 + (0.0 if space == "image" else 0.2)
    points = 10 * np.column_stack([np.cos(angles), np.sin(angles)]) + random.normal(0, 1.6, (n, 2))
    if n > 100:
        points[0] = (10_000, 10_000)
    return points.astype(np.float32)


def inside(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Even-odd rule, as the app does it."""
    result = np.zeros(len(points), dtype=bool)
    x, y = points.T
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 != y1:
            result ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return result


def handle(event: ScatterEvent) -> None:
    state = st.session_state
    state.log = [*state.log, type(event).__name__]
    match event:
        case Stroke():
            hit = inside(points_of(state.n, state.space), event.polygon)
            before = state.history[-1] if state.history else np.zeros(state.n, dtype=bool)
            after = {"replace": hit, "add": before | hit, "subtract": before & ~hit}[event.mode]
            state.history = [*state.history, after]
        case Command("undo"):
            state.history = state.history[:-1]
        case Command("clear"):
            state.history = []
        case LegendChanged():
            state.hidden = event.hidden
        case Opened():
            state.opened = event.row
        case _:
            pass


def page() -> None:
    st.set_page_config(layout="wide")
    state = st.session_state
    defaults: dict[str, Any] = {"history": [], "hidden": frozenset(), "log": [], "opened": None, "revision": 0}
    for name, value in defaults.items():
        state.setdefault(name, value)
    server().register_images("made-up", images())
    controls = st.columns(5)
    n = controls[0].selectbox("n", [5000, 0, 1, 200_000, 1_000_000], key="n")
    controls[1].selectbox("space", ["image", "label"], key="space")
    colour_by = controls[2].selectbox("colour", ["label", "confidence"], key="colour")
    few = controls[3].checkbox("few", key="few")
    controls[4].text_input("text", key="text")
    codes = codes_of(n)
    selected = state.history[-1] if state.history and len(state.history[-1]) == n and n else None
    visible = np.arange(n) % 10 == 0 if few else None
    counts = np.bincount(codes, minlength=5)
    shown = np.bincount(codes[visible], minlength=5) if few else counts
    if colour_by == "label":
        colour: Categories | Gradient = Categories(
            "label", codes, NAMES, COLOURS, list(counts), list(shown), state.hidden
        )
    else:
        values = np.random.default_rng(3).random(n, dtype=np.float32)
        values[: n // 20] = np.nan
        colour = Gradient("confidence", values, 0.0, 1.0, VIRIDIS)
    left, right = st.columns([5, 2])
    with left:
        scatter(
            points=points_of(n, state.space),
            colour=colour,
            visible=visible,
            selected=selected,
            highlighted=[11, 12, 13] if few and n > 100 else [],
            collection="made-up",
            layout_key=f"{n}-{state.space}",
            can_undo=bool(state.history),
            empty_text="No image passes the filters.",
            height=620,
            key="map",
            on_event=handle,
        )
    with right:
        rows = np.flatnonzero(selected)[:500].tolist() if selected is not None else list(range(min(n, 60)))
        kinds: tuple[Kind, ...] = ("correct", "wrong", "none")
        items = [Item(row, NAMES[int(codes[row])], kinds[row % 3], f"0.{row % 90 + 10}") for row in rows]
        result = gallery(
            items,
            collection="made-up",
            height=520,
            key="gallery",
            empty_text="Nothing is selected.",
            revision=str(state.revision),
        )
        st.text(f"checked={','.join(map(str, result.checked))}")
        st.text(f"opened={state.opened} gallery={result.opened} log={','.join(state.log[-6:])}")


if exists():
    page()
else:
    app = st.App(__file__, routes=server().routes())
