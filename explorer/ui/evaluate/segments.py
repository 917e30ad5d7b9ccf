"""How good a model is on each part: intervals with the overall line, worst first, or a table of two columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from explorer.actions.segments import (
    F1,
    WORDS,
    Segmented,
    dividing,
    in_figures,
    measured_by,
    metrics,
    segmented,
)
from explorer.analysis.segments import ALPHA, CROSS, LEAST
from explorer.data.bins import Bins, grouped
from explorer.data.counts import counted
from explorer.data.outcomes import OUTCOMES, in_words
from explorer.errors import SourceError
from explorer.points.cache import Cache
from explorer.ui.evaluate.confusion import TICK_ANGLES
from explorer.ui.session import opened, text
from explorer.ui.widgets import beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import plotly.graph_objects as go

    from explorer.analysis.segments import Segment
    from explorer.stats.intervals import Figure

SHOWN = 30
"""Segments that are drawn; the table lists all."""

_ROW, _LEAST_HEIGHT = 24, 140
_GREY = "#9aa0a6"
_PLAIN = {"displayModeBar": False}
_EVERY, _NONE, _BY_HAND = "All columns and regions", "–", "Ends by hand"
_BINS = {"Quarters": "quantile:4", "Tenths": "quantile:10", "5 equal widths": "equal:5", "10 equal widths": "equal:10"}
INVITATION = "Click a segment: its images are shown here, the worst first."

_tables: Cache[Segmented] = Cache(32)


class Asked(NamedTuple):
    """What segments are wanted: see `segmented`."""

    metric: str
    columns: tuple[str, ...] | None
    two_way: bool
    bins: Bins
    against: str | None
    group_by: str | None


def draw() -> None:
    """Draw what can be chosen, the segments, and the images of the one that was clicked."""
    asked = _asked()
    if asked is None:
        return
    table = _table(asked)
    if not table.segments:
        st.info("There is no column to divide the images by, and their map has no regions.", icon=":material/info:")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        place = _two_way(table, asked) if asked.two_way else _intervals(table, asked)
    with right:
        beside.draw(None if place is None else _chosen(table, place), "evaluate segment", INVITATION)
    if not asked.two_way:
        _list(table, asked)


def _asked() -> Asked | None:
    view, model = opened.view(), str(opened.model())
    first = st.columns([3, 4, 4, 3, 3, 3], vertical_alignment="bottom")
    metric = first[0].selectbox("Measure", metrics(view), key="evaluate metric", format_func=_named)
    points = measured_by(view, metric, model, opened.thresholds()).points
    names = points.colourings(model, view.models)
    columns = dividing(view, metric, model, points)
    by = first[1].selectbox("By", [_EVERY, *columns], key="evaluate by", format_func=lambda name: names.get(name, name))
    others = [_NONE, *(column for column in columns if column != by)]
    also = first[2].selectbox(
        "And by",
        others,
        key="evaluate also",
        format_func=lambda name: names.get(name, name),
        disabled=by == _EVERY,
        help="Each value of one with each of the other",
    )
    bins = _bins(first[3])
    rest = [_NONE, *(other for other in view.models if other != model)]
    against = first[4].selectbox("Beside", rest, key="evaluate against", format_func=text.short, disabled=len(rest) < 2)  # noqa: PLR2004
    groups = [_NONE, *map(str, view.samples.groupable(leave_out=points.plumbing))]
    group_by = first[5].selectbox(
        "Together by",
        groups,
        key="evaluate groups",
        help="A column such as patient, scene or video: images with the same value are not independent, and intervals "
        "draw them together.",
    )
    if bins is None:
        return None
    crossed = by != _EVERY and also not in (_NONE, None)
    chosen = None if by == _EVERY else (by, also) if crossed else (by,)
    return Asked(metric, chosen, crossed, bins, _or_none(against), _or_none(group_by))


def _or_none(chosen: str | None) -> str | None:
    return None if chosen == _NONE else chosen


def _named(metric: str) -> str:
    words = "F1, mean of classes" if metric == F1 and not opened.view().has_boxes else WORDS[metric]
    return words[:1].upper() + words[1:]


def _bins(place: st.delta_generator.DeltaGenerator) -> Bins | None:
    """How numbers are cut; None where the ends that were typed are none, which is said."""
    how = place.selectbox("Numbers in", [*_BINS, _BY_HAND], key="evaluate bins")
    if how != _BY_HAND:
        return Bins.parse(_BINS[how])
    typed = st.text_input("Ends of the ranges", key="evaluate ends", placeholder="0.2, 0.5, 0.8")
    try:
        return Bins.parse(typed) if typed.strip() else Bins()
    except SourceError as error:
        st.error(text.sentence(str(error)))
        return None


def _table(asked: Asked) -> Segmented:
    view, model, at = opened.view(), str(opened.model()), opened.thresholds()
    metric, columns, two_way, bins, against, group_by = asked

    def made() -> Segmented:
        with st.spinner("Comparing segments…"):
            return segmented(
                view,
                model,
                at,
                metric,
                columns=columns,
                two_way=two_way,
                bins=bins,
                against=against,
                group_by=group_by,
            )

    return _tables.get((view.key, model, at, asked), made)


def _title(one: Segment, names: Mapping[str, str]) -> str:
    """What a segment is called on screen."""
    if one.part.region:
        return one.part.region.title
    columns, values = one.part.column.split(CROSS), one.part.value.split(CROSS)
    pairs = zip(columns, values, strict=False)
    return ", ".join(f"{names.get(column, column)} {in_words(column, value)}" for column, value in pairs)


def _names(table: Segmented) -> dict[str, str]:
    return table.points.colourings(opened.model(), opened.view().models)


def _chosen(table: Segmented, place: int) -> beside.Chosen:
    one, model = table.segments[place], opened.model()
    by = measured_by(opened.view(), table.metric, str(model), opened.thresholds())
    known = one.part.rows[by.measure.units[one.part.rows] > 0]
    title = f"**{text.cell(_title(one, _names(table)))}**: {_told(one, table)}"
    return beside.Chosen(title, known, table.points, [f"{model}.fn", f"{model}.outcome"])


def _told(one: Segment, table: Segmented) -> str:
    if one.too_few:
        groups = "" if one.groups is None else f" of {one.groups:,} groups"
        return f"too few to say ({counted(one.images, 'image')}{groups})"
    value, low, high = (in_figures(number, table.metric) for number in (one.here.value, one.here.low, one.here.high))
    said = f"{value} ({low} to {high}), overall {in_figures(table.overall, table.metric)}"
    if one.paired:
        said += f"; the other model differs by {_apart(one.paired.difference, table.metric)}"
    return said


def _apart(difference: Figure, metric: str) -> str:
    value, low, high = (in_figures(end, metric) for end in (difference.value, difference.low, difference.high))
    return f"{value} ({low} to {high})"


def _colour(one: Segment, table: Segmented) -> str:
    """Red where the model is surely worse, green where it is surely better, grey where nothing is sure."""
    if one.too_few or not one.q <= ALPHA:
        return _GREY
    return _judging("correct" if one.sign * (one.here.value - table.overall) > 0 else "wrong")


def _judging(outcome: str) -> str:
    return OUTCOMES[outcome].safe if st.session_state.safe_colours else OUTCOMES[outcome].colour


def _intervals(table: Segmented, asked: Asked) -> int | None:
    """The segments as points with their intervals; the place of the one that was clicked."""
    import plotly.graph_objects as go

    shown, names = table.segments[:SHOWN], _names(table)
    places = list(range(len(shown)))
    chart = go.Figure()
    chart.add_vline(x=table.overall, line={"dash": "dash", "color": _GREY, "width": 1.5})
    offset = 0.16 if asked.against else 0.0
    _points(chart, shown, [place - offset for place in places], table, names)
    if asked.against:
        _points_beside(chart, shown, [place + offset for place in places], table, asked.against)
    labels = [text.on_chart(text.short(_title(one, names), 34)) for one in shown]
    chart.update_yaxes(
        tickmode="array",
        tickvals=places,
        ticktext=labels,
        range=[len(shown) - 0.4, -0.6],
        showgrid=False,
        fixedrange=True,
    )
    percent = ".0%" if table.metric in ("accuracy", "found") else None
    chart.update_xaxes(title=_named(table.metric), tickformat=percent, fixedrange=True, zeroline=False)
    height = max(_LEAST_HEIGHT, 70 + _ROW * len(shown))
    chart.update_layout(height=height, margin={"l": 10, "r": 10, "t": 10, "b": 10}, showlegend=False, dragmode=False)
    st.caption(_caption(table, asked))
    event = st.plotly_chart(
        chart,
        width="stretch",
        on_select="rerun",
        selection_mode="points",
        key=f"evaluate segments {opened.model()} {asked}",
        config=_PLAIN,
    )
    points = event["selection"]["points"]
    return int(points[0]["customdata"][0]) if points else None


def _caption(table: Segmented, asked: Asked) -> str:
    more = f" The worst {SHOWN} of {len(table.segments):,}; the table below lists all." * (len(table.segments) > SHOWN)
    other = f" Diamonds are {text.cell(asked.against)}." if asked.against else ""
    return (
        f"Worst first, with 95% intervals; the dashed line is {in_figures(table.overall, table.metric)}, all together. "
        f"Coloured where a difference is sure; hollow where fewer than {LEAST} images are too few to say.{other}{more}"
    )


def _points(
    chart: go.Figure, shown: Sequence[Segment], places: Sequence[float], table: Segmented, names: Mapping[str, str]
) -> None:
    colours = [_colour(one, table) for one in shown]
    for colour in dict.fromkeys(colours):  # error bars have one colour each
        mine = [i for i, each in enumerate(colours) if each == colour]
        _marks(chart, [shown[i].here for i in mine], [places[i] for i in mine], colour)
        chart.data[-1].update(
            customdata=[[i] for i in mine],
            marker={
                "size": 10,
                "color": colour,
                "symbol": ["circle-open" if shown[i].too_few else "circle" for i in mine],
            },
            text=[_hover(shown[i], table, names) for i in mine],
        )


def _hover(one: Segment, table: Segmented, names: Mapping[str, str]) -> str:
    return f"{text.on_chart(_title(one, names))}<br>{text.on_chart(_told(one, table))}<br>n = {one.here.n:,}"


def _points_beside(
    chart: go.Figure, shown: Sequence[Segment], places: Sequence[float], table: Segmented, other: str
) -> None:
    paired = [(i, one.paired) for i, one in enumerate(shown) if one.paired]
    _marks(chart, [each.figure for _, each in paired], [places[i] for i, _ in paired], "#7b61c9")
    chart.data[-1].update(
        customdata=[[i] for i, _ in paired],
        marker={"size": 8, "color": "#7b61c9", "symbol": "diamond"},
        text=[
            f"{text.on_chart(other)}: {in_figures(each.figure.value, table.metric)}<br>"
            f"difference {_apart(each.difference, table.metric)}"
            for _, each in paired
        ],
    )


def _marks(chart: go.Figure, figures: Sequence[Figure], places: Sequence[float], colour: str) -> None:
    values = [one.value for one in figures]
    ends = np.nan_to_num([[one.high - one.value, one.value - one.low] for one in figures]).reshape(-1, 2).clip(0)
    chart.add_scatter(
        x=values,
        y=list(places),
        mode="markers",
        error_x={
            "type": "data",
            "array": ends[:, 0],
            "arrayminus": ends[:, 1],
            "color": colour,
            "thickness": 1.5,
            "width": 3,
        },
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0.45}},
    )


def _two_way(table: Segmented, asked: Asked) -> int | None:
    """A heat map of two columns; the place of the cell that was clicked."""
    import plotly.graph_objects as go

    names = _names(table)
    columns = table.segments[0].part.column.split(CROSS)
    cells = {tuple(one.part.value.split(CROSS)): i for i, one in enumerate(table.segments)}
    rows, across = (_in_order((key[axis] for key in cells), columns[axis], table, asked.bins) for axis in (0, 1))
    z = np.full((len(rows), len(across)), np.nan)
    said = np.full(z.shape, "", object)
    for (row, column), i in cells.items():
        one, at = table.segments[i], (rows.index(row), across.index(column))
        z[at] = np.nan if one.too_few else one.sign * (one.here.value - table.overall)
        said[at] = "too few" if one.too_few else in_figures(one.here.value, table.metric)
    most = float(np.nanmax(np.abs(z), initial=1e-9))
    right, wrong = _judging("correct"), _judging("wrong")
    few = z.size <= 200  # noqa: PLR2004 - more would not be readable
    chart = go.Figure(
        go.Heatmap(
            z=z,
            x=list(range(len(across))),
            y=list(range(len(rows))),
            text=said if few else None,
            texttemplate="%{text}" if few else None,
            textfont={"color": "#fafafa" if st.context.theme.type == "dark" else "#31333f"},
            hoverinfo="skip",
            colorscale=[[0, wrong], [0.5, "rgba(154,160,166,0.08)"], [1, right]],
            zmin=-most,
            zmax=most,
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    order = list(cells.items())
    chart.add_scatter(
        x=[across.index(column) for (_, column), _ in order],
        y=[rows.index(row) for (row, _), _ in order],
        mode="markers",
        marker={"symbol": "square", "size": 22, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[[i] for _, i in order],
        text=[_hover(table.segments[i], table, names) for _, i in order],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
    for axis, column, values in (("xaxis", columns[1], across), ("yaxis", columns[0], rows)):
        ticks = [text.on_chart(text.short(in_words(column, value), 20)) for value in values]
        chart.update_layout({axis: {"tickmode": "array", "tickvals": list(range(len(values))), "ticktext": ticks}})
        plain = {"showgrid": False, "zeroline": False, "fixedrange": True}
        chart.update_layout({axis: {"title": text.on_chart(names.get(column, column)), **plain}})
    height = max(220, 90 + 34 * len(rows))
    chart.update_layout(height=height, margin={"l": 10, "r": 10, "t": 10, "b": 10}, dragmode=False)
    chart.update_xaxes(autotickangles=TICK_ANGLES)
    chart.update_yaxes(autorange="reversed")
    st.caption(
        f"{_named(table.metric)}; overall {in_figures(table.overall, table.metric)}. Red is worse, green better; "
        f"of fewer than {LEAST} images too few to say."
    )
    key = f"evaluate two-way {opened.model()} {asked}"
    event = st.plotly_chart(chart, width="stretch", on_select="rerun", selection_mode="points", key=key, config=_PLAIN)
    points = event["selection"]["points"]
    return int(points[0]["customdata"][0]) if points else None


def _in_order(values: Iterable[str], column: str, table: Segmented, bins: Bins) -> list[str]:
    """Values in the order of their column: ranges ascending, names by how frequent they are."""
    present = set(values)
    return [value for value in grouped(table.points.table[column], bins).values if value in present]


def _list(table: Segmented, asked: Asked) -> None:
    """All segments as a table, to sort and to download."""
    names = _names(table)
    frame = pd.DataFrame(
        {
            "Segment": [_title(one, names) for one in table.segments],
            _named(table.metric): [one.here.value for one in table.segments],
            "from": [one.here.low for one in table.segments],
            "to": [one.here.high for one in table.segments],
            "elsewhere": [one.rest.value for one in table.segments],
            "n": [one.here.n for one in table.segments],
            "images": [one.images for one in table.segments],
            **({"groups": [one.groups for one in table.segments]} if asked.group_by else {}),
            **_beside_columns(table, asked.against),
            "q": [one.q for one in table.segments],
            "": ["too few to say" if one.too_few else "" for one in table.segments],
        }
    )
    with st.expander(f"{counted(len(table.segments), 'segment')} as a table"):
        formats = _formats(frame, table.metric)
        st.dataframe(frame, width="stretch", hide_index=True, placeholder="–", column_config=formats)
        st.caption("q is the p-value, Benjamini-Hochberg adjusted over all segments of this table.")


def _beside_columns(table: Segmented, against: str | None) -> dict[str, list[float]]:
    if not against:
        return {}
    paired = [one.paired for one in table.segments]
    return {
        text.short(against): [one.figure.value if one else np.nan for one in paired],
        "difference": [one.difference.value if one else np.nan for one in paired],
        "difference from": [one.difference.low if one else np.nan for one in paired],
        "difference to": [one.difference.high if one else np.nan for one in paired],
    }


def _formats(frame: pd.DataFrame, metric: str) -> dict[str, Any]:
    share = "percent" if metric in ("accuracy", "found") else "%.3f"
    counts = ("n", "images", "groups")
    numbers = [str(name) for name in frame if name not in ("Segment", "", "q", *counts)]
    return {
        **{name: st.column_config.NumberColumn(format=share) for name in numbers},
        **{name: st.column_config.NumberColumn(format="localized") for name in counts},
        "q": st.column_config.NumberColumn(format="%.2g"),
    }
