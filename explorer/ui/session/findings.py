"""The findings of what this session looks at, and what is decided about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from explorer.actions.analyzed import analyzed, encoder_names
from explorer.actions.jobs import ANALYZE
from explorer.analysis.divided import divided
from explorer.data.corrections import CORRECTED
from explorer.points.cache import Cache
from explorer.store.decisions.decided_findings import DecidedFindings
from explorer.subsets.selection import Stroke
from explorer.ui.session import messages, opened, selection, workspaces

if TYPE_CHECKING:
    from explorer.actions.analyzed import Analyzed
    from explorer.actions.findings import Known
    from explorer.analysis.divided import Between, Divided
    from explorer.data.findings import Finding
    from explorer.data.records import Int64
    from explorer.points.opened_build import View
    from explorer.points.points import Points

PATIENCE = 5.0
"""Seconds that a quick kind of analysis may keep the page waiting; what takes longer runs beside it."""

_analyzed: Cache[Analyzed] = Cache(4)
_dividing: Cache[dict[str, Divided]] = Cache(4)


class Settings(NamedTuple):
    """How a session has its workspace analysed; see `analyzed`."""

    seed: int
    group_by: str | None
    encoders: tuple[str, ...]
    budget: int
    between: Between | None = None


def settings() -> Settings:
    """What was chosen, as far as the opened build knows it."""
    now, view = st.session_state, opened.view()
    known = encoder_names(view.workspace)
    groups = now.analysis_groups if now.analysis_groups in view.samples else None
    encoders = tuple(name for name in now.analysis_encoders if name in known)
    return Settings(int(now.analysis_seed), groups, encoders, int(now.label_budget), _between())


def _between() -> Between | None:
    """The two parts that are compared for drift; None where all are, or where what was chosen is not there."""
    chosen: Between | None = st.session_state.analysis_between
    divided_by = dividing().get(chosen.column) if chosen else None
    return chosen if chosen and divided_by and {chosen.before, chosen.after} <= divided_by.parts.keys() else None


def dividing() -> dict[str, Divided]:
    """The columns of which two values may be compared."""
    view = opened.view()
    return _dividing.get(view.key, lambda: divided(view.images.table))


def of() -> Analyzed:
    """What is analysed: the opened build by the shown model, at the thresholds where detection opens."""
    view, model, how = opened.view(), opened.model(), settings()
    # what is kept holds the view, so its id too
    return _analyzed.get((id(view), model, how), lambda: analyzed(view, model, **how._asdict()))


def command(*kinds: str) -> list[str]:
    """The command that analyses, by these kinds, what this session looks at."""
    folder, model, how = opened.workspace_path(), opened.model(), settings()
    decisions = workspaces.decisions_of(folder)
    arguments = [ANALYZE, str(folder), "--only", ",".join(kinds), "--budget", str(how.budget), "--seed", str(how.seed)]
    arguments += ["--model", model] if model else []
    arguments += [f"--group-by={how.group_by}"] if how.group_by else []
    arguments += [f"--encoder={name}" for name in how.encoders]
    arguments += ["--between", *how.between] if how.between else []
    arguments += ["--decisions", str(decisions)] if decisions else []
    return arguments + ([] if opened.view() is opened.given_view() else ["--labels", CORRECTED])


def decided() -> DecidedFindings:
    """What was decided about findings."""
    return DecidedFindings(opened.decisions())


def dismiss(one: Known, reason: str) -> bool:
    """Have a finding listed no more; whether that is on disk."""
    arguments = {"model": one.model, "context": selection.context()}
    return messages.attempt(decided().dismiss, one.finding, one.key, reason, **arguments) is not None


def restore(key: str) -> bool:
    """Have a dismissed finding listed again; whether that is on disk."""
    return messages.attempt(decided().keep, key) is not None


def points_of(one: Finding, view: View, at: Points) -> Points:
    """The points that a finding is about, images or boxes, at the thresholds of others."""
    return view.of_ids(one.ids, at.at)


def telling(one: Finding, points: Points, model: str | None) -> Int64:
    """The rows of a finding, the most telling first: of a rate the surest mistakes, else as they are listed."""
    rows = np.array(points.space.rows(one.ids), np.int64)
    return points.worst_first(rows, model) if has_interval(one) else rows


def has_interval(one: Finding) -> bool:
    """Whether a finding is that a rate is low, with how sure that is."""
    return {"rate", "low", "high"} <= one.figures.keys()


def among(one: Finding, points: Points, shown: Points, view: View) -> Int64:
    """The rows of the shown points that a finding is about: where it is of boxes, the images that they are on."""
    stroke = Stroke("replace", "finding", str(points.name), rows=tuple(points.space.rows(one.ids)))
    return np.flatnonzero(view.mask((stroke,), shown))
