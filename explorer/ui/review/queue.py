"""A reviewer's own queue: where it stopped, it goes on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.evaluate import counting_in
from explorer.actions.review import give_verdict, queue_of
from explorer.data.counts import counted
from explorer.errors import ReviewError
from explorer.review.people import REVIEWER
from explorer.ui.components.review import Answer, Picture, review
from explorer.ui.components.viewer import COLOURS, COLOURS_SAFE
from explorer.ui.review import asking
from explorer.ui.review.pictures import Pictures
from explorer.ui.session import identity, opened, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.data.verdicts import Item, Round
    from explorer.ui.components.viewer import Kind

HEIGHT = 640


def draw(one: Round, reviewer: str) -> None:
    """Draw what a reviewer judges next in a round, or that all is judged."""
    view = opened.view()
    workspace = view.workspace
    judged = items(one, reviewer)
    if one.closed:
        st.info(f"This round is closed: {text.plain(one.closed)}. What was said in it is under the other parts.")
        return
    if all(item.verdict for item in judged):
        _finished(len(judged))
    # What is judged is seen as reviewers see it, also by an owner who judges.
    ids = [item.id for item in judged]
    pictures = Pictures(view, one, REVIEWER, counting_in(view, one.protocol), ids, name_of(one, "queue", reviewer))
    pictures.serve()

    def part(first: int, last: int) -> Sequence[Picture]:
        queue = queue_of(workspace, one.key, reviewer)
        now = pictures.now([item.id for item in queue])
        return [now.of(item.place, asking.before(item.verdict), reading=item.reading) for item in queue[first:last]]

    def keep(answer: Answer) -> None:
        identity.refuse_viewer(workspace.path, reviewer)
        queue = queue_of(workspace, one.key, reviewer)
        item = next((each for each in queue if pictures.mark(each.id, each.reading) == answer.item), None)
        if item is None:
            raise ReviewError(
                "Expected an image of your queue, found one that others judge by now. Load the page again."
            )
        # Before the verdict, which then names none that cannot be, and after which nothing is tried again.
        asking.add_categories(workspace, answer.categories, author=reviewer)
        if not asking.is_said(answer, item.verdict):
            give_verdict(workspace, one.key, item, answer.verdict, reviewer=reviewer, **asking.said(answer))

    review(
        name=pictures.name,
        order=pictures.order,
        answered=[item.verdict is not None for item in judged],
        choices=asking.choices(workspace, [item.verdict for item in judged if item.verdict]),
        pictures=part,
        on_answer=keep,
        height_px=HEIGHT,
        colours=colours(),
        key="review queue",
    )


def items(one: Round, reviewer: str) -> list[Item]:
    """A reviewer's items in their order, as they stand now."""
    return queue_of(opened.view().workspace, one.key, reviewer)


def name_of(one: Round, what: str, who: str) -> str:
    """A name of what one person does in a round, by which their browser keeps what is not sent yet: always the same."""
    said = f"{opened.view().workspace.paths.key}\0{one.key}\0{what}\0{who}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def colours() -> Mapping[Kind, str]:
    """The colours of boxes."""
    return COLOURS_SAFE if st.session_state.safe_colours else COLOURS


def _finished(number: int) -> None:
    st.success(
        f"Every one of your {counted(number, 'image')} has a verdict. Left and right go through them again; "
        "another key changes what was said.",
        icon=":material/task_alt:",
    )
