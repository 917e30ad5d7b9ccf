"""Which labels are to be looked at, in which order, and how far one is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explorer.actions.analyze import computed
from explorer.actions.label_issues import KIND
from explorer.points.cache import Cache
from explorer.stats.intervals import Rate, rate
from explorer.ui.session import findings, messages, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.actions.analyzed import Row
    from explorer.data.corrections import Correction
    from explorer.points.points import Points

REVIEW = "review"
"""Where answers of this page come from."""


class Pair(NamedTuple):
    """Labels that are one class and should be another."""

    given: str
    suggested: str


@dataclass(frozen=True, eq=False)
class Queue:
    """The labels of a workspace as one model and all encoders see them.

    Attributes:
        rows: of `label_issues`, of what has a label, the most likely wrong first.
        suspects: how many of them are probably wrong: the first ones.
        missing: ids of detections of objects that are probably not labelled.
        reason: why there are none, a sentence; else empty.
    """

    rows: list[Row]
    suspects: int
    missing: list[str]
    reason: str

    @property
    def pairs(self) -> list[tuple[Pair, int]]:
        """The pairs of classes among the suspects, the most common first, and how many there are of each."""
        return Counter(pair_of(row) for row in self.suspected).most_common()

    @property
    def suspected(self) -> list[Row]:
        """Those that are probably wrong."""
        return self.rows[: self.suspects]


def pair_of(row: Row) -> Pair:
    """The class that a label is and the one that it should be."""
    return Pair(row["given"], row["suggested"])


_queues: Cache[Queue] = Cache(8)


def queue() -> Queue:
    """The labels of the opened workspace; kept for all sessions, as long as the build is the same."""
    view, model = opened.view(), opened.model()
    key = (view.key, *view.workspace.manifest.spaces.values(), model, findings.settings())
    if _queues.held(key) is None:
        with st.spinner("Looking at every label…"):
            return _queues.get(key, _made)
    return _queues.get(key, _made)


def _made() -> Queue:
    of = findings.of()
    result = computed(of, [KIND], lambda _: None)[KIND.name]
    suspects = {each for finding in result.told.found for each in finding.ids}
    labelled = [row for row in result.rows if row["given"] is not None]
    labelled.sort(key=lambda row: row["id"] not in suspects)  # of boxes, how doubtful a suspect is depends on the class
    probably = sum(row["id"] in suspects for row in labelled)
    missing = [row["id"] for row in result.rows if row["given"] is None and row["id"] in suspects]
    return Queue(labelled, probably, missing, result.told.reason)


def labelled() -> Points:
    """What labels are of: images, or boxes, whose pictures are there where they have a map."""
    points = opened.view().labels(opened.thresholds())
    return opened.serve_pictures(points) if points.space.have_map else points


def corrections() -> Mapping[str, Correction]:
    """What stands of each label that somebody decided on."""
    from explorer.store.decisions.corrections import Corrections

    return Corrections(opened.decisions()).all()


def waiting(rows: list[Row]) -> list[Row]:
    """Those of the rows that nobody decided on, in their order; what was put off for later comes last."""
    decided, later = corrections(), st.session_state.label_later
    left = [row for row in rows if row["id"] not in decided]
    return [row for row in left if row["id"] not in later] + [row for row in left if row["id"] in later]


def precision() -> Rate:
    """How many of this person's answers on this page were corrections."""
    me = messages.author_name()
    mine = [one for one in corrections().values() if one.author == me and one.source == REVIEW]
    return rate(sum(not one.is_confirmed for one in mine), len(mine))
