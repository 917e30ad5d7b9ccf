"""Accepting and rejecting candidates for a subset, which re-ranks at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explorer.actions.decide import accept, accept_and_reject, reject
from explorer.actions.grow import by_image, by_members, by_text, undecided
from explorer.data.counts import counted
from explorer.errors import ExplorerError
from explorer.subsets.grow import stop_hint
from explorer.ui.session import checks, clip_model, messages, opened, selection, text, uploads
from explorer.ui.widgets import image_dialog, score_histogram, thumbnails
from explorer.ui.widgets.image_dialog import Decide, Key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from explorer.data.records import Float32
    from explorer.points.points import Points
    from explorer.store.decisions.subsets import Subset

PAGE = 60
NO_MEMBERS = "None of the subset's members is in this build: there is nothing to propose from."
NOTHING_LEFT = "Nothing left to propose: everything is a member, was rejected, or is below the threshold."
_SCORES = (
    "The number below each image. By members and rejections: 0 where it is like neither, higher the more members it is "
    "like (1 is not the most there can be), below 0 where it is rather like what was rejected. By words or by an "
    "image: the cosine similarity, 1 at most."
)
_BY_MEMBERS, _BY_WORDS, _BY_IMAGE = "Its members and rejections", "Words", "An image of yours"


def points_of(subset: Subset) -> Points:
    """The space a subset's members are from, as the map shows it."""
    return opened.of_ids(subset.ids)


def members(subset: Subset) -> None:
    """What it grows from."""
    points = points_of(subset)
    many = counted(len(subset.members), "member")
    st.caption(f"{many}, {len(subset.rejected):,} rejected so far")
    thumbnails.of_rows(
        points.space.rows(subset.ids),
        points,
        key=f"grown {subset.key}",
        height=390,
        size=72,
        order="As they came in",
        tagged=False,
        selectable=False,
    )


class Judge(NamedTuple):
    """What decides on a candidate where it is shown large: what draws the buttons, and the letters that press them."""

    draw: Decide
    keys: Mapping[str, Key]


def candidates(subset: Subset) -> Judge | None:
    """The best candidates that were not decided on yet; checked ones are accepted or rejected.

    Returns:
        What decides on one of them where it is shown large; None where there are none.
    """
    _hint(subset)
    left, middle, right = st.columns([3, 2, 3], vertical_alignment="bottom")
    with left:
        how = st.selectbox("Rank by", _ways(), key="rank_by", help=_SCORES)
    with middle:
        among = _searched_points(subset)
    with right:
        scores = _scores(subset, how, among)
    if scores is None:
        return None
    least = _threshold(scores)
    found = undecided(subset, among, scores, k=PAGE * st.session_state.pages, at_least=least)
    if not len(found.rows):
        st.info(NOTHING_LEFT)
        return None
    proposed = dict(zip(found.rows.tolist(), found.scores.tolist(), strict=True))
    actions = st.container()
    checked = thumbnails.of_rows(
        list(proposed),
        among,
        key=_gallery(subset),
        height=430,
        scores=proposed,
        order="Best first",
        watched=True,
        about=str(among.name),
    )
    with actions:
        _actions(subset, among, checked, proposed)
    if found.left and st.button(f"One more page ({found.left:,} left)", icon=":material/expand_more:"):
        st.session_state.pages += 1
        st.rerun()
    return Judge(partial(_judge, subset, among, scores), _keys(subset, among, scores))


def _gallery(subset: Subset) -> str:
    return f"candidates {subset.key}"


def _ways() -> list[str]:
    by_text = opened.view().understands_text(opened.encoder())
    return [_BY_MEMBERS, _BY_WORDS, _BY_IMAGE] if by_text else [_BY_MEMBERS]


def _searched_points(subset: Subset) -> Points:
    """Where to look: the members' own space, or in detection any other, whose vectors are of the same model."""
    own = points_of(subset)
    view = opened.view()
    names = [str(space) for space in view.workspace.spaces if view.space(space).are_pictures]
    if len(names) == 1:
        return own
    name = st.selectbox("Look among", names, index=names.index(str(own.name.of_points)), key=f"among {subset.key}")
    return opened.serve_pictures(view.placed_as(opened.named_points(name), own.name))


