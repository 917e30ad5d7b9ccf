"""Where errors gather, as a section of a report: by severity, class, confidence, version and group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.actions.compare_versions import best_thresholds
from explorer.analysis.segments import Part
from explorer.analysis.versions import rates
from explorer.data.outcomes import OUTCOMES
from explorer.data.palettes import GREY
from explorer.data.verdicts import SEVERITIES, VERDICTS
from explorer.review.patterns import CORRECT, INCORRECT, concentration, confusion, ranking, sureness
from explorer.review.report import Bar, Bars, HeatMap, Section, Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.actions.failure_modes import Failures
    from explorer.actions.report_sections import Rated

SEVERITY_COLOURS = {"": "#c9ced6", "low": "#f4c27a", "medium": "#e8813a", "high": "#b32626"}
VERDICT_COLOURS = {
    CORRECT: OUTCOMES["correct"].colour,
    INCORRECT: OUTCOMES["wrong"].colour,
    "ambiguous": "#e0b13a",
    "inadequate": GREY,
}
_MOST_MATRICES, _MOST_GROUPS = 6, 10


def patterns(of: Failures, rated: Sequence[Rated]) -> Section:
    """Where errors gather: by count and severity, class, confidence, version and group."""
    made = [_ranking(rated), _confidence(of), _versions(of, rated), _groups(of), *_matrices(rated)]
    blocks = [one for one in made if one]
    return Section("patterns", "Failure patterns", blocks or [Words("Nothing was judged wrong.", "unsure")])


def _ranking(rated: Sequence[Rated]) -> Bars | None:
    links = {one.mode.name: one.anchor for one in rated}
    ranked = ranking({one.mode.name: one.mode.outcomes for one in rated})
    if not ranked:
        return None
    said = [name for name in ("", *SEVERITIES) if any(name in one.severities for one in ranked)]
    legend = [(name or "no severity said", SEVERITY_COLOURS[name]) for name in said]
    bars = [
        Bar(one.name, [one.severities.get(name, 0) for name in said], f"{one.errors:,} × {one.weight / one.errors:.2g}",
            links[one.name])
        for one in ranked
    ]  # fmt: skip
    return Bars(
        "Errors by severity; the order is by count times mean weight, which stand beside the bar.", legend, bars
    )


def _confidence(of: Failures) -> Bars | None:
    bins = sureness(of.outcomes)
    said = [name for name in VERDICTS if any(name in one.verdicts for one in bins)]
    if not said or not any(sum(one.verdicts.values()) for one in bins):
        return None
    legend = [(VERDICTS[name].lower(), VERDICT_COLOURS[name]) for name in said]
    bars = [
        Bar(f"{one.low:.1f} to {one.high:.1f}", [one.verdicts.get(name, 0) for name in said], _wrong_of(one.verdicts))
        for one in bins
    ]
    return Bars("Verdicts by how sure the model was: a model that knows its limits is wrong where it is unsure.",
                legend, bars)  # fmt: skip


def _wrong_of(verdicts: Mapping[str, int]) -> str:
    right, wrong = verdicts.get(CORRECT, 0), verdicts.get(INCORRECT, 0)
    return f"{wrong / (right + wrong):.0%} wrong of {right + wrong:,}" if right + wrong else ""


def _versions(of: Failures, rated: Sequence[Rated]) -> HeatMap | None:
    """How often each version is right on each mode, by labels, on which versions can be held beside each other."""
    view, models = of.of.view, of.of.view.models
    if len(models) < 2 or not view.judges or not rated:  # noqa: PLR2004 - it takes two
        return None
    at = best_thresholds(view)
    found = {name: view.labels(at[name]).judged(name) for name in models}
    parts = [Part(one.mode.kind, one.mode.name, one.mode.rows) for one in rated]
    shares = {name: {one.part.value: one for one in rates(parts, judged)} for name, judged in found.items()}
    overall = {name: judged.overall.value for name, judged in found.items()}
    shades, texts = [], []
    for part in parts:
        told = [shares[name].get(part.value) for name in models]
        known = [one if one and not one.too_few else None for one in told]
        shades.append([max(-1.0, min(1.0, 2 * (one.share.value - overall[name]))) if one else None
                       for one, name in zip(known, models, strict=True)])  # fmt: skip
        texts.append([f"{one.share.value:.0%}" if one else "few" for one in known])
    return HeatMap(
        "Correct by category and version, told by labels: red is below, green above the version's average.",
        [part.value for part in parts],
        models,
        shades,
        texts,
        [one.anchor for one in rated],
        "Version",
    )


def _groups(of: Failures) -> Bars | None:
    column = of.reviewed.round.protocol.group if of.reviewed else (of.hygiene.group_by or "")
    found = concentration(of.outcomes)
    if not column or found.groups < 2 or not found.errors.sum():  # noqa: PLR2004 - one group is no spread
        return None
    names = group_names(of, column)
    legend = [("wrong", VERDICT_COLOURS[INCORRECT]), ("correct", VERDICT_COLOURS[CORRECT])]
    shown = list(zip(found.which, found.errors, found.rows, strict=True))[:_MOST_GROUPS]
    bars = [
        Bar(names.get(int(which), "?"), [int(errors), int(rows - errors)], f"{errors} of {rows} wrong")
        for which, errors, rows in shown
    ]
    caption = f"Half of the errors lie in {found.half:,} of {found.groups:,} groups by “{column}”."
    return Bars(caption, legend, bars)


def group_names(of: Failures, column: str) -> dict[int, str]:
    """What each group of `outcomes` is called."""
    view = of.of.view
    points = view.of_ids(of.outcomes.ids)
    rows = points.space.sample_rows[np.array(points.space.rows(of.outcomes.ids), np.int64)]
    values = view.samples.frame[column].astype(object).fillna("–").map(str).to_numpy(object)
    return dict(zip(of.outcomes.groups.tolist(), values[rows].tolist(), strict=True))


def _matrices(rated: Sequence[Rated]) -> list[HeatMap]:
    worst = sorted(rated, key=lambda one: -int(one.mode.outcomes.wrong.sum()))[:_MOST_MATRICES]
    return [_matrix(one) for one in worst if one.mode.outcomes.wrong.any()]


def _matrix(one: Rated) -> HeatMap:
    found = confusion(one.mode.outcomes)
    totals = np.maximum(1, found.counts.sum(axis=1, keepdims=True))
    shares = found.counts / totals
    right = np.array([[row == column for column in found.predictions] for row in found.labels], np.bool_)
    shades = np.where(right, shares, -shares)
    return HeatMap(
        f"What is taken for what in “{one.mode.name}”: labels as rows, predictions as columns.",
        found.labels,
        found.predictions,
        [[None if not count else float(shade) for shade, count in zip(*pair, strict=True)]
         for pair in zip(shades, found.counts, strict=True)],
        [[f"{count:,}" if count else "" for count in row] for row in found.counts.tolist()],
        [one.anchor] * len(found.labels),
        "Predicted",
    )  # fmt: skip
