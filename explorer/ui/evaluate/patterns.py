"""Failure patterns: how often, how badly, what for what, how surely and in which groups a model fails, by category."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from explorer.actions.compare_versions import best_thresholds
from explorer.actions.report_patterns import SEVERITY_COLOURS, VERDICT_COLOURS, group_names
from explorer.actions.report_sections import in_words, right_share
from explorer.data.outcomes import OUTCOMES
from explorer.data.palettes import TABLEAU
from explorer.data.verdicts import SEVERITIES, VERDICTS
from explorer.review.patterns import (
    CORRECT,
    INCORRECT,
    OTHER,
    concentration,
    confusion,
    error_rate,
    ranking,
    severity_weighted_rate,
    sureness,
)
from explorer.ui.session import failures, opened, text
from explorer.ui.widgets import beside, report_download

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import plotly.graph_objects as go

    from explorer.actions.failure_modes import Failures
    from explorer.data.records import Bool
    from explorer.review.patterns import Outcomes

RATES, SEVERITY, CONFUSION, CONFIDENCE, VERSIONS, GROUPS = KINDS = (
    *("How often", "How badly", "What for what", "How surely"),
    *("Versions", "Groups"),
)
INVITATION = "Click a bar, point or cell: its images are shown here, the worst first."
_PLAIN = {"displayModeBar": False}
_MOST_GROUPS, _ROW = 20, 28


class Behind(NamedTuple):
    """What is behind a bar, point or cell: what it is, and the ids of its images."""

    title: str
    ids: Sequence[str]


class Chart(NamedTuple):
    """A figure whose points say by `customdata` which of `behind` they are, and a sentence on it."""

    figure: go.Figure
    behind: Sequence[Behind]
    sentence: str


def draw() -> None:
    """Draw one kind of pattern, the images of what was clicked, and the way to the report."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = str(st.segmented_control("Pattern", KINDS, key="evaluate pattern", required=True))
        report_download.button()
    of = failures.of()
    st.caption(_source(of))
    left, right = st.columns([3, 2], gap="large")
    with left:
        made = _CHARTS[kind](of)
        clicked = _chart(made, kind) if made else None
        if made is None:
            st.info(_NOTHING[kind], icon=":material/info:")
    with right:
        beside.draw(_chosen(clicked, of), "evaluate pattern", INVITATION)


def _source(of: Failures) -> str:
    kinds = ", ".join(dict.fromkeys(one.kind for one in of.modes))
    judged = "comparing with labels"
    if of.reviewed:
        judged = f"the verdicts of the round “{text.cell(of.reviewed.round.name)}”"
    return f"By {kinds}, told by {judged}. What the model may have learnt from does not count."


def _chart(made: Chart, kind: str) -> Behind | None:
    """Draw a chart; what is behind the point that was clicked."""
    st.markdown(text.plain(made.sentence))
    legend = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}  # above: below are the numbers of the axis
    made.figure.update_layout(margin={"l": 10, "r": 10, "t": 10, "b": 10}, dragmode=False, legend=legend)
    made.figure.update_xaxes(fixedrange=True, zeroline=False)
    made.figure.update_yaxes(fixedrange=True, zeroline=False, automargin=True)
    event = st.plotly_chart(
        made.figure,
        width="stretch",
        on_select="rerun",
        selection_mode="points",
        key=f"evaluate pattern {kind} {opened.model()}",
        config=_PLAIN,
    )
    points = event["selection"]["points"]
    return made.behind[int(points[0]["customdata"][0])] if points else None


def _chosen(clicked: Behind | None, of: Failures) -> beside.Chosen | None:
    if clicked is None:
        return None
    points, model = opened.view().of_ids(clicked.ids, of.of.points.at), opened.model()
    rows = np.array(points.space.rows(clicked.ids), np.int64)
    return beside.Chosen(f"**{text.plain(clicked.title)}**", rows, points, [f"{model}.outcome", f"{model}.fn"])


def _behind(title: str, of: Outcomes, mask: Bool) -> Behind:
    return Behind(title, [of.ids[row] for row in np.flatnonzero(mask).tolist()])