def _scores(subset: Subset, how: str, among: Points) -> Float32 | None:
    """One score per point of `among`; None until the person has said what to look for."""
    if how == _BY_WORDS:
        words = st.text_input("Words", key="grow_words", placeholder="for example: a dark photo of a boot").strip()
        return None if not words else _asked(lambda: by_text(among, clip_model.model(), words))
    if how == _BY_IMAGE:
        upload = st.file_uploader("Image", key="grow_image")
        return None if upload is None else _asked(lambda: _by_upload(among, upload))
    own = points_of(subset)
    if not own.space.rows(subset.ids):
        st.info(NO_MEMBERS)
        return None
    return by_members(subset, own, among)


def _asked(ask: Callable[[], Float32]) -> Float32 | None:
    """Ask the model; a refusal is shown as a sentence."""
    try:
        return ask()
    except ExplorerError as error:
        st.error(text.sentence(str(error)))
        return None


def _by_upload(among: Points, upload: UploadedFile) -> Float32:
    with uploads.as_file(upload) as file:
        return by_image(among, clip_model.model(), file)


def _threshold(scores: Float32) -> float:
    """A slider on the histogram of scores: nothing below it is proposed."""
    with st.expander("Threshold"):
        low, high = score_histogram.draw(scores, key="score_histogram")
        if low == high:
            return float("-inf")
        return float(st.slider("Propose from this score on", low, high, low, step=(high - low) / 100))


def _hint(subset: Subset) -> None:
    """Say when few of the last proposals were accepted."""
    grown = [(one.time, True) for one in subset.members.values() if one.origin == "grown"]
    decided = sorted([*grown, *((one.time, False) for one in subset.rejected.values())])
    hint = stop_hint([accepted for _, accepted in decided])
    if hint.stop:
        st.warning(
            f"Only {hint.accepted.hits} of the last {hint.accepted.n} proposals were accepted: there is probably "
            "little left to find this way.",
            icon=":material/pan_tool:",
        )


def _actions(subset: Subset, among: Points, checked: Sequence[int], scores: Mapping[int, float]) -> None:
    left, middle, right, end = st.columns([4, 4, 6, 1])
    count = f"{len(checked):,} checked" if checked else "checked"
    proposed = {among.space.ids[row]: score for row, score in scores.items()}
    kept = checks.of(_gallery(subset), str(among.name))
    chosen = {each: score for each, score in proposed.items() if each in kept.ids}
    rest = {each: score for each, score in proposed.items() if each in kept.seen and each not in kept.ids}
    left.button(
        f"Accept {count}",
        type="primary",
        icon=":material/check:",
        disabled=not checked,
        on_click=_accept,
        args=(subset, among, chosen),
        width="stretch",
    )
    middle.button(
        f"Reject {count}",
        icon=":material/close:",
        disabled=not checked,
        on_click=_reject,
        args=(subset, among, chosen),
        width="stretch",
    )
    right.button(
        f"Accept checked, reject other {len(rest):,}",
        disabled=not checked or not rest,
        on_click=_accept_and_reject,
        args=(subset, among, chosen, rest),
        width="stretch",
        help="The other are those that you have had before you: scroll on to take in the rest.",
    )
    end.button(
        "",
        icon=":material/deselect:",
        key="uncheck all",
        disabled=not kept.ids,
        on_click=checks.clear,
        args=(_gallery(subset),),
        width="stretch",
        help="Uncheck all",
    )
    elsewhere = len(kept.ids.difference(chosen))
    if elsewhere:
        st.caption(f"{elsewhere:,} more that you checked are not proposed now; they stay checked for when they are.")


