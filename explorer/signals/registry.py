"""The registered signals: what each is called and of, which way it points, and how it is computed.

A signal is registered by standing in `SIGNALS` of a module of this package; its column, colour, filters, `--where`,
segments and `edgecase info --json` follow. Columns have a row per image: what is known of boxes one by one stands in
`explorer.points.box_table`, and a signal of objects sums up those of an image.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from itertools import chain
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Literal

from explorer import signals
from explorer.data.columns import Categorical, code_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from explorer.data.records import Float32, Layout, Neighbors

    Values = Float32 | NDArray[np.float64] | NDArray[np.datetime64] | NDArray[np.str_]

Of = Literal["image", "object", "graph", "model"]
Direction = Literal["high is suspicious", "low is suspicious", "neutral"]


@dataclass(frozen=True)
class Answers:
    """What one model said of the images.

    Attributes:
        model: its name.
        table: index object id; columns `sample`, `label`, `confidence`: one row per image, or per detection.
        probabilities: index sample id, float32, a column per class; None where it gave none.
    """

    model: str
    table: pd.DataFrame
    probabilities: pd.DataFrame | None = None


@dataclass(frozen=True)
class SignalInputs:
    """What a build offers to its signals; arrays are memory-mapped, so a signal costs only what it reads.

    Attributes:
        samples: the n samples, without signals; see `Workspace.samples`.
        labels: the label of each sample, missing where it has none; None in detection and where nothing is labelled.
        vectors: float32 (n, d), unit vectors of the images.
        graph: neighbours of the images.
        layout: map of the images.
        measured: what was measured on the images' pixels, a row each; None before that was asked for.
        objects: in detection the labelled boxes, see `Workspace.objects`; else None.
        answers: of the model that a signal of kind `model` is computed of; None for the other signals.
    """

    samples: pd.DataFrame
    labels: pd.Series | None
    vectors: Float32
    graph: Neighbors
    layout: Layout
    measured: pd.DataFrame | None = None
    objects: pd.DataFrame | None = None
    answers: Answers | None = None

    @cached_property
    def label_codes(self) -> NDArray[np.int32] | None:
        """A number for the label of each sample, int32 (n,), -1 where it has none; None without labels."""
        column = None if self.labels is None else code_column(self.labels.astype(object))
        return column.codes if isinstance(column, Categorical) and column.values else None


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One number per sample, and what it means.

    Attributes:
        name: the column; of a signal of kind `model` there is one for each model, `MODEL.name`.
        title: its name on screen.
        of: what it measures: the image itself, the objects on it, its neighbourhood, or a model's answer.
        direction: which end asks for a look.
        unit: what the number counts.
        version: raised when the same inputs give other numbers.
        of_pixels: whether it is made of what was measured on the images' pixels.
        of_labels: whether it is made of labels, so that corrected ones give other numbers.
        compute: gives float32 (n,), NaN where unknown; None where the signal does not apply to a build. What a camera
            wrote may also be exact numbers, times or text, "" where unknown.
    """

    name: str
    title: str
    of: Of
    direction: Direction
    unit: str
    version: int
    compute: Callable[[SignalInputs], Values | None]
    of_pixels: bool = False
    of_labels: bool = False

    def about(self) -> dict[str, str]:
        """What `edgecase info --json` says of it."""
        return {
            "name": self.name,
            "title": self.title,
            "of": self.of,
            "direction": self.direction,
            "unit": self.unit,
        }


@cache
def registered() -> tuple[Signal, ...]:
    """All signals in the order of their columns: by module, then as listed there."""
    modules = (import_module(f"{signals.__name__}.{module.name}") for module in iter_modules(signals.__path__))
    return tuple(chain.from_iterable(getattr(module, "SIGNALS", ()) for module in modules))


def titles(*of: Of) -> dict[str, str]:
    """The name on screen of each registered signal, by its column; those of models, which have several, left out.

    Args:
        of: only signals of these kinds; of all where none is named.
    """
    return {one.name: one.title for one in registered() if one.of != "model" and (not of or one.of in of)}


def model_signals(models: Iterable[str]) -> dict[str, str]:
    """The name on screen of each signal of these models, by its column."""
    own = [one for one in registered() if one.of == "model"]
    return {f"{model}.{one.name}": one.title for model in models for one in own}
