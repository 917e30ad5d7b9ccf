"""What the map's script is told of regions."""

from __future__ import annotations

import json

import numpy as np

from explorer.data.findings import Region
from explorer.ui.components.scatter.regions import described, last_levels


def _region(level: int, rows: range, name: str = "a name") -> Region:
    square = np.array([[0, 0], [1, 0], [1, 1.23456789]], np.float32)
    return Region(f"{level}-{rows.start}", level, name, "100% so", np.array(rows), (0.5, 1.5), (square,))


def test_a_region_is_named_until_finer_ones_within_it_are() -> None:
    whole, other = _region(0, range(100)), _region(0, range(200, 300))
    part, nameless = _region(1, range(20, 60)), _region(1, range(210, 250), name="")
    grain = _region(2, range(210, 230))
    assert last_levels([whole, other, part, nameless, grain]) == [0, 1, None, 1, None]


def test_a_region_that_is_not_divided_is_named_once_at_each_level() -> None:
    assert last_levels([_region(0, range(50)), _region(1, range(50)), _region(2, range(50))]) == [0, 1, None]


def test_they_are_written_as_json() -> None:
    (said,) = json.loads(described([_region(0, range(100), "caf\u00e9 <b>")]))
    assert said == {
        "key": "0-0",
        "level": 0,
        "until": None,
        "name": "caf\u00e9 <b>",
        "why": "100% so",
        "count": 100,
        "anchor": [0.5, 1.5],
        "outline": [[[0, 0], [1, 0], [1, 1.23457]]],
    }
