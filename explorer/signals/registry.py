"""The registered signals: what each is called and of, which way it points, and how it is computed.

A signal is registered by standing in `SIGNALS` of a module of this package; its column, colour, filters, `--where` and
`edgecase info --json` follow. Columns have a row per image. One with a row per box is not kept yet: it takes
columns that `Workspace.objects` joins, as `Workspace.samples` does.
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
    from collections.abc import Callable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from explorer.data.records import Float32, Layout, Neighbors

Of = Literal["image", "object", "graph", "model"]
Direction = Literal["high is suspicious", "low is suspicious", "neutral"]


@dataclass(frozen=True)
class SignalInputs:
    """What a build offers to its signals; arrays are memory-mapped, so a signal costs only what it reads.

    Attributes:
        samples: the n samples, without signals; see `Workspace.samples`.
        labels: the label of each sample, missing where it has none; None in detection and where nothing is labelled.
        vectors: float32 (n, d), unit vectors of the images.
        graph: neighbours of the images.
        layout: map of the images.
    """

    samples: pd.DataFrame
    labels: pd.Series | None
    vectors: Float32
    graph: Neighbors
    layout: Layout

    @cached_property
    def label_codes(self) -> NDArray[np.int32] | None:
        """A number for the label of each sample, int32 (n,), -1 where it has none; None without labels."""
        column = None if self.labels is None else code_column(self.labels.astype(object))
        return column.codes if isinstance(column, Categorical) and column.values else None


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One number per sample, and what it means.

    Attributes:
        name: the column.
        title: its name on screen.
        of: what it measures: the image itself, the objects on it, its neighbourhood, or a model's answer.
        direction: which end asks for a look.
        unit: what the number counts.
        version: raised when the same inputs give other numbers.
        compute: gives float32 (n,), NaN where unknown; None where the signal does not apply to a build.
    """

    name: str
    title: str
    of: Of
    direction: Direction
    unit: str
    version: int
    compute: Callable[[SignalInputs], Float32 | None]

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


def titles() -> dict[str, str]:
    """The name on screen of each registered signal, by its column."""
    return {signal.name: signal.title for signal in registered()}
