"""Slices that nobody named: parts on which a model is worse than their labels explain, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions.analyzed import Kind, NotComputed
from explorer.actions.driver_findings import groups_of
from explorer.actions.explain import phrases_for
from explorer.actions.search import model_of
from explorer.actions.segment_findings import ACCURACY, OBJECTS_FOUND, Metric
from explorer.analysis.slices import Examined, Slice, slices
from explorer.data.bins import grouped
from explorer.data.columns import Categorical
from explorer.data.findings import Finding
from explorer.signals.registry import registered
from explorer.subsets.explain import describe, majority
from explorer.subsets.over_represented import OverRepresented, over_represented

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.actions.analyzed import Analyzed, Row
    from explorer.data.records import Bool, Int64
    from explorer.points.points import Points
    from explorer.stats.intervals import Rate
    from explorer.subsets.explain import Phrases

SLICES = "slices"
"""The kind of these findings, as `edgecase analyze` calls it."""

WORDS = 3
"""Phrases that a slice is described with."""

_TELLING = 0.1
"""The score from which a phrase says something of a slice."""


class Described(NamedTuple):
    """A slice in words.

    Attributes:
        slice: which points.
        words: phrases that tell it from the rest of its class, best first; empty where the model has no text side.
        over_represented: values of columns that are more common in it, the surest first.
    """

    slice: Slice
    words: list[str]
    over_represented: list[OverRepresented]


def _rows(of: Analyzed) -> list[Row]:
    """One row per slice, those that are surely the worst first."""
    points = of.seen(of.points)
    return [
        {
            "ids": points.space.ids_of(one.slice.rows),
            **_figures(one.slice.here),
            "held_out": _figures(one.slice.held_out),
            "elsewhere": one.slice.elsewhere,
            "p": one.slice.p,
            "metric": _metric(points).name,
            "source": one.slice.source,
            "words": one.words,
            "over_represented": [value._asdict() for value in one.over_represented],
        }
        for one in _slices(of)
    ]


def _found(of: Analyzed) -> list[Finding]:
    """The slices as findings, in the same order."""
    return [_finding(one, of) for one in _slices(of)]


def _slices(of: Analyzed) -> list[Described]:
    return of.once(SLICES, lambda: described(of))


def described(of: Analyzed) -> list[Described]:
    """The slices of the points on which a model is judged, described.

    Raises:
        NotComputed: there is nothing to judge a model by.
    """
    examined, columns = _examined(of)
    these = slices(examined, seed=of.seed)
    phrases = _phrases(of) if these else None
    return [_described(one, of.seen(of.points), phrases, columns) for one in these]


def _examined(of: Analyzed) -> tuple[Examined, list[str]]:
    """What slices are looked for among, and the columns that tell points apart."""
    points, model = of.seen(of.points), of.model
    judged = points.judged(model)._replace(images=groups_of(of))
    if not judged.overall.n or "label" not in points.table:
        raise NotComputed("There is nothing to judge a model by: it takes labels and the predictions of a model.")
    follows = {signal.name for signal in registered() if signal.of in ("graph", "model")} | {f"{model}.prediction"}
    columns = [name for name in points.dividing(model, of.view.models) if name not in follows]
    coded = [grouped(points.table[name]) for name in columns]
    labels, answers = _labels_and_answers(points, model, judged.wrong)
    have_map = points.space.have_map
    vectors, graph = (points.space.vectors, points.space.neighbors) if have_map else (None, None)
    return Examined(vectors, graph, labels, answers, judged, coded), columns


def _labels_and_answers(points: Points, model: str | None, wrong: Bool) -> tuple[Int64, Int64]:
    """A number for the label of each point, and for what the model says: of what it misses one of its own."""
    label = points.table["label"]
    assert isinstance(label, Categorical)
    labels = np.maximum(label.codes, 0).astype(np.int64)
    name = f"{model}.prediction"
    said = points.table[name] if name in points.table else None
    if not isinstance(said, Categorical):
        return labels, np.where(wrong, len(label.values), labels)
    number = {value: i for i, value in enumerate(dict.fromkeys([*label.values, *said.values]))}
    codes = np.array([*(number[value] for value in said.values), 0], np.int64)[said.codes]
    return labels, np.where(wrong, codes, labels)


def _phrases(of: Analyzed) -> Phrases | None:
    points = of.seen(of.points)
    encoder = points.name.encoder
    if not of.view.understands_text(encoder):
        return None
    return phrases_for(points, lambda texts: model_of(of.workspace, encoder).encode_texts(texts))


def _described(one: Slice, points: Points, phrases: Phrases | None, columns: list[str]) -> Described:
    mask = np.zeros(len(points), np.bool_)
    mask[one.rows] = True
    words: list[str] = []
    if phrases:
        against = majority(points.table, "label", mask)
        best = describe(phrases, np.asarray(points.space.vectors), mask, against=against)[:WORDS]
        words = [phrase.text for phrase in best if phrase.score >= _TELLING]
    return Described(one, words, over_represented(points.table, columns, mask))


def _figures(of: Rate) -> dict[str, float | int]:
    return {"n": of.n, "rate": of.value, "low": of.low, "high": of.high}


def _metric(points: Points) -> Metric:
    return OBJECTS_FOUND if points.space.are_boxes else ACCURACY


def _finding(one: Described, of: Analyzed) -> Finding:
    this, points = one.slice, of.seen(of.points)
    title = _title(one, points)
    rate, low, high = (f"{each:.0%}" for each in (this.held_out.value, this.held_out.low, this.held_out.high))
    metric = _metric(points)
    told = metric.sentence.format(rate=rate, n=f"{this.held_out.n:,} held out")
    sentence = (
        f"{title}: {told} ({low} to {high}), the same labels elsewhere {this.elsewhere:.0%}; "
        f"{points.space.counted(len(this.rows))} in all."
    )
    figures: dict[str, float | int | str] = {
        **_figures(this.held_out),
        "elsewhere": this.elsewhere,
        "p": this.p,
        "metric": metric.name,
        "words": "; ".join(one.words),
    }
    n = int((points.judged(of.model).total > 0).sum())
    return Finding(SLICES, title, sentence, tuple(points.space.ids_of(this.rows)), figures, this.gain(n))


def _title(one: Described, points: Points) -> str:
    """A slice by its best phrase, else by what is over-represented in it, else by what most of it are."""
    if one.words:
        return f"“{one.words[0]}”"
    if one.over_represented:
        values = {value.column: value for value in reversed(one.over_represented)}
        return "Mostly " + ", ".join(f"{value.column} {value.value}" for value in list(values.values())[:-3:-1])
    return f"{points.space.counted(len(one.slice.rows)).capitalize()} that look alike"


def _line(row: Mapping[str, Any]) -> str:
    held, values = row["held_out"], row["over_represented"][:WORDS]
    told = [*row["words"][:1], *(f"{value['column']} {value['value']}" for value in values)]
    said = f"{held['rate']:.1%} of {held['n']:,} held out ({held['low']:.1%} to {held['high']:.1%})"
    return f"{', '.join(told) or row['source']}: {said}, elsewhere {row['elsewhere']:.1%}, p = {row['p']:.2g}"


KIND = Kind(
    name=SLICES,
    version=1,
    rows=_rows,
    found=_found,
    line=_line,
    nothing="No part of them is surely worse than its labels explain.",
    options=("model", "seed", "group_by", "encoder"),
    cost=5.0,
)
