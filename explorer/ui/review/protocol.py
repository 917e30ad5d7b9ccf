"""How a round is done: its protocol as it was frozen, what was done otherwise, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.data.verdicts import ADJUDICATIONS
from explorer.review.blinding import hidden
from explorer.review.people import REVIEWER
from explorer.ui.review import sheets, starting
from explorer.ui.session import fragments, messages, opened, text

if TYPE_CHECKING:
    from explorer.data.verdicts import Protocol, Round


def draw(one: Round, role: str, me: str | None, *, may_lead: bool, is_blind: bool) -> None:
    """Draw the protocol with its hash and deviations, its spreadsheet, and what its owner can do.

    Args:
        one: the round.
        role: as which this person sees it.
        me: their name where they are one of its reviewers.
        may_lead: whether they may change it.
        is_blind: whether something is hidden from them, in whatever round.
    """
    said, done = st.columns([3, 2], gap="large")
    with said:
        lines = "\n".join(
            f"| {name} | {text.plain(value)} |" for name, value in _facts(one.protocol, hidden(one, role)) if value
        )
        st.markdown(f"| Protocol | |\n|:--|:--|\n{lines}")
        st.caption(
            f"Frozen by {text.plain(one.started_by)} on {one.started_at:%Y-%m-%d %H:%M} UTC with the hash "
            f"`{one.digest[:16]}…`"
        )
    with done:
        _deviations(one)
        if may_lead:
            _deviate(one)
            _end(one)
            starting.repeat_button(one)
        if not is_blind and (one.closed or role != REVIEWER):
            sheets.changes(one)
        if sheets.may_download(one, role, me, is_blind=is_blind):
            sheets.download(one, role)
        if may_lead:
            sheets.take_in()


def _facts(protocol: Protocol, kept: frozenset[str]) -> list[tuple[str, str]]:
    numbers = dict(protocol.thresholds)
    passes = f"{numbers['at_least']:.0%} of at least {numbers.get('min_n', 1):.0f}" if "at_least" in numbers else ""
    overlap = f"{protocol.overlap} of {len(protocol.reviewers)} reviewers" if protocol.overlap else "all reviewers"
    # Names of subsets and categories tell as much as "confidence below 0.6" does.
    sources = "" if kept - {"reviewers"} else f" from {', '.join(protocol.sources) or 'a list of ids'}"
    return [
        ("Judged", f"{len(protocol.ids):,}{sources}"),
        ("Model version", "hidden" if "model" in kept else protocol.model),
        ("Reviewers", ", ".join(protocol.reviewers)),
        ("Each is judged by", overlap),
        ("Hidden", ", ".join(starting.HIDDEN[each] for each in protocol.blinded) or "nothing"),
        ("Shown twice", f"{protocol.repeats:.0%}"),
        ("Calibration", f"{len(protocol.calibration):,}" if protocol.calibration else ""),
        ("Passes from", passes),
        ("IoU, confidence", ", ".join(f"{numbers[one]:g}" for one in ("iou", "confidence") if one in numbers)),
        ("Where reviewers differ", ADJUDICATIONS[protocol.adjudication]),
        ("Together by", protocol.group),
        ("Seed of the orders", str(protocol.seed)),
    ]


def _deviations(one: Round) -> None:
    st.markdown(f"**Deviations** ({len(one.deviations)})")
    if not one.deviations:
        st.caption("None: the round is done as it was agreed on.")
    for each in one.deviations:
        changes = ", ".join(f"{name}: {value}" for name, value in each.changes.items())
        when = f"{text.plain(each.author)}, {each.time:%Y-%m-%d %H:%M} UTC"
        st.markdown(f"- {text.plain(each.reason)} {f'({text.plain(changes)})' if changes else ''}  \n:gray[{when}]")


def _deviate(one: Round) -> None:
    if st.button("Write down a deviation…", icon=":material/edit_note:", width="stretch", disabled=bool(one.closed)):
        _deviation(one)


@fragments.dialog("A deviation from the protocol")
def _deviation(one: Round) -> None:
    before = one.protocol
    st.caption("What is done otherwise from now on, or what happened. It stands beside the frozen protocol for good.")
    typed = st.text_input("Reviewers", ", ".join(before.reviewers), key=f"deviation reviewers {one.key}")
    reviewers = starting.names(typed)
    overlap = starting.overlap_of(len(reviewers), f"deviation overlap {one.key}", before.overlap)
    hidden = st.multiselect(
        "Hidden from reviewers",
        list(starting.HIDDEN),
        before.blinded,
        key=f"deviation hidden {one.key}",
        format_func=lambda each: starting.HIDDEN[each],
    )
    rule = st.selectbox(
        "Where reviewers differ",
        list(ADJUDICATIONS),
        list(ADJUDICATIONS).index(before.adjudication),
        key=f"deviation rule {one.key}",
        format_func=lambda each: ADJUDICATIONS[each],
    )
    thresholds = _thresholds(one)
    reason = st.text_area("Why", key=f"deviation reason {one.key}", max_chars=2000)
    if st.button("Write it down", type="primary", width="stretch"):
        wanted = {
            "reviewers": reviewers,
            "overlap": overlap,
            "blinded": list(hidden),
            "adjudication": rule,
            "thresholds": thresholds,
        }
        kept = before.facts()
        changes = {name: value for name, value in wanted.items() if value != kept[name]}
        if messages.attempt(opened.view().workspace.rounds.deviate, one.key, reason=reason, **changes):
            st.rerun()
        messages.show_refusal()


def _thresholds(one: Round) -> dict[str, float]:
    """From where on a category passes, asked anew, with the other thresholds of the round."""
    before = dict(one.protocol.thresholds)
    first = round(100 * before.get("at_least", 0)), int(before.get("min_n", 1))
    asked = starting.passes_from(f"deviation {one.key}", *first)
    return {**before, "at_least": asked[0] / 100, "min_n": float(asked[1])} if asked != first else before


def _end(one: Round) -> None:
    rounds = opened.view().workspace.rounds
    if one.closed:
        label, icon, act = "Open it again", ":material/lock_open:", rounds.reopen
    else:
        label, icon, act = "Close the round", ":material/lock:", rounds.close
    st.button(
        label,
        icon=icon,
        width="stretch",
        on_click=messages.attempt,
        args=(act, one.key),
        help="Nothing is judged in a closed round, and nothing is hidden any more.",
    )
