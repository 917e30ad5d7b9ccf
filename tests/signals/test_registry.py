"""What a signal says of itself, and what it is given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.data.records import Layout, Neighbors
from explorer.signals.neighborhood import SIGNALS
from explorer.signals.registry import Signal, SignalInputs, model_signals, registered, titles


def _inputs(labels: list[str | None] | None) -> SignalInputs:
    """Three images, each the neighbour of both others."""
    ids = ("a", "b", "c")
    graph = Neighbors(np.array([[1, 2], [0, 2], [0, 1]]), np.full((3, 2), 0.75, np.float32))
    return SignalInputs(
        samples=pd.DataFrame({"filepath": ids}, index=pd.Index(ids)),
        labels=None if labels is None else pd.Series(labels, ids, object),
        vectors=np.eye(3, dtype=np.float32),
        graph=graph,
        layout=Layout(ids, np.zeros((3, 2), np.float32), np.array([0, 0.5, 1], np.float32), 0.9),
    )


def _signal(name: str) -> Signal:
    return next(signal for signal in SIGNALS if signal.name == name)


def test_a_signal_is_registered_by_standing_in_its_file() -> None:
    names = [signal.name for signal in registered()]
    own = {"label_disagreement", "neighbor_distance", "uniqueness", "neighbors_kept"}
    assert own == {each.name for each in SIGNALS}
    assert set(SIGNALS) <= set(registered())
    assert len(set(names)) == len(names)
    of_models = {"margin", "entropy", "loss", "mean_confidence"}
    assert set(titles()) == set(names) - of_models
    assert set(model_signals(["v1"])) == {f"v1.{name}" for name in of_models}
    assert len(set(titles().values())) == len(titles())


def test_a_signal_says_what_it_is_of_and_which_way_it_points() -> None:
    assert _signal("neighbors_kept").about() == {
        "name": "neighbors_kept",
        "title": "Neighbours kept on the map",
        "of": "graph",
        "direction": "low is suspicious",
        "unit": "share of neighbours",
    }


def test_signals_read_the_labels_the_graph_and_the_map() -> None:
    inputs = _inputs(["cat", "dog", "dog"])
    for name, expected in (
        ("label_disagreement", [1, 0.5, 0.5]),
        ("neighbor_distance", [0.25, 0.25, 0.25]),
        ("neighbors_kept", [0, 0.5, 1]),
    ):
        assert _signal(name).compute(inputs) == pytest.approx(expected)


@pytest.mark.parametrize("labels", [None, [None, None, None], [np.nan, np.nan, np.nan]])
def test_without_labels_nothing_disagrees_with_them(labels: list[str | None] | None) -> None:
    assert _signal("label_disagreement").compute(_inputs(labels)) is None


def test_labels_are_coded_with_a_gap_where_there_is_none() -> None:
    codes = _inputs(["cat", None, "cat"]).label_codes
    assert codes is not None
    assert codes.tolist() == [0, -1, 0]
