"""Subsets on a page as they are now: with what their live rules find in the opened build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.data.spaces import SpaceName
from explorer.points import live_subsets
from explorer.points.live_subsets import Living, evaluate_rule
from explorer.subsets.rules import Rule, described
from explorer.ui.session import filters, opened

if TYPE_CHECKING:
    from explorer.data.columns import Table
    from explorer.store.decisions.subsets import Subset


def now(subset: Subset) -> Living:
    """The subset with what its rule finds, and why the rule could not be asked."""
    if not subset.rule:
        return Living(subset)
    return _evaluated(opened.view().key, subset.key, subset.updated_at.isoformat(), subset)


def rule_in_force() -> Rule | None:
    """The filters in force on the points that the map shows, as a rule; None where nothing is filtered."""
    points, at = opened.points(), opened.thresholds()
    kept = tuple(one for one in filters.in_force() if one.column in points.table.frame)
    return Rule(kept, str(points.name.of_points), at.iou, at.confidence) if kept else None


def in_words(rule: Rule) -> str:
    """What a rule asks for, in the names that the columns have on screen."""
    view, name = opened.view(), SpaceName.parse(rule.space)
    points = view.points(name) if name in view.workspace.spaces else view.images
    return described(rule, points.colourings(name.model or opened.model(), view.models))


def table_of(rule: Rule) -> Table:
    """The points that a rule asks, in the opened build."""
    return live_subsets.table_of(opened.view())(rule)


@st.cache_resource(show_spinner=False, max_entries=64)
def _evaluated(build: str, key: str, updated: str, _subset: Subset) -> Living:  # noqa: ARG001 - the cache's key
    return evaluate_rule(_subset, table_of)