def _judge(subset: Subset, among: Points, scores: Float32, points: Points, row: int, shown: tuple[int, ...]) -> None:
    """Accept or reject the candidate that is shown large, and go on to the next one."""
    now, point = opened.decisions().state().find(subset.key), points.space.ids[row]
    name = text.plain(text.short(now.name))
    st.caption(f"{name}: {counted(len(now.members), 'member')}, {len(now.rejected):,} rejected")
    messages.show_refusal()
    if point in now.members or point in now.rejected:
        st.caption("A member already." if point in now.members else "Rejected already.")
    elif points.name == among.name:
        left, right = st.columns(2)
        press = partial(st.button, width="stretch", args=(subset, points, row, shown, float(scores[row])))
        with left:
            press("Accept", type="primary", icon=":material/check:", on_click=_accept_one, help="A")
        with right:
            press("Reject", icon=":material/close:", on_click=_reject_one, help="R")


def _keys(subset: Subset, among: Points, scores: Float32) -> Mapping[str, Key]:
    """A and R press the buttons, where they are there."""

    def pressing(press: Callable[[Subset, Points, int, Sequence[int], float], None]) -> Decide:
        def act(points: Points, row: int, shown: tuple[int, ...]) -> None:
            now, point = opened.decisions().state().find(subset.key), points.space.ids[row]
            if points.name == among.name and point not in {*now.members, *now.rejected}:
                press(subset, points, row, shown, float(scores[row]))

        return act

    return {
        "a": Key("Accept, and go on to the next one", pressing(_accept_one)),
        "r": Key("Reject, and go on to the next one", pressing(_reject_one)),
    }


def _accept_one(subset: Subset, points: Points, row: int, shown: Sequence[int], score: float) -> None:
    given, context = {points.space.ids[row]: score}, selection.context()
    if messages.attempt(accept, opened.decisions(), subset.key, given, context=context):
        _go_on(subset, points, row, shown)


def _reject_one(subset: Subset, points: Points, row: int, shown: Sequence[int], score: float) -> None:
    if messages.attempt(reject, opened.decisions(), subset.key, {points.space.ids[row]: score}):
        _go_on(subset, points, row, shown)


def _go_on(subset: Subset, points: Points, row: int, shown: Sequence[int]) -> None:
    """Show the next of those it was among that is not decided on, or the page where none is left."""
    ids, now = points.space.ids, opened.decisions().state().find(subset.key)
    checks.drop(_gallery(subset), [ids[row]])
    place = shown.index(row) if row in shown else 0
    ahead = [each for each in (*shown[place:], *shown[:place]) if ids[each] not in {*now.members, *now.rejected}]
    thumbnails.open_image(ahead[0], points, shown) if ahead else image_dialog.close()


def _accept(subset: Subset, among: Points, accepted: Mapping[str, float]) -> None:
    if messages.attempt(accept, opened.decisions(), subset.key, accepted, context=selection.context()):
        checks.drop(_gallery(subset), accepted)
        _say_accepted(subset, among, accepted)


def _reject(subset: Subset, among: Points, rejected: Mapping[str, float]) -> None:
    if messages.attempt(reject, opened.decisions(), subset.key, rejected):
        checks.drop(_gallery(subset), rejected)
        _say_rejected(subset, among, rejected)


def _accept_and_reject(
    subset: Subset, among: Points, accepted: Mapping[str, float], rejected: Mapping[str, float]
) -> None:
    context = selection.context()
    if messages.attempt(accept_and_reject, opened.decisions(), subset.key, accepted, rejected, context=context):
        checks.drop(_gallery(subset), accepted)
        _say_accepted(subset, among, accepted)
        _say_rejected(subset, among, rejected)


def _say_accepted(subset: Subset, among: Points, accepted: Mapping[str, float]) -> None:
    messages.say(f"{among.space.counted(len(accepted))} added to “{text.cell(subset.name)}”.")


def _say_rejected(subset: Subset, among: Points, rejected: Mapping[str, float]) -> None:
    messages.say(f"{among.space.counted(len(rejected))} will not be proposed again for “{text.cell(subset.name)}”.")
