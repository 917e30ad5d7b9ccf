"""Where reviewers differ: an adjudicator sees the image and the votes, not whose they are, and settles it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.evaluate import counting_in
from explorer.actions.review import adjudicate, disagreements
from explorer.data.verdicts import ADJUDICATIONS, VERDICTS
from explorer.errors import ReviewError
from explorer.review.people import ADJUDICATOR, OWNER
from explorer.ui.components.review import Answer, Picture, review
from explorer.ui.review import asking, queue
from explorer.ui.review.pictures import Pictures
from explorer.ui.session import identity, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.actions.review import Disagreement, Vote
    from explorer.data.verdicts import Round


def draw(one: Round, adjudicator: str) -> None:
    """Draw the items on which the reviewers of a round differ, those that wait first."""
    view = opened.view()
    workspace = view.workspace
    found = disagreements(workspace, one.key)
    rule = ADJUDICATIONS[one.protocol.adjudication]
    if not found:
        st.info(f"Nothing waits for an adjudicator. The rule of this round: {rule}", icon=":material/balance:")
        return
    waiting = sum(each.adjudicated is None for each in found)
    st.caption(f"{rule} {waiting:,} of {len(found):,} wait. All votes are kept, whatever is decided here.")
    if one.closed:
        st.info("This round is closed: what differs stays as it is until the round is opened again.")
        return
    ids = _order(one, found)
    pictures = Pictures(
        view, one, ADJUDICATOR, counting_in(view, one.protocol), ids, queue.name_of(one, "differing", adjudicator)
    )
    pictures.serve()
    by_id = {each.id: each for each in found}

    def part(first: int, last: int) -> Sequence[Picture]:
        now = {each.id: each for each in disagreements(workspace, one.key)}
        return [
            pictures.of(place, asking.before(now[each].adjudicated), _votes(now[each].votes))
            if each in now  # each place is answered: what does not differ any more is refused when it is settled
            else pictures.of(place, None)
            for place, each in enumerate(ids[first:last], first)
        ]

    def keep(answer: Answer) -> None:
        if identity.role_in(workspace.path, adjudicator) not in (ADJUDICATOR, OWNER):
            raise ReviewError("Expected an adjudicator or an owner to settle this.")
        known = disagreements(workspace, one.key)
        found = next((each for each in known if pictures.mark(each.id) == answer.item), None)
        if found is None:
            raise ReviewError("The reviewers do not differ here any more: one of them has changed a verdict.")
        asking.add_categories(workspace, answer.categories, author=adjudicator)
        if not asking.is_said(answer, found.adjudicated):
            adjudicate(workspace, one.key, found.id, answer.verdict, adjudicator=adjudicator, **asking.said(answer))

    given = [by_id[each].adjudicated for each in ids]
    review(
        name=pictures.name,
        order=pictures.order,
        answered=[each is not None for each in given],
        choices=asking.choices(workspace, filter(None, given)),
        pictures=part,
        on_answer=keep,
        height_px=queue.HEIGHT,
        colours=queue.colours(),
        key="review differing",
        on_finished=lambda: st.session_state.pop(_order_key(one), None),
    )


def _order(one: Round, found: Sequence[Disagreement]) -> list[str]:
    """The ids in an order that stays while they are gone through: what is new comes last, what is settled stays."""
    there = [each.id for each in found]
    kept: tuple[str, ...] = st.session_state.get(_order_key(one), ())
    ids = [each for each in kept if each in there]
    ids += [each for each in there if each not in ids]
    st.session_state[_order_key(one)] = tuple(ids)
    return ids


def _order_key(one: Round) -> str:
    return f"review differing {one.key}"


def _votes(votes: Sequence[Vote]) -> list[tuple[str, str]]:
    return [(f"Vote {number}", _in_words(vote)) for number, vote in enumerate(votes, 1)]


def _in_words(vote: Vote) -> str:
    about = ", ".join(filter(None, [VERDICTS[vote.verdict], vote.severity, *vote.categories]))
    return " · ".join(filter(None, [about, vote.reason, vote.comment]))
