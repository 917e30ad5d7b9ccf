"""A small app around the components, with made-up points, images and boxes, driven by the browser tests."""

from __future__ import annotations

import hashlib
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image
from starlette.middleware import Middleware
from streamlit.runtime import exists

from explorer.data.columns import Table
from explorer.data.findings import Region
from explorer.data.palettes import VIRIDIS
from explorer.points.arrange import Arrangement, arranged
from explorer.ui.components.gallery import Arranging, Heading, Item, Kind, Sort, gallery
from explorer.ui.components.scatter import (
    Categories,
    Command,
    Errors,
    Gradient,
    LegendChanged,
    NamesShown,
    Opened,
    RegionChosen,
    Rendering,
    ScatterEvent,
    Stroke,
    scatter,
)
from explorer.ui.components.viewer import COLOURS as BOX_COLOURS
from explorer.ui.components.viewer import COLOURS_SAFE, Box, viewer
from explorer.ui.server.guard import Guard
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

NAMES = ("ankle boot", "bag", "coat", "dress", "a category with a very long name")
OUTCOME_COLOURS = ("#00c000", "#e00000")
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9")


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

    def crop(self, row: int) -> None:
        """Each row is a whole image."""

    def card(self, row: int, asked: Mapping[str, str]) -> list[tuple[str, str]]:
        return [
            ("coloured by", f"<b>{asked['first']}</b>"),
            ("id", str(row)),
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
def wrong_of(n: int) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    """Half of every cluster is wrong, and of the first rows more are than of the last."""
    return (np.random.default_rng(4).random(n) > np.linspace(0.3, 0.7, n)).astype(np.uint16)


@st.cache_resource
def points_of(n: int, space: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Five round clusters on a circle of radius 10; one point lies a thousand times further out."""
    random = np.random.default_rng(2)
    angles = codes_of(n) * 2 * np.pi / 5 + (0.0 if space == "image" else 0.2)
    points = 10 * np.column_stack([np.cos(angles), np.sin(angles)]) + random.normal(0, 1.6, (n, 2))
    if n > 100:
        points[0] = (10_000, 10_000)
    return points.astype(np.float32)


@st.cache_resource
def regions_of(n: int, space: str) -> tuple[Region, ...]:
    """Each cluster; the halves of the first; and ninety-six parts of the second, whose names cannot all have room."""
    points, codes = points_of(n, space), codes_of(n)
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = 4 * np.column_stack([np.cos(turns), np.sin(turns)])

    def region(key: str, level: int, name: str, rows: np.ndarray) -> Region:
        x, y = np.median(points[rows], axis=0).tolist()
        outline = (circle * (1.0 if level == 0 else 0.4) + (x, y)).astype(np.float32)
        return Region(key, level, name, f"{len(rows)} of {len(rows)} are called so.", rows, (x, y), (outline,))

    clusters = [np.flatnonzero(codes == code) for code in range(5)]
    clusters[0] = clusters[0][1:]  # row 0 lies far out
    is_left = points[clusters[0], 0] < 10
    parts = np.array_split(clusters[1][np.argsort(points[clusters[1], 0])], 96)
    return (
        *(
            region(f"c{code}", 0, name if code != 3 else "<b>dress</b>", clusters[code])
            for code, name in enumerate(NAMES)
        ),
        region("left", 1, "left boots", clusters[0][is_left]),
        region("right", 1, "right boots", clusters[0][~is_left]),
        *(region(f"p{i}", 2, f"bags of part {i}", np.sort(rows)) for i, rows in enumerate(parts)),
    )


def errors_of(n: int) -> Errors:
    """Every third point is not judged."""
    judged = (np.arange(n) % 3 > 0).astype(np.uint16)
    return Errors(wrong_of(n) * judged, judged, "wrong", "points")


def inside(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Even-odd rule, as the app does it."""
    result = np.zeros(len(points), dtype=bool)
    x, y = points.T
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 != y1:
            result ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return result


def crowded(n: int, visible: np.ndarray | None, hidden: Collection[int]) -> Categories:
    """Sixty classes, of which class 00 has the most points and each next one fewer; those from 19 on share a grey."""
    codes = (60 * np.random.default_rng(4).random(n) ** 2).astype(np.uint16)
    passing = codes if visible is None else codes[visible]
    total, shown = (np.bincount(some, minlength=60).tolist() for some in (codes, passing))
    names = [f"class {code:02}" for code in range(60)]
    colours = [COLOURS[code % 5] if code < 19 else "#9aa0a6" for code in range(60)]
    return Categories("many", codes, names, colours, total, shown, hidden, others=(19, 60))


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
        case RegionChosen():
            (region,) = (one for one in regions_of(state.n, state.space) if one.key == event.key)
            hit = np.isin(np.arange(state.n), region.rows)
            before = state.history[-1] if state.history else np.zeros(state.n, dtype=bool)
            state.history = [*state.history, before | hit if event.mode == "add" else hit]
        case NamesShown():
            state.names = event.shown
        case Opened():
            state.opened = event.row
        case Rendering():
            state.rendering = event
        case _:
            pass


def page() -> None:
    st.set_page_config(layout="wide")
    state = st.session_state
    defaults: dict[str, Any] = {
        "history": [],
        "hidden": frozenset(),
        "log": [],
        "opened": None,
        "revision": 0,
        "names": True,
        "rendering": Rendering(),
    }
    for name, value in defaults.items():
        state.setdefault(name, value)
    for collection in ("made-up", "made-up-image", "made-up-label"):
        server().register_images(collection, images())
    controls = st.columns(5)
    n = controls[0].selectbox("n", [5000, 0, 1, 200_000, 1_000_000], key="n")
    controls[1].selectbox("space", ["image", "label"], key="space")
    colour_by = controls[2].selectbox("colour", ["label", "confidence", "many", "outcome"], key="colour")
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
    elif colour_by == "many":
        colour = crowded(n, visible, state.hidden)
    elif colour_by == "outcome":
        both = np.bincount(wrong_of(n), minlength=2).tolist()
        colour = Categories("outcome", wrong_of(n), ("right", "wrong"), OUTCOME_COLOURS, both, both)
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
            regions=partial(regions_of, n, state.space) if n == 5000 else None,
            names=state.names,
            rendering=state.rendering,
            layers=("error", "density"),
            errors=errors_of(n) if state.rendering.layer == "error" else None,
            collection=f"made-up-{state.space}",
            layout_key=f"{n}-{state.space}",
            card={"first": colour_by},
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


class Scenes(MadeUpImages):
    """A landscape of 320 x 240 pixels, an image of 28 x 28, and one that cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        across, down = np.meshgrid(np.linspace(0, 1, 320), np.linspace(0, 1, 240))
        pixels = np.stack([90 + 120 * across, 120 + 90 * down, 160 - 60 * across], axis=2).astype(np.uint8)
        Image.fromarray(pixels).save(self.folder / "landscape.png")

    def filepath(self, row: int) -> Path:
        return self.folder / ("landscape.png", "1.png", "missing.png")[row]


SCENES = {
    "few": (
        Box(20, 20, 80, 60, "bag", "truth-found", id="t1", iou=0.81),
        Box(24, 22, 78, 60, "bag", "tp", "v1", 0.93, id="d1", iou=0.81),
        Box(180, 40, 60, 90, "coat", "truth-missed", error="missed", id="t2"),
        Box(130, 150, 70, 50, "<b>dress</b>", "fp", "v1", 0.41, "background", "d2"),
        Box(150, 160, 20, 15, "bag", "fp", "v2", 0.72, "class", "d3", 0.63),
        Box(300, 10, 1, 1, "bag", "tp", "v2", 0.12, id="d4", iou=0.5),
        Box(10, 10, float("nan"), 5, "bag", "fp", "v1", 0.5, id="nan"),
    ),
    "small": (Box(4, 4, 10, 12, "bag", "tp", "v1", None, id="d1", iou=float("nan"), marked=True),),
    "none": (),
}


def crowd() -> tuple[Box, ...]:
    """Five hundred boxes of sixty classes."""
    random = np.random.default_rng(5)
    kinds: tuple[Literal["truth-found", "tp", "truth-missed", "fp"], ...] = ("truth-found", "tp", "truth-missed", "fp")
    places = np.hstack([random.uniform(0, (300, 220), (500, 2)), random.uniform(4, 40, (500, 2))])
    return tuple(
        Box(
            x, y, width, height, f"class {n % 60:02}", kinds[n % 4], "v1" if n % 2 else "", 0.5 if n % 2 else None, id=n
        )
        for n, (x, y, width, height) in enumerate(places.tolist())
    )


@st.cache_resource
def scenes() -> Scenes:
    return Scenes()


def image_page() -> None:
    """One image with its boxes, chosen by the address: ``?scene=few``."""
    st.set_page_config(layout="wide")
    server().register_images("scenes", scenes())
    names = [*SCENES, "many", "missing"]
    chosen = st.selectbox("scene", names, names.index(st.query_params["scene"]), key="scene")
    boxes = crowd() if chosen == "many" else SCENES.get(chosen, SCENES["few"])
    row = {"small": 1, "missing": 2}.get(chosen, 0)
    side = 28 if chosen == "small" else None
    opened = viewer(
        collection="scenes",
        row=row,
        width=side or 320,
        height=side or 240,
        boxes=boxes,
        height_px=560,
        min_confidence=0.1 if chosen == "few" else 0.0,
        colours=COLOURS_SAFE if st.checkbox("safe", key="safe") else BOX_COLOURS,
        key="image",
        on_open=lambda box: st.session_state.update(opened=f"{box.id} of {box.model}"),
    )
    st.text(f"opened={st.session_state.get('opened')} now={opened.id if opened else None}")


def gallery_page() -> None:
    """Thirty images that can be sorted and grouped, every tenth without a value: ``?gallery=1``."""
    server().register_images("made-up", images())
    rows = range(30)
    blur = [row % 7 / 10 if row % 10 else None for row in rows]
    table = Table(pd.DataFrame({"blur": blur, "kind": [NAMES[row % 3] for row in rows]}))
    how = st.session_state.setdefault("how", Arrangement(size=96))
    groups = arranged(table, rows, how)
    headings, at = [], 0
    for group in groups:
        headings += [Heading(at, group.title, len(group.rows))] if group.title else []
        at += len(group.rows)
    order = [row for group in groups for row in group.rows.tolist()]
    kinds: tuple[Kind, ...] = ("correct", "wrong", "none")
    result = gallery(
        [
            Item(row, NAMES[row % 3], kinds[row % 3], f"{blur[row]}", tagged="“dark ones”" if row == 4 else "")
            for row in order
        ],
        collection="made-up",
        size=how.size,
        height=420,
        model="v1",
        headings=headings,
        arranging=Arranging([Sort("", "As they come"), Sort("blur", "Blur", True)], [("kind", "Kind")], how),  # noqa: FBT003
        key="arranged",
        on_arrange=lambda asked: st.session_state.update(how=asked),
    )
    st.text_input("text", key="text")
    st.text(f"checked={len(result.checked)} order={','.join(map(str, order))}")


if not exists():
    app = st.App(__file__, routes=server().routes(), middleware=[Middleware(Guard, page=server().page())])
elif "scene" in st.query_params:
    image_page()
elif "gallery" in st.query_params:
    gallery_page()
else:
    page()
