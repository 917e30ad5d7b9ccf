"""What the map's script may say of how it is drawn."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.ui.components.scatter import Rendering, _parsed


def test_a_chosen_rendering_is_read() -> None:
    assert _parsed("rendering", {"layer": "error", "size": 4, "opacity": None}) == Rendering("error", 4.0, None)


@pytest.mark.parametrize(
    "change",
    [{"layer": "heat"}, {"size": 0}, {"size": -1}, {"size": 21}, {"opacity": 1.1}, {"opacity": float("nan")}],
)
def test_what_no_control_of_ours_says_is_refused(change: dict[str, Any]) -> None:
    assert _parsed("rendering", {"layer": "off", "size": 4, "opacity": 0.5, **change}) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("open", {"row": float("inf"), "layout": "space"}),
        ("legend", {"hidden": [float("inf")]}),
        ("rendering", {"layer": "off", "size": 10**400, "opacity": None}),
        ("save", {"zoom": []}),
        ("save", {"zoom": {"map/x": [10**400, 0, 0, 0]}}),
        ("stroke", {"mode": "add", "kind": "box", "polygon": [[10**400, 0]], "layout": "space"}),
        ("stroke", "lasso"),
    ],
)
def test_what_is_of_no_shape_of_ours_is_no_event(name: str, value: object) -> None:
    assert _parsed(name, value) is None
