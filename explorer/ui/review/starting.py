"""Starting a round: what is judged, by whom and how, frozen when it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from explorer.actions.categories import standings
from explorer.actions.review import repeat_round, rounds, start_round
from explorer.data.verdicts import ADJUDICATIONS, BLINDABLE, FIRST_REPEATS, Protocol
from explorer.ui.session import live_subsets, messages, opened, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.verdicts import Round

HIDDEN = {
    "prediction": "the prediction",
    "confidence": "the confidence",
    "model": "which model it is, and how good",
    "label": "the label in the data",
    "reviewers": "what others said",
    "metadata": "metadata and file names",
}
"""What can be hidden from reviewers, in words."""

_FIRST_HIDDEN = ("confidence", "model", "reviewers")
_NONE = "–"
_AT_LEAST, _MIN_N = 0.8, 20
_SEED = 42


class Source(NamedTuple):
    """Where items come from, in words, and their ids."""

    words: str
    ids: Sequence[str]


def button(*, is_first: bool = False) -> None:
    """Offer to start a round."""
    label = "Start the first round…" if is_first else "Start a round…"
    if st.button(label, type="primary" if is_first else "secondary", icon=":material/play_arrow:", width="stretch"):
        _dialog()


@st.dialog("Start a round", width="large")
def _dialog() -> None:
    sources = _sources()
    if not sources:
        st.info(
            "A round judges the images of subsets or categories, and there are none yet. Lasso some on the Map, or tag "
            "the images behind a finding.",
            icon=":material/bookmark_add:",
        )
        return
    protocol = _protocol({source.words: source for source in sources})
    number = len(protocol.ids)
    st.caption(
        "The protocol is frozen with a hash when the round starts. Reviewers, overlap, what is hidden, thresholds and "
        "the rule may change later, as a deviation with its reason; nothing else may."
    )
    images = f"{number:,} image{'' if number == 1 else 's'}"
    if st.button(f"Freeze the protocol and start with {images}", type="primary", width="stretch", disabled=not number):
        started = messages.attempt(start_round, opened.view().workspace, protocol)
        if started:
            st.session_state.review_round = started.key
            messages.say(f"Started: “{text.cell(started.name)}”.")
            st.rerun()
        messages.show_refusal()


def _sources() -> list[Source]:
    """The subsets and categories that have anything in them."""
    view, decisions = opened.view(), opened.decisions()
    subsets = [live_subsets.now(subset).subset for subset in decisions.state().subsets]
    known = view.workspace.point_ids
    found = [Source(f"subset {one.name}", [each for each in one.ids if each in known]) for one in subsets]
    for one in standings(view, view.workspace.categories.all(), subsets, opened.model(), opened.thresholds()):
        found.append(Source(f"category {one.category.name}", [each for each in one.examples if each in known]))
    return [source for source in found if source.ids]


def _protocol(sources: dict[str, Source]) -> Protocol:
    """What the fields say."""
    view = opened.view()
    left, right = st.columns(2)
    with left:
        name = st.text_input("Name", _free_name(), max_chars=200, key="review_name")
        chosen = st.multiselect(
            "Judged are the images of",
            list(sources),
            key="review_sources",
            format_func=lambda words: f"{text.short(words)} ({len(sources[words].ids):,})",
            placeholder="Subsets and categories",
        )
        model = st.selectbox(
            "Model version", view.models or [""], key="review_model", format_func=lambda one: one or _NONE
        )
        most = _confidence(model)
        reviewers = names(st.text_input("Reviewers", messages.author_name(), key="review_names", help=_REVIEWERS_HELP))
        overlap = _overlap(len(reviewers))
    with right:
        blinded = st.multiselect(
            "Hidden from reviewers", BLINDABLE, _FIRST_HIDDEN, key="review_hidden", format_func=lambda one: HIDDEN[one]
        )
        adjudication = st.selectbox(
            "Where reviewers differ",
            list(ADJUDICATIONS),
            key="review_rule",
            format_func=lambda rule: ADJUDICATIONS[rule],
        )
        again, first = st.columns(2)
        repeats = again.number_input(
            "Shown twice, %", 0, 50, round(100 * FIRST_REPEATS), key="review_repeats", help=_TWICE
        )
        calibration = first.number_input("Calibration images", 0, 100, 0, key="review_calibration", help=_CALIBRATION)
        share, least = st.columns(2)
        at_least = share.number_input(
            "Passes from, %", 0, 100, round(100 * _AT_LEAST), key="review_at_least", help=_PASSES
        )
        min_n = least.number_input(
            "of at least", 1, 10_000, _MIN_N, key="review_min_n", help="Fewer are too few to say."
        )
        group = _group()
    ids = list(dict.fromkeys(each for words in chosen for each in sources[words].ids))
    words = [*chosen]
    if most is not None:
        ids = _unsure(ids, model, most)
        words.append(f"confidence up to {most:g}")
    calibrating = _drawn(ids, calibration)
    return Protocol(
        name=name,
        items=tuple(each for each in ids if each not in frozenset(calibrating)),
        reviewers=tuple(reviewers),
        sources=tuple(words),
        model=model,
        overlap=overlap,
        blinded=tuple(blinded),
        repeats=repeats / 100,
        calibration=calibrating,
        thresholds=(("at_least", at_least / 100), ("min_n", float(min_n)), *_fixed()),
        adjudication=adjudication,
        group=group,
        seed=_SEED,
    )


_REVIEWERS_HELP = "Their names, with commas between, as each of them is called in this app."
_TWICE = "This share of each reviewer's images comes a second time, unannounced: how far do they agree with themselves?"
_CALIBRATION = "So many of the images, drawn by chance, come first for every reviewer, to talk about afterwards."
_PASSES = "From this share of correct verdicts on, by the lower end of its interval, a category passes."


def _free_name() -> str:
    taken = {one.name for one in rounds(opened.view().workspace)}
    return next(name for number in range(1, len(taken) + 2) if (name := f"Round {number}") not in taken)


def names(typed: str) -> list[str]:
    """The names in a text with commas between."""
    return list(dict.fromkeys(name for part in typed.split(",") if (name := " ".join(part.split()))))


def _overlap(reviewers: int) -> int:
    """How many reviewers see each image; 0 for all."""
    everybody = "All reviewers" if reviewers > 1 else "The reviewer"
    numbers = list(range(1, reviewers))
    chosen: int = st.selectbox(
        "Each image is judged by",
        [0, *reversed(numbers)],
        key=f"review_overlap {reviewers}",
        format_func=lambda number: f"{number} of {reviewers}" if number else everybody,
        help="By fewer than all, each reviewer has less to do, and some pairs of reviewers share fewer images.",
    )
    return chosen


def _confidence(model: str) -> float | None:
    """Up to which confidence of the model images are judged; None for all."""
    if opened.view().has_boxes or f"{model}.confidence" not in opened.view().images.table:
        return None
    only: float | None = st.number_input(
        "Only with a confidence of at most", 0.0, 1.0, None, 0.05, key="review_confidence", placeholder="any confidence"
    )
    return only


def _unsure(ids: Sequence[str], model: str, most: float) -> list[str]:
    images = opened.view().images
    confidence = images.table.frame[f"{model}.confidence"]
    row_of = images.space.row_of
    return [each for each in ids if each in row_of and confidence.iat[row_of[each]] <= most]


def _group() -> str:
    view = opened.view()
    columns = [str(name) for name in view.samples.groupable(leave_out=view.images.plumbing)]
    chosen = st.selectbox(
        "Together by",
        [_NONE, *columns],
        index=columns.index("group") + 1 if "group" in columns else 0,
        key="review_group",
        help="A column such as patient or scene: images with the same value are not independent, and intervals draw "
        "them together.",
    )
    return "" if chosen in (_NONE, None) else str(chosen)


def _fixed() -> tuple[tuple[str, float], ...]:
    """What counts as found, where that is a matter of thresholds."""
    if not opened.view().has_thresholds:
        return ()
    at = opened.thresholds()
    return (("iou", at.iou), ("confidence", at.confidence))


def _drawn(ids: Sequence[str], number: int) -> tuple[str, ...]:
    """So many ids, drawn by chance."""
    places = np.random.default_rng(_SEED).permutation(len(ids))[:number]
    return tuple(ids[place] for place in sorted(places.tolist()))


def repeat_button(one: Round) -> None:
    """Offer to do a round again for another version of the model."""
    if st.button("Repeat for a version…", icon=":material/replay:", width="stretch", help=_AGAIN):
        _repeat(one)


_AGAIN = "The same images in a new order; what was said before is not shown."


@st.dialog("Repeat a round for another model version")
def _repeat(one: Round) -> None:
    st.markdown(
        f"The {len(one.protocol.ids):,} images of **{text.plain(one.name)}** again, in new orders. {_AGAIN[:-1]}."
    )
    models = [model for model in opened.view().models if model != one.protocol.model] or opened.view().models
    model = st.selectbox("Model version", models, key="review_repeat_model")
    name = st.text_input("Name", f"{one.name} ({model})", max_chars=200, key=f"review_repeat_name {model}")
    if st.button("Start", type="primary", width="stretch", disabled=model is None):
        again = messages.attempt(repeat_round, opened.view().workspace, one.key, str(model), new_name=name)
        if again:
            st.session_state.review_round = again.key
            messages.say(f"Started: “{text.cell(again.name)}”.")
            st.rerun()
        messages.show_refusal()
