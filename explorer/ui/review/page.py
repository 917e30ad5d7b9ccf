"""The Review page: which round, who looks, and the part that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.review import rounds
from explorer.review.people import ADJUDICATOR, OWNER, REVIEWER, VIEWER
from explorer.store.decisions.state import same_name
from explorer.ui.review import agreement, differing, nothing_yet, progress, protocol, queue, starting
from explorer.ui.session import identity, messages, opened, text
from explorer.ui.widgets import image_dialog, report_download, who

if TYPE_CHECKING:
    from explorer.data.verdicts import Round

MINE, ALL, DIFFERING, AGREEMENT, PROTOCOL = "My images", "Progress", "Differences", "Agreement", "Protocol"

_COURTESY = (
    "Roles are a courtesy here: anybody can take any name. Where people sign in (OpenID Connect, see the README), what "
    "is hidden cannot be reached."
)


def draw() -> None:
    """Draw all of it."""
    found = rounds(opened.view().workspace)
    role = identity.role()
    one = _heading(found, role)
    messages.show_refusal()
    if one is None:
        if role == OWNER:
            nothing_yet.draw()
        else:
            st.info("No round of review has started yet.", icon=":material/rate_review:")
        return
    me = _reviewer(one)
    parts = _parts(one, role, me)
    if st.session_state.review_part not in parts:
        st.session_state.review_part = AGREEMENT if me is None and AGREEMENT in parts else parts[0]
    _turn_to_own(parts, one, me)
    st.segmented_control("Part", parts, key="review_part", required=True, label_visibility="collapsed")
    part = st.session_state.review_part
    # Also in a closed round: it may be of images that are judged in an open one.
    is_blind = identity.is_blind(opened.view().workspace, identity.name())
    _draw_part(part, one, role, me, is_blind=is_blind)
    if part == AGREEMENT and not is_blind:
        image_dialog.draw()


def _turn_to_own(parts: list[str], one: Round, me: str | None) -> None:
    """Show those who have just said that they are a reviewer what they have to judge."""
    before, st.session_state.review_as = st.session_state.review_as, identity.name()
    if before not in ("", identity.name()) and MINE in parts and _is_judging(one, me):
        st.session_state.review_part = MINE


def _heading(found: list[Round], role: str) -> Round | None:
    """The title, which round it is about, and a new one."""
    if not found:
        st.markdown("### Review")
        return None
    with st.container(key="row-review"):
        title, which, me, start = st.columns([2, 4, 3, 3], vertical_alignment="bottom")
    title.markdown("### Review")
    by_key = {one.key: one for one in reversed(found)}
    if st.session_state.review_started in by_key:
        st.session_state.update(review_round=st.session_state.review_started, review_started=None)
    if st.session_state.review_round not in by_key:
        st.session_state.review_round = next((key for key, one in by_key.items() if not one.closed), next(iter(by_key)))
    with which:
        st.selectbox("Round", list(by_key), key="review_round", format_func=lambda key: _called(by_key[key]))
    with me:
        who.field()
    if role == OWNER:
        with start:
            starting.button()
    return by_key[st.session_state.review_round]


def _called(one: Round) -> str:
    return f"{text.short(one.name)}{' (closed)' if one.closed else ''}"


def _reviewer(one: Round) -> str | None:
    """This person as the protocol spells them, where it names them."""
    return next((name for name in one.protocol.reviewers if same_name(name) == same_name(identity.name())), None)


def _parts(one: Round, role: str, me: str | None) -> list[str]:
    """What this person may look at: a reviewer does not see what others say before the round is closed."""
    parts = [MINE] if role != VIEWER and (me or role in (REVIEWER, OWNER)) else []
    if role in (ADJUDICATOR, OWNER):
        parts.append(DIFFERING)
    if role in (VIEWER, ADJUDICATOR, OWNER) or one.closed or "reviewers" not in one.protocol.blinded:
        parts.append(AGREEMENT)
    return [*parts, ALL, PROTOCOL]


def _draw_part(part: str, one: Round, role: str, me: str | None, *, is_blind: bool) -> None:
    if part == MINE:
        _mine(one, me)
    elif part in (DIFFERING, AGREEMENT) and "reviewers" in one.protocol.blinded and _is_judging(one, me):
        st.info(
            "What others say is shown here once your own images are judged, or the round is closed.",
            icon=":material/visibility_off:",
        )
    elif part == DIFFERING:
        differing.draw(one, identity.name())
    elif part == AGREEMENT:
        if not is_blind:
            report_download.button(one)
        agreement.draw(one, shows_images=not is_blind)
    elif part == ALL:
        progress.draw(one)
    else:
        seen_as = REVIEWER if _is_judging(one, me) else role
        protocol.draw(one, seen_as, me, may_lead=role == OWNER, is_blind=is_blind)
    if not identity.are_checked() and part == PROTOCOL:
        st.caption(_COURTESY)


def _mine(one: Round, me: str | None) -> None:
    if me is None:
        others = ", ".join(one.protocol.reviewers)
        st.info(
            f"{text.plain(identity.name())} does not judge in this round. Its reviewers are {text.plain(others)}: are "
            "you one of them? Then say so above.",
            icon=":material/person_search:",
        )
        return
    queue.draw(one, me)


def _is_judging(one: Round, me: str | None) -> bool:
    """Whether this person has images left in an open round, so that they see what reviewers see."""
    return me is not None and not one.closed and not all(item.verdict for item in queue.items(one, me))
