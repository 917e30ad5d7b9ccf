"""One model version against another: what got better and worse, and how each subset went over all versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from explorer.actions.compare_versions import EVERYTHING, Compared, Line, best_thresholds, compared, lines
from explorer.data.counts import counted
from explorer.data.thresholds import Thresholds
from explorer.errors import SourceError
from explorer.points.chosen import CATEGORY, SUBSET
from explorer.points.columns import ARROW
from explorer.ui.session import learnt, opened, search, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.analysis.versions import Share, Versus
    from explorer.data.records import Int64

MOST_LINES = 12
"""Subsets in the chart; more could not be told apart."""

NO_SUBSET = (
    "No subset yet. Lasso images on the map and tag them: each subset has a row and a line here, over all versions."
)

_HEIGHT = 320
_ADD = "Add predictions on the Dataset page, or with `edgecase add-predictions WORKSPACE NAME=FILE`"
_COLUMNS = {
    "Change": st.column_config.NumberColumn(
        "Change, points", format="%+.1f", help="By how many points of a hundred the second is better"
    ),
    "Interval": st.column_config.TextColumn("95% interval", help="Of the change, as both were judged on the same"),
    "Fixed": st.column_config.NumberColumn(format="localized"),
    "Regressed": st.column_config.NumberColumn(format="localized"),
    "Left out": st.column_config.NumberColumn(
        format="localized", help="What does not count, as the models may have learnt from it"
    ),
    "q": st.column_config.NumberColumn(
        format="%.2g", help="McNemar's p that both are equally good here, adjusted for how many parts are looked at"
    ),
}


def draw() -> None:
    """Draw the chosen two versions and the lines of all, or what is missing."""
    missing = _missing()
    if missing:
        st.info(missing, icon=":material/compare_arrows:")
        return
    before, after = _chosen()
    try:
        found = _compared(opened.view().key, before, after, _decided())
    except SourceError as error:
        st.info(text.sentence(str(error)), icon=":material/compare_arrows:")
        return
    _sentence(found)
    _show(found)
    for problem in found.problems:
        st.warning(text.sentence(problem))
    _table("Subset", found.subsets, found)
    if not found.subsets:
        st.info(NO_SUBSET, icon=":material/bookmark_add:")
    _chart(_lines(opened.view().key, _decided()))
    _table("Category", found.categories, found)
    _table("Segment", found.segments, found)


def _missing() -> str:
    """Why there is nothing to compare, and what to do; empty where there is."""
    view = opened.view()
    if not view.models:
        return f"No model yet. {_ADD}; with a second version this page says what got better and worse."
    if not view.labelled:
        return "No labels to judge models by yet. Build the workspace with labels, and versions can be compared here."
    if len(view.models) == 1:
        return f"One model so far, {text.cell(view.models[0])}. {_ADD}, and this page says what got better and worse."
    return ""


def _chosen() -> tuple[str, str]:
    """Which two are compared, the last two at first."""
    models, now = opened.view().models, st.session_state
    if now.get("version_before") not in models[:-1]:
        now.version_before = models[-2]
    left, right, _ = st.columns([1, 1, 2])
    before = left.selectbox("From", models[:-1], key="version_before", format_func=text.short)
    later = models[models.index(before) + 1 :]
    if now.get("version_after") not in later:
        now.version_after = later[-1]
    return before, right.selectbox("To", later, key="version_after", format_func=text.short)


def _decided() -> int:
    """Names what people decided by now: subsets, categories, and what reviewers put into these."""
    return opened.decisions().standing().sequence


@st.cache_resource(show_spinner="Comparing…", max_entries=8)
def _compared(build: str, before: str, after: str, decided: object) -> Compared:  # noqa: ARG001 - the cache's key
    view = opened.view()
    clean = learnt.of_build() if view.workspace.categories.in_use() else None
    return compared(view, before, after, best_thresholds(view), view.workspace.subsets(), clean)


@st.cache_resource(show_spinner=False, max_entries=8)
def _lines(build: str, decided: object) -> list[Line]:  # noqa: ARG001 - the cache's key
    view = opened.view()
    return lines(view, best_thresholds(view), view.workspace.subsets())


def _verb(found: Compared) -> str:
    return "finds" if found.points.space.are_boxes else "is correct on"


def _sentence(found: Compared) -> None:
    one, counted = found.overall, found.points.space.counted
    before, after = (text.cell(name) for name in (found.before, found.after))
    st.markdown(
        f"**{after}** {_verb(found)} **{one.after.value:.1%}** ({_ends(one.after)}) of {counted(one.before.n)}, "
        f"**{before}** {'' if found.points.space.are_boxes else 'on '}**{one.before.value:.1%}** "
        f"({_ends(one.before)}): {_change(one)}."
    )
    st.caption(" ".join(filter(None, (_chance(one), _alarms(found), _thresholds(found)))))


def _change(one: Versus) -> str:
    value, low, high = (100 * end for end in one.difference)
    more = "more" if value >= 0 else "fewer"
    return f"{abs(value):.1f} points {more} ({low:+.1f} to {high:+.1f})"


def _chance(one: Versus) -> str:
    if one.too_few:
        return f"Too few to say which is better ({counted(one.images, 'image')})."
    return f"McNemar's exact p that both are equally good: {one.p:.2g}."


def _alarms(found: Compared) -> str:
    if not found.false_alarms:
        return ""
    first, second = next(iter(found.false_alarms.values()))
    return f"False alarms: {first:,} before, {second:,} after."


def _thresholds(found: Compared) -> str:
    if not found.points.space.are_boxes:
        return ""
    before, after = (
        f"{text.cell(one)} from {found.thresholds[one].confidence:.4g}" for one in (found.before, found.after)
    )
    return f"Detections count from each model's best confidence on: {before}, {after}, at IoU {Thresholds().iou}."


def _show(found: Compared) -> None:
    """Lead to what was fixed and regressed, of all or of one part."""
    every = [found.overall, *found.subsets, *found.categories, *found.segments]
    parts = {_key(one): one for one in every if len(one.fixed) or len(one.regressed)}
    if not parts:
        st.caption("Nothing was fixed, and nothing regressed.")
        return
    if st.session_state.get("version_part") not in parts:
        st.session_state.version_part = next(iter(parts))
    left, *rest = st.columns([2, 1, 1], vertical_alignment="bottom")
    key = left.selectbox(
        "Fixed and regressed",
        list(parts),
        key="version_part",
        format_func=lambda key: text.short(_name(parts[key], found)),
    )
    for column, name in zip(rest, ("fixed", "regressed"), strict=True):
        with column:
            _offer(name, getattr(parts[key], name), found)


def _offer(name: str, rows: Int64, found: Compared) -> None:
    """Take the person to some rows on the map."""
    if st.button(
        f"Show the {len(rows):,} {name}",
        disabled=not len(rows),
        icon=":material/scatter_plot:",
        key=f"show {name}",
        width="stretch",
        on_click=_show_on_map,
        args=(rows, found),
    ):
        st.switch_page("map.py")


def _show_on_map(rows: Int64, found: Compared) -> None:
    """With the model, the colour and of boxes the thresholds that show them; there two models never have their own."""
    colours = [f"{found.before}{ARROW}{found.after}"]
    if found.points.space.are_boxes:
        st.session_state.update(found.thresholds[found.after]._asdict())
        colours = [f"{found.after}.outcome"]
    search.show_on_map(rows.tolist(), "filter", found.points, model=found.after, colours=colours)


def _key(one: Versus) -> str:
    return f"{one.part.column}={one.part.value}"


def _name(one: Versus, found: Compared) -> str:
    """A part as a person reads it: a subset or category by its name, a segment with its column."""
    column, value, _, region, *_ = one.part
    if column in (EVERYTHING, SUBSET, CATEGORY):
        return value or "All"
    if region:
        return region.title
    return f"{found.points.colourings(found.after, opened.view().models).get(column, column)} {value}"


def _table(title: str, rows: Sequence[Versus], found: Compared) -> None:
    """Parts with both rates, the change, and how sure it is."""
    if not rows:
        return
    st.markdown(f"##### By {title.lower()}")
    frame = pd.DataFrame([{title: _name(one, found), **_row(one, found)} for one in rows])
    height = min(_HEIGHT, 38 + 35 * len(rows))
    names = {"Before": text.short(found.before), "After": text.short(found.after)}
    st.dataframe(
        frame, hide_index=True, width="stretch", height=height, column_config={**_COLUMNS, **names}, placeholder="–"
    )


def _row(one: Versus, found: Compared) -> dict[str, object]:
    few, alarms = one.too_few, found.false_alarms.get(one.part[:2])
    return {
        "Objects" if found.points.space.are_boxes else "Images": one.before.n,
        "Before": _said(one.before),
        "After": _said(one.after),
        "Change": None if few else 100 * one.difference.value,
        "Interval": "too few to say" if few else "{1:+.1f} to {2:+.1f}".format(*(100 * end for end in one.difference)),
        "Fixed": len(one.fixed),
        "Regressed": len(one.regressed),
        **({"Left out": found.left_out[one.part[:2]]} if _leaves_out(one, found) else {}),
        **({"False alarms": "{:,} → {:,}".format(*alarms)} if alarms else {}),
        "q": None if few else one.q,
    }


def _leaves_out(one: Versus, found: Compared) -> bool:
    """Whether this is a category, and one of them holds what the models may have learnt from."""
    return one.part.column == CATEGORY and any(found.left_out.values())


def _said(share: Share) -> str:
    return f"{share.value:.0%} ({_ends(share)})"


def _ends(share: Share) -> str:
    return f"{share.low:.0%} to {share.high:.0%}"


def _chart(every: Sequence[Line]) -> None:
    """A line per subset over all versions, with intervals where the cursor is; those of too few are left out."""
    import plotly.graph_objects as go

    known = [line for line in every if not line.too_few]
    chart = go.Figure()
    for line in known[: MOST_LINES + 1]:
        models, shares = list(line.shares), list(line.shares.values())
        chart.add_scatter(
            x=[text.on_chart(text.short(model)) for model in models],
            y=[share.value for share in shares],
            customdata=[[share.n, share.low, share.high] for share in shares],
            mode="lines+markers",
            name=text.on_chart(text.short(line.subset or "all", 24)),
            line={} if line.subset else {"dash": "dot", "color": "#9aa0a6"},
            hovertemplate="%{y:.1%} (%{customdata[1]:.1%} to %{customdata[2]:.1%}) of %{customdata[0]:,}",
        )
    chart.update_layout(
        height=_HEIGHT,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": -0.15},
        hovermode="x unified",
        showlegend=True,
    )
    chart.update_yaxes(tickformat=".0%", rangemode="tozero", fixedrange=True).update_xaxes(
        type="category", fixedrange=True
    )
    st.markdown("##### Over all versions")
    st.plotly_chart(chart, width="stretch", key="versions", config={"displayModeBar": False})
    _left_out(every, known)


def _left_out(every: Sequence[Line], known: Sequence[Line]) -> None:
    few = [line.subset for line in every if line.too_few and line.subset]
    said = [f"Too few images to say: {', '.join(map(text.cell, few))}."] if few else []
    if len(known) > MOST_LINES + 1:
        said.append(f"The first {MOST_LINES} of {len(known) - 1:,} subsets.")
    if said:
        st.caption(" ".join(said))
