"""How far the reviewers of a round agree: as plots, and each bar is a way to its images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import streamlit as st

from explorer.actions.review import results
from explorer.actions.review_agreement import agreement_of, categories_of
from explorer.data.verdicts import VERDICTS
from explorer.points.cache import Cache
from explorer.ui.session import opened, text
from explorer.ui.widgets import beside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

    from explorer.data.verdicts import Round, Verdict
    from explorer.review.agreement import RoundAgreement
    from explorer.review.settling import Settled
    from explorer.stats.agreement import Agreement, Coefficient

INVITATION = "Click a bar or a point: its images are shown here."
HIDDEN = "The images behind a bar or a point are hidden from you while you judge or settle in an open round."
_WHAT = {
    "raw": ("Equal verdicts", "Share of the pairs of verdicts on one image that are equal."),
    "ac1": ("Gwet's AC1", "Beyond chance; it does not collapse where nearly all verdicts are the same."),
    "fleiss": ("Kappa (Fleiss)", "Beyond chance; low where one verdict dominates, even if reviewers agree."),
    "alpha": ("Krippendorff's alpha", "Beyond chance, also where some verdicts are missing."),
}
_COLOURS = {"correct": "#009e73", "incorrect": "#d55e00", "ambiguous": "#e69f00", "inadequate": "#8a8f98"}
_POINT, _PLAIN = "#4c78a8", {"displayModeBar": False}
_ROW, _ABOUT = 30, 40
_MEANT = {
    "differ": "where they differ",
    "adjudicated": "where the adjudicator decided otherwise",
    "twice": "where the second answer is another one",
}

_found: Cache[RoundAgreement] = Cache(16)


class Line(NamedTuple):
    """One line of a plot: what it is called, its coefficient, and the ids of its images."""

    name: str
    value: Coefficient
    ids: Sequence[str]


def draw(one: Round, *, shows_images: bool) -> None:
    """Draw what the verdicts of a round are, how far they agree, and the images of what was clicked.

    Args:
        one: the round.
        shows_images: whether this person may see images with all that is known of them, and whose verdict is on which.
    """
    workspace = opened.view().workspace
    verdicts = workspace.verdicts.of(one.key)
    if not verdicts:
        st.info("Nobody has judged anything in this round yet.", icon=":material/hourglass_empty:")
        return
    settled = results(workspace, one.key)
    left, right = st.columns([3, 2], gap="large")
    with left:
        chosen = _verdicts(one, verdicts) or _agreement(one, verdicts, settled)
    with right:
        if shows_images:
            beside.draw(chosen, "review images", INVITATION)
        else:
            st.info(HIDDEN, icon=":material/visibility_off:")


def _verdicts(one: Round, verdicts: Sequence[Verdict]) -> beside.Chosen | None:
    """How often each reviewer gave each verdict; the images of the bar that was clicked."""
    import plotly.graph_objects as go

    first = [each for each in verdicts if each.reading == "first"]
    reviewers = [name for name in one.protocol.reviewers if any(each.reviewer == name for each in first)]
    chart = go.Figure()
    for verdict, title in VERDICTS.items():
        counts = [sum(each.reviewer == name and each.verdict == verdict for each in first) for name in reviewers]
        chart.add_bar(
            x=counts,
            y=[text.on_chart(name) for name in reviewers],
            orientation="h",
            name=title,
            marker_color=_COLOURS[verdict],
            customdata=[[name, verdict] for name in reviewers],
            hovertemplate="%{y}: %{x} " + title.lower() + "<extra></extra>",
        )
    legend = {"orientation": "h", "traceorder": "normal", "x": 0, "yref": "container", "y": 0, "yanchor": "bottom"}
    chart.update_layout(barmode="stack", legend=legend)
    chart.update_yaxes(autorange="reversed")
    st.caption("What each reviewer said: bars of one length and other colours are reviewers who differ.")
    picked = _plot(chart, len(reviewers), f"review verdicts {one.key}", below=50)
    if picked is None:
        return None
    name, verdict = str(picked[0]), str(picked[1])
    ids = [each.id for each in first if each.reviewer == name and each.verdict == verdict]
    return _chosen(f"**{text.plain(name)}**: {VERDICTS[verdict].lower()}", ids)


def _agreement(one: Round, verdicts: Sequence[Verdict], settled: Sequence[Settled]) -> beside.Chosen | None:
    """The coefficients with their intervals, overall and by part; the images of the point that was clicked."""
    found = _measured(one)
    differing = [each.id for each in settled if each.differs]
    several = [each.id for each in settled if len(each.votes) > 1]
    if not several:
        st.info("Nobody has judged an image that another reviewer has judged: there is nothing to compare yet.")
        return None
    st.markdown(
        f"**{opened.view().of_ids(several).space.counted(len(several))}** judged by several reviewers; on "
        f"**{len(differing):,}** of them they differ."
        + (f"  \n{text.plain(found.explanation)}" if found.explanation else "")
    )
    overall = [Line(title, getattr(found.verdicts, field), differing) for field, (title, _) in _WHAT.items()]
    if not math.isnan(found.severity.alpha.value):
        overall.append(Line("Severity (alpha, ordinal)", found.severity.alpha, differing))
    pairs = _pairs(found, settled)
    chosen = _lines(overall, f"review overall {one.key}", _about(found), "differ")
    for title, lines, what in (
        ("Each pair of reviewers (Cohen's kappa)", pairs if len(pairs) > 1 else [], "differ"),
        ("Each category (AC1)", _of_categories(found, verdicts, settled), "differ"),
        ("Each reviewer with the adjudicator (AC1)", _of_reviewers(found.adjudicated, settled), "adjudicated"),
        ("Each reviewer with themselves (AC1)", _with_oneself(found, verdicts), "twice"),
    ):
        if lines:
            chosen = _lines(lines, f"review {title} {one.key}", title, what) or chosen
    return chosen


def _about(found: RoundAgreement) -> str:
    number = len(found.reviewers)
    return (
        f"How far {number} reviewers agree on the verdict, with 95% intervals: 1 where all agree, 0 where no more than "
        "by chance. A click shows the images on which they differ."
    )


def _pairs(found: RoundAgreement, settled: Sequence[Settled]) -> list[Line]:
    lines = []
    for (first, second), value in found.verdicts.cohen.items():
        names = found.reviewers[first], found.reviewers[second]
        lines.append(Line(" and ".join(names), value, [each.id for each in settled if _apart(each, names)]))
    return [line for line in lines if line.value.n]


def _apart(one: Settled, names: tuple[str, str]) -> bool:
    said = {vote.verdict for vote in one.votes if vote.reviewer in names}
    return len(said) > 1


def _of_categories(found: RoundAgreement, verdicts: Sequence[Verdict], settled: Sequence[Settled]) -> list[Line]:
    members = categories_of(opened.view(), list(verdicts))
    return [
        Line(name, each.ac1, [one.id for one in settled if one.differs and one.id in members[name]])
        for name, each in found.categories.items()
        if each.ac1.n
    ]


def _of_reviewers(by_reviewer: Mapping[str, Agreement], settled: Sequence[Settled]) -> list[Line]:
    def against(name: str) -> list[str]:
        decided = [one for one in settled if one.adjudicated]
        said = [(one, vote) for one in decided for vote in one.votes if vote.reviewer == name]
        return [one.id for one, vote in said if vote.verdict != one.verdict]

    return [Line(name, each.ac1, against(name)) for name, each in by_reviewer.items()]


def _with_oneself(found: RoundAgreement, verdicts: Sequence[Verdict]) -> list[Line]:
    said = {(each.reviewer, each.id, each.reading): each.verdict for each in verdicts}

    def changed(name: str) -> list[str]:
        again = [each for each in verdicts if each.reviewer == name and each.is_repeat]
        return [each.id for each in again if said.get((name, each.id, "first")) != each.verdict]

    return [Line(name, each.ac1, changed(name)) for name, each in found.oneself.items()]


def _lines(lines: Sequence[Line], key: str, title: str, what: str) -> beside.Chosen | None:
    """Coefficients as points with their intervals."""
    import plotly.graph_objects as go

    chart = go.Figure()
    values, places = [line.value for line in lines], list(range(len(lines)))
    ends = np.nan_to_num([[one.high - one.value, one.value - one.low] for one in values]).reshape(-1, 2).clip(0)
    chart.add_scatter(
        x=[one.value for one in values],
        y=places,
        mode="markers",
        text=[text.on_chart(line.name) for line in lines],
        error_x={"type": "data", "array": ends[:, 0], "arrayminus": ends[:, 1], "thickness": 1.5},
        marker={"size": 10, "color": _POINT},
        customdata=[[place] for place in places],
        hovertemplate="%{text}: %{x:.3f}<extra></extra>",
    )
    chart.add_vline(x=0, line={"dash": "dash", "color": "#9aa0a6", "width": 1})
    chart.update_xaxes(range=[min(-0.1, *(np.nan_to_num([one.low for one in values]))) - 0.05, 1.08])
    labels = [f"{text.on_chart(text.short(line.name, 30))}  <b>{line.value.value:.2f}</b>" for line in lines]
    chart.update_yaxes(tickmode="array", tickvals=places, ticktext=labels, range=[len(lines) - 0.4, -0.6])
    st.caption(title)
    picked = _plot(chart, len(lines), key)
    if picked is None:
        return None
    line = lines[int(picked[0])]
    words = {
        "differ": "where they differ",
        "adjudicated": "decided otherwise",
        "twice": "said otherwise the second time",
    }
    return _chosen(f"**{text.plain(line.name)}**: {words[what]}", line.ids)


def _plot(chart: go.Figure, rows: int, key: str, below: int = 20) -> list[Any] | None:
    """Draw a plot; what belongs to the bar or point that was clicked."""
    height, margin = _ABOUT + below + _ROW * rows, {"l": 10, "r": 10, "t": 10, "b": below}
    chart.update_layout(height=height, margin=margin, dragmode=False)
    chart.update_xaxes(fixedrange=True, zeroline=False)
    chart.update_yaxes(fixedrange=True, showgrid=False)
    event = st.plotly_chart(chart, width="stretch", on_select="rerun", selection_mode="points", key=key, config=_PLAIN)
    points = event["selection"]["points"]
    return list(points[0]["customdata"]) if points else None


def _chosen(title: str, ids: Sequence[str]) -> beside.Chosen:
    points = opened.of_ids(ids)
    return beside.Chosen(title, np.array(points.space.rows(dict.fromkeys(ids)), np.int64), points)


def _measured(one: Round) -> RoundAgreement:
    view = opened.view()
    key = (view.key, one.key, len(one.deviations), view.workspace.decisions.state().sequence)

    def made() -> RoundAgreement:
        with st.spinner("Comparing the verdicts…"):
            return agreement_of(view, one.key)

    return _found.get(key, made)