def _rates(of: Failures) -> Chart | None:
    import plotly.graph_objects as go

    modes = [one for one in of.modes if one.outcomes.known.any()]
    if not modes:
        return None
    behind = [_behind(f"{one.name}: wrong", one.outcomes, one.outcomes.wrong) for one in modes]
    chart = go.Figure()
    named = [("correct", error_rate, TABLEAU[0], "circle")]
    if of.reviewed:
        named.append(("weighted by severity", severity_weighted_rate, SEVERITY_COLOURS["medium"], "diamond"))
    for place, (name, rate, colour, symbol) in enumerate(named):
        shares = [right_share(rate(one.outcomes)) for one in modes]
        ends = np.nan_to_num([[one.high - one.value, one.value - one.low] for one in shares]).reshape(-1, 2).clip(0)
        chart.add_scatter(
            x=[one.value for one in shares],
            y=[row + 0.2 * place for row in range(len(modes))],
            error_x={"type": "data", "array": ends[:, 0], "arrayminus": ends[:, 1], "color": colour, "width": 3},
            mode="markers",
            name=name,
            marker={"color": colour, "size": 10, "symbol": symbol},
            customdata=[[row] for row in range(len(modes))],
            text=[
                f"{text.on_chart(one.name)}<br>{in_words(share)} {name}"
                for one, share in zip(modes, shares, strict=True)
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    _named_rows(chart, [one.name for one in modes])
    chart.update_xaxes(tickformat=".0%", range=[-0.02, 1.02])
    return Chart(chart, behind, "The share that is correct, with its 95% interval; a click shows what is wrong.")


def _severity(of: Failures) -> Chart | None:
    import plotly.graph_objects as go

    ranked = ranking({one.name: one.outcomes for one in of.modes})
    if not ranked:
        return None
    by_name = {one.name: one.outcomes for one in of.modes}
    chart = go.Figure()
    behind: list[Behind] = []
    for severity in ("", *SEVERITIES):
        counts = [one.severities.get(severity, 0) for one in ranked]
        if not any(counts):
            continue
        name = severity or "no severity said"
        first = len(behind)
        for one in ranked:
            outcomes = by_name[one.name]
            behind.append(_behind(f"{one.name}: {name}", outcomes, outcomes.wrong & (outcomes.severities == severity)))
        _bars(chart, counts, name, SEVERITY_COLOURS[severity], first)
    _named_rows(chart, [one.name for one in ranked])
    return Chart(chart, behind, "Errors by severity, the mode first that weighs most by count times severity.")


def _confusion(of: Failures) -> Chart | None:
    modes = {one.name: one for one in of.modes if one.outcomes.wrong.any()}
    if not modes:
        return None
    name = st.selectbox("Of", list(modes), key="evaluate pattern of", format_func=text.short)
    outcomes = modes[name].outcomes
    found = confusion(outcomes)
    behind, cells = [], []
    for i, label in enumerate(found.labels):
        for j, made in enumerate(found.predictions):
            if found.counts[i, j]:
                mask = _is(outcomes.labels, label, found.labels) & _is(outcomes.predictions, made, found.predictions)
                behind.append(_behind(f"{label} taken for {made}", outcomes, mask))
                cells.append((i, j, f"{found.counts[i, j]:,}"))
    right = np.array([[row == column for column in found.predictions] for row in found.labels], np.bool_)
    shares = found.counts / np.maximum(1, found.counts.sum(axis=1, keepdims=True))
    chart = _heat_map(np.where(right, shares, -shares), found.labels, found.predictions, cells)
    chart.update_xaxes(title="predicted")
    chart.update_yaxes(title="labelled")
    return Chart(chart, behind, "What is taken for what: green on the diagonal, red elsewhere.")


def _is(values: np.ndarray, name: str, told: Sequence[str]) -> Bool:
    if name == OTHER:
        return np.asarray((values != "") & ~np.isin(values.astype(str), list(told)), np.bool_)
    return np.asarray(values == name, np.bool_)


def _confidence(of: Failures) -> Chart | None:
    import plotly.graph_objects as go

    bins, outcomes = sureness(of.outcomes), of.outcomes
    if not any(one.verdicts for one in bins):
        return None
    chart = go.Figure()
    behind: list[Behind] = []
    place = np.clip((np.nan_to_num(outcomes.confidences, nan=-1) * len(bins)).astype(np.int64), -1, len(bins) - 1)
    known = np.isfinite(outcomes.confidences)
    for verdict, shown in VERDICTS.items():
        counts = [one.verdicts.get(verdict, 0) for one in bins]
        if not any(counts):
            continue
        first = len(behind)
        for i, one in enumerate(bins):
            mask = known & (place == i) & (outcomes.verdicts == verdict)
            behind.append(_behind(f"{shown}, confidence {one.low:.1f} to {one.high:.1f}", outcomes, mask))
        _bars(chart, counts, shown.lower(), VERDICT_COLOURS[verdict], first)
    _named_rows(chart, [f"{one.low:.1f} to {one.high:.1f}" for one in bins])
    return Chart(chart, behind, "Verdicts by how sure the model was: one that knows its limits is wrong where unsure.")


def _versions(of: Failures) -> Chart | None:
    """How often each version is right on each mode, told by labels."""
    view, modes = opened.view(), [one for one in of.modes if len(one.rows)]
    if len(view.models) < 2 or not view.judges or not modes:  # noqa: PLR2004 - it takes two
        return None
    at = best_thresholds(view)
    shades = np.full((len(modes), len(view.models)), np.nan)
    behind, cells = [], []
    for j, model in enumerate(view.models):
        points = view.labels(at[model])
        right, known = points.right_and_known(model)
        overall = right[known].mean() if known.any() else np.nan
        for i, mode in enumerate(modes):
            rows = mode.rows[known[mode.rows]]
            if len(rows):
                share = float(right[rows].mean())
                shades[i, j] = 2 * (share - overall)
                wrong = rows[~right[rows]]
                behind.append(Behind(f"{mode.name}: wrong by {model}", points.space.ids_of(wrong)))
                cells.append((i, j, f"{share:.0%} of {len(rows):,}"))
    chart = _heat_map(shades, [one.name for one in modes], view.models, cells)
    return Chart(chart, behind, "Correct by version, told by labels: red is below, green above the version's average.")


def _groups(of: Failures) -> Chart | None:
    import plotly.graph_objects as go

    column = of.reviewed.round.protocol.group if of.reviewed else of.hygiene.group_by
    found = concentration(of.outcomes)
    if not column or not found.errors.sum():
        return None
    names, outcomes = group_names(of, column), of.outcomes
    shown = found.which[:_MOST_GROUPS].tolist()
    behind = [
        _behind(f"{column} {names[one]}: wrong", outcomes, outcomes.wrong & (outcomes.groups == one)) for one in shown
    ]
    chart = go.Figure()
    _bars(chart, found.errors[:_MOST_GROUPS].tolist(), "wrong", VERDICT_COLOURS[INCORRECT], 0)
    _bars(chart, (found.rows - found.errors)[:_MOST_GROUPS].tolist(), "correct", VERDICT_COLOURS[CORRECT], 0)
    _named_rows(chart, [names[one] for one in shown])
    return Chart(chart, behind, f"Half of the errors lie in {found.half:,} of {found.groups:,} groups by “{column}”.")


_CHARTS: dict[str, Callable[[Failures], Chart | None]] = {
    RATES: _rates,
    SEVERITY: _severity,
    CONFUSION: _confusion,
    CONFIDENCE: _confidence,
    VERSIONS: _versions,
    GROUPS: _groups,
}

_NOTHING = {
    RATES: "Nothing is judged yet: add labels and predictions, or hold a round of review.",
    SEVERITY: "Nothing that was judged is wrong.",
    CONFUSION: "Nothing that was judged is wrong.",
    CONFIDENCE: "The model gave no confidences.",
    VERSIONS: "There is one version, so that nothing can be held beside it.",
    GROUPS: "No column says which images hang together: a column `group`, or the group of a round's protocol.",
}


def _bars(chart: go.Figure, counts: Sequence[int], name: str, colour: str, first: int) -> None:
    chart.add_bar(
        x=counts,
        y=list(range(len(counts))),
        orientation="h",
        name=name,
        marker_color=colour,
        customdata=[[first + i] for i in range(len(counts))],
        hovertemplate="%{x:,} " + text.on_chart(name) + "<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0.5}},
    )
    chart.update_layout(barmode="stack")


def _named_rows(chart: go.Figure, names: Sequence[str]) -> None:
    ticks = [text.on_chart(text.short(name, 30)) for name in names]
    places = list(range(len(names)))
    last = len(names) - 0.4
    chart.update_yaxes(tickmode="array", tickvals=places, ticktext=ticks, range=[last, -0.6], showgrid=False)
    chart.update_layout(height=90 + _ROW * max(3, len(names)))


def _heat_map(
    shades: np.ndarray, rows: Sequence[str], columns: Sequence[str], cells: Sequence[tuple[int, int, str]]
) -> go.Figure:
    """Shades with the cells' texts, under points that nobody sees: Streamlit hears clicks on points alone."""
    import plotly.graph_objects as go

    right, wrong = (
        OUTCOMES[kind].safe if st.session_state.safe_colours else OUTCOMES[kind].colour for kind in ("correct", "wrong")
    )
    said = np.full(shades.shape, "", object)
    for i, j, told in cells:
        said[i, j] = told
    chart = go.Figure(
        go.Heatmap(
            z=shades.clip(-1, 1),
            text=said,
            texttemplate="%{text}",
            textfont={"color": "#fafafa" if st.context.theme.type == "dark" else "#31333f"},
            hoverinfo="skip",
            colorscale=[[0, wrong], [0.5, "rgba(154,160,166,0.06)"], [1, right]],
            zmin=-1,
            zmax=1,
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    unseen = {"marker": {"opacity": 0}}
    chart.add_scatter(
        x=[j for _, j, _ in cells],
        y=[i for i, _, _ in cells],
        mode="markers",
        marker={"symbol": "square", "size": 24, "opacity": 0},
        selected=unseen,
        unselected=unseen,
        customdata=[[place] for place in range(len(cells))],
        text=[f"{text.on_chart(rows[i])}, {text.on_chart(columns[j])}: {told}" for i, j, told in cells],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
    _named_rows(chart, rows)
    ticks = [text.on_chart(text.short(name, 16)) for name in columns]
    chart.update_xaxes(tickmode="array", tickvals=list(range(len(columns))), ticktext=ticks, showgrid=False, side="top")
    return chart
