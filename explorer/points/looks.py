"""What a saved view shows in the current build, whatever build it was saved on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.data.columns import Categorical, Times
from explorer.data.filters import Between, During, NoneOf, OneOf
from explorer.data.saved_views import FILTER
from explorer.data.spaces import Space, SpaceName
from explorer.data.thresholds import Thresholds
from explorer.data.untrusted import MALFORMED
from explorer.errors import ViewError
from explorer.subsets.selection import from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from explorer.data.columns import Numeric
    from explorer.data.filters import Filter, Filters
    from explorer.data.saved_views import SavedView
    from explorer.points.opened_build import View
    from explorer.points.points import Points


def shown_ids(view: View, saved: SavedView) -> list[str]:
    """Ids of what is selected in a saved view; where nothing is, of what it found; else of all that its filters leave.

    Raises:
        ViewError: it cannot be read.
    """
    try:
        return _shown(view, saved.look)
    except MALFORMED as error:
        raise ViewError(
            f"The view “{saved.name}” cannot be read: it is damaged, or of another version. Save it anew, or delete it."
        ) from error


def _shown(view: View, look: Mapping[str, Any]) -> list[str]:
    widgets = look["widgets"]
    at = Thresholds(widgets.get("iou", 0.5), widgets.get("confidence") or 0.0)
    space = Space(widgets.get("space", Space.IMAGE.value))
    model = widgets.get("model")
    points = view.points(view.name(space, view.workspace.model_now(model) if model else None), at)
    visible = view.visible(tuple(_filters(look, points)), points)
    strokes = from_json([one for raw in look.get("selection", ()) if (one := stroke_now(view, raw))])
    if strokes:
        return points.space.ids_of(np.flatnonzero(view.mask(strokes, points) & visible))
    found = look.get("search")
    if found:
        others = view.points(view.there(space_now(view, found["space"])))
        return [each for each in found["rows"] if each in others.space.row_of]
    return points.space.ids_of(np.flatnonzero(visible))


def space_now(view: View, kept: str) -> SpaceName:
    """A space by the name that its model has now."""
    name = SpaceName.parse(kept)
    return replace(name, model=view.workspace.model_now(name.model))


def stroke_now(view: View, kept: Mapping[str, Any]) -> dict[str, Any] | None:
    """A stroke in what it was drawn in, a layout or numbers, or else its points; None where neither is there.

    Args:
        view: the opened build.
        kept: the stroke as JSON, with the ids of its points.
    """
    name = space_now(view, kept["space"])
    if str(name.of_points) not in view.workspace.manifest.spaces:
        return None
    if kept["polygon"] and view.has_layout(name, kept["layout"]):
        return {**kept, "space": str(name), "rows": []}
    rows = view.space(name.of_points).rows(kept["ids"])
    return {**kept, "space": str(name), "polygon": [], "filters": [], "rows": rows} if rows else None


def filter_of(name: str, column: Categorical | Numeric, value: Any) -> Filter | None:  # noqa: ANN401 - a widget's value
    """What a widget's value leaves of a column: a list of values, a range, or since and until when; None where all."""
    if isinstance(value, dict):
        return During(name, **value)
    if isinstance(column, Categorical):
        return OneOf(name, frozenset(value)) if value else None
    if value is None or (value[0] <= np.nanmin(column.values) and value[1] >= np.nanmax(column.values)):
        return None
    return Between(name, *value)


def suits(column: Categorical | Numeric, value: Any) -> bool:  # noqa: ANN401 - a widget's value
    """Whether a column of this kind can be filtered by a widget's value."""
    if isinstance(value, dict):
        return isinstance(column, Times)
    return all(isinstance(one, str) == isinstance(column, Categorical) for one in value or ())


def hidden_by(hidden: Mapping[str, Any]) -> Filters:
    """What the legend has switched off."""
    return tuple(NoneOf(column, frozenset(values)) for column, values in sorted(hidden.items()) if values)


def least_confidence(points: Points, model: str | None, confidence: float) -> Filters:
    """The confidence from which on detections are shown, where points are detections."""
    is_asked = confidence and points.name.kind is Space.PREDICTION
    return (Between(f"{model}.confidence", confidence),) if is_asked else ()


def _filters(look: Mapping[str, Any], points: Points) -> Iterator[Filter]:
    widgets = look["widgets"]
    for name in widgets.get("filter_columns", ()):
        value = widgets.get(f"{FILTER}{name}")
        if name in points.table and suits(points.table[name], value):
            one = filter_of(name, points.table[name], value)
            yield from (one,) if one else ()
    yield from hidden_by(look.get("hidden", {}))
    yield from least_confidence(points, points.name.model, points.at.confidence)
