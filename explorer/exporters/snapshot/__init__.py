"""A read-only page of a map that needs no server: one HTML file, or a folder with its data and pictures beside it.

Nothing in it is fetched from anywhere, and text from data is only ever shown as text.
"""

from __future__ import annotations

import base64
import html
import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.data.endings import refuse_other_ending
from explorer.data.whole import whole_file, whole_folder
from explorer.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from explorer.data.records import Float32, Int64

_HERE = Path(__file__).parent
_GRID = 65535
_MISSING = 65535

_GENERATOR = b'content="Edgecase Explorer"'

_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="generator" content="Edgecase Explorer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<noscript>This page draws its map with a script: allow scripts, and open it again.</noscript>
{data}
<script>{script}</script>
</body>
</html>
"""
_POLICY = (
    "default-src 'none'; img-src data: 'self' file:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'self' file:"
)


@dataclass(frozen=True, eq=False)
class Names:
    """A column of names to colour by: int64 (n,) positions in `values`, -1 where missing; a colour for each value."""

    title: str
    codes: NDArray[Any]
    values: Sequence[str]
    colours: Sequence[str]


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers to colour by: float (n,), NaN where missing; the scale's ends and its stops.

    What stands at the ends are these numbers, unless something is given.
    """

    title: str
    values: NDArray[Any]
    low: float
    high: float
    stops: Sequence[tuple[float, str]]
    ends: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Part:
    """Some of the points under a name: a subset, or a region of the map.

    Attributes:
        name: what it is called.
        about: what there is to say of it.
        rows: int64 (m,), its points.
        colour: ``#rrggbb``, or empty.
        pictures: places in the page's pictures, best first.
        anchor: where its name stands on the map; None where it is not written there.
        outline: polygons around it, each float32 (v, 2).
        level: 0 for what is named when all of the map is in view; higher ones are named closer by.
    """

    name: str
    about: str
    rows: Int64
    colour: str = ""
    pictures: Sequence[int] = ()
    anchor: tuple[float, float] | None = None
    outline: Sequence[Float32] = ()
    level: int = 0


@dataclass(frozen=True, eq=False)
class Picture:
    """A small WebP of a point, or of a box in the image that the point is."""

    row: int
    webp: bytes
    title: str


@dataclass(frozen=True, eq=False)
class Page:
    """What a snapshot shows.

    Attributes:
        title: of the page.
        about: one sentence: of what, from when.
        said: sentences on what is left out.
        xy: float32 (n, 2), finite.
        ids: n texts.
        columns: what to colour by, the first one first.
        subsets: with their pictures.
        regions: with the places of their names.
        pictures: of some of the points.
    """

    title: str
    about: str
    said: Sequence[str]
    xy: Float32
    ids: Sequence[str]
    columns: Sequence[Names | Numbers]
    subsets: Sequence[Part]
    regions: Sequence[Part]
    pictures: Sequence[Picture]


def refuse_taken(path: Path) -> None:
    """Raise ExportError where a path is of no kind of snapshot, or where it would replace something else."""
    if not _is_file(path):
        refuse_other_ending(path, "a snapshot to end in .html, or")
    with _telling(path):
        if _is_file(path):
            if path.is_dir() or (path.exists() and not _is_snapshot(path)):
                raise ExportError(
                    f"There is something at {path} that is no snapshot; it is not replaced. Choose another -o."
                )
        elif path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise ExportError(f"Expected a new or empty folder, found something at {path}. Choose another -o.")


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Say what to do where a path cannot be read or written."""
    try:
        yield
    except OSError as error:
        raise ExportError(
            f"{path} cannot be written ({error}). Check the path, its permissions and the space."
        ) from error


def _is_file(path: Path) -> bool:
    return path.suffix.lower() in (".html", ".htm")


def _is_snapshot(file: Path) -> bool:
    with file.open("rb") as opened:
        return _GENERATOR in opened.read(len(_HTML))


def write_snapshot(page: Page, path: Path) -> int:
    """Write the page: as one file where the path ends in `.html`, else as a folder with `index.html`.

    Returns:
        Its bytes.

    Raises:
        ExportError: there is something else at the path than a former snapshot's file or an empty folder, or it cannot
            be written.
    """
    refuse_taken(path)
    with _telling(path):
        return _write_file(page, path) if _is_file(path) else _write_folder(page, path)


def one_file(page: Page) -> bytes:
    """The page as one HTML file with everything in it."""
    sources = [f"data:image/webp;base64,{_base64(one.webp)}" for one in page.pictures]
    return _html(page, f'<script type="application/json" id="data">{_json(page, sources)}</script>')


def _write_file(page: Page, path: Path) -> int:
    content = one_file(page)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as draft:
        draft.write_bytes(content)
    return len(content)


def _write_folder(page: Page, folder: Path) -> int:
    with whole_folder(folder) as draft:
        (draft / "pictures").mkdir()
        names = [f"pictures/{place}.webp" for place in range(len(page.pictures))]
        for name, one in zip(names, page.pictures, strict=True):
            (draft / name).write_bytes(one.webp)
        (draft / "data.js").write_text(f"window.edgecase = {_json(page, names)};\n", "utf-8")
        (draft / "index.html").write_bytes(_html(page, '<script src="data.js"></script>'))
        return sum(file.stat().st_size for file in draft.rglob("*") if file.is_file())


def _html(page: Page, data: str) -> bytes:
    parts = {
        "policy": _POLICY,
        "title": html.escape(page.title),
        "style": (_HERE / "page.css").read_text("utf-8"),
        "data": data,
        "script": (_HERE / "page.js").read_text("utf-8"),
    }
    return _HTML.format(**parts).encode()


def _json(page: Page, sources: Sequence[str]) -> str:
    """The page's data as JSON that is the same text inside a script: no `<` in it ends one or begins a comment."""
    low = page.xy.min(axis=0) if len(page.xy) else np.zeros(2)
    span = float(max((page.xy - low).max(), 0.0)) if len(page.xy) else 0.0
    step = span / _GRID or 1.0
    data = {
        "title": page.title,
        "about": page.about,
        "said": list(page.said),
        "ids": list(page.ids),
        "low": low.tolist(),
        "step": step,
        "xy": _base64(np.rint((page.xy - low) / step).astype("<u2").tobytes()),
        "columns": [_column(one) for one in page.columns],
        "subsets": [_part(one) for one in page.subsets],
        "regions": [_part(one) for one in page.regions],
        "pictures": [[one.row, source, one.title] for one, source in zip(page.pictures, sources, strict=True)],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


def _column(one: Names | Numbers) -> dict[str, Any]:
    if isinstance(one, Numbers):
        values = _base64(np.asarray(one.values, "<f4").tobytes())
        scale = {"low": one.low, "high": one.high, "stops": list(one.stops), "ends": list(one.ends)}
        return {"kind": "numbers", "title": one.title, "values": values, **scale}
    codes = np.where(np.asarray(one.codes) < 0, _MISSING, one.codes).astype("<u2")
    names = {"values": list(one.values), "colours": list(one.colours)}
    return {"kind": "names", "title": one.title, "codes": _base64(codes.tobytes()), **names}


def _part(one: Part) -> dict[str, Any]:
    facts = {name: value for name, value in asdict(one).items() if name not in ("rows", "outline")}
    outline = [np.round(np.asarray(polygon, np.float64), 4).tolist() for polygon in one.outline]
    return {**facts, "outline": outline, "rows": _base64(np.asarray(one.rows, "<u4").tobytes())}


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
