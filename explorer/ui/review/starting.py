"""Starting a round: what is judged, by whom and how, frozen when it starts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from explorer.actions.analyzed import analyzed
from explorer.actions.inbox import inbox
from explorer.actions.review import repeat_round, repeated_name, rounds, start_round
from explorer.actions.review_sources import Sources, category_members, gathered
from explorer.data.verdicts import ADJUDICATIONS, BLINDABLE, FIRST_BLINDED, FIRST_REPEATS, Protocol
from explorer.errors import ExplorerError
from explorer.ui.session import findings, fragments, messages, opened, text

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

_NONE = "–"
_PASSES_PERCENT, _MIN_N = 80, 20
_TWICE_PERCENT = round(100 * FIRST_REPEATS)
_SEED = 42


def button(*, is_first: bool = False) -> None:
    """Offer to start a round."""
    label = "Start the first round…" if is_first else "Start a round…"
    if st.button(label, type="primary" if is_first else "secondary", icon=":material/play_arrow:", width="stretch"):
        _dialog()


@fragments.dialog("Start a round", width="large")
def _dialog() -> None:
    protocol = _protocol()
    st.caption(
        "The protocol is frozen with a hash when the round starts. Reviewers, overlap, what is hidden, thresholds and "
        "the rule may change later, as a deviation with its reason; nothing else may."
    )
    ids = protocol.ids if protocol else ()
    label = f"Freeze the protocol and start with {opened.view().of_ids(ids).space.counted(len(ids))}"
    if st.button(label, type="primary", width="stretch", disabled=not ids) and protocol:
        started = messages.attempt(start_round, opened.view().workspace, protocol)
        if started:
            st.session_state.review_started = started.key
            messages.say(f"Started: “{text.cell(started.name)}”.")
            st.rerun()
        messages.show_refusal()


class Source(NamedTuple):
    """Where items come from: a field of `Sources`, its value, and its words on screen."""

    field: str
    value: str
    words: str


def _offered(model: str) -> list[Source]:
    """Everything that a round can judge here."""
    view = opened.view()
    subsets = [Source("subsets", one.name, f"Subset {one.name}") for one in opened.decisions().state().subsets]
    categories = [Source("categories", name, f"Category {name}") for name, ids in category_members(view).items() if ids]
    batches = [str(batch["name"]) for batch in view.workspace.manifest.batches]
    arrived = [
        Source(field, name, f"{field.title()} images of the batch {name}")
        for name in batches
        for field in ("flagged", "unmatched")
    ]
    others = [Source("against", one, f"Where {model} and {one} differ") for one in view.models if one != model]
    return [*subsets, *categories, *arrived, *others, Source("everything", "", "All images")]


def _sources(chosen: Sequence[Source], below: float | None, *, found: bool) -> Sources:
    """The chosen ones as the action takes them, with what is kept of them."""
    named: dict[str, list[str]] = defaultdict(list)
    for one in chosen:
        named[one.field].append(one.value)
    return Sources(
        subsets=named["subsets"],
        categories=named["categories"],
        flagged=named["flagged"],
        unmatched=named["unmatched"],
        against=next(iter(named["against"]), ""),
        everything="everything" in named,
        below=below,
        found=found,
    )


def _protocol() -> Protocol | None:
    """What the fields say; None where there is nothing to judge."""
    view = opened.view()
    left, right = st.columns(2)
    with left:
        name = st.text_input("Name", _free_name(), max_chars=200, key="review_name")
        model = st.selectbox(
            "Model version", view.models or [""], key="review_model", format_func=lambda one: one or _NONE
        )
        chosen = st.multiselect(
            "Judged are",
            _offered(model),
            key="review_sources",
            format_func=lambda source: text.short(source.words),
            placeholder="Subsets, categories, batches, disagreement",
        )
        below = _confidence(model)
        found = st.checkbox("Only what findings are about", key="review_findings", help=_FOUND)
        told = _findings(model) if found else []
        named = st.text_input("Reviewers", messages.author_name(), key="review_names", help=_REVIEWERS_HELP)
        reviewers = names(named)
        overlap = overlap_of(len(reviewers), "review_overlap")
    with right:
        blinded = st.multiselect(
            "Hidden from reviewers", BLINDABLE, FIRST_BLINDED, key="review_hidden", format_func=lambda one: HIDDEN[one]
        )
        rules = list(ADJUDICATIONS)
        rule: str = st.selectbox(
            "Where reviewers differ", rules, key="review_rule", format_func=lambda one: ADJUDICATIONS[one]
        )
        again, first = st.columns(2)
        twice = again.number_input("Shown twice, %", 0, 50, _TWICE_PERCENT, key="review_repeats", help=_TWICE)
        number = first.number_input("Calibration images", 0, 100, 0, key="review_calibration", help=_CALIBRATION)
        passes, min_n = passes_from("review", _PASSES_PERCENT, _MIN_N)
        group = _group()
    if not chosen:
        return None
    try:
        ids, words = gathered(view, _sources(chosen, below, found=found), model, told)
    except ExplorerError as error:
        st.warning(text.sentence(str(error)))
        return None
    calibration = _drawn(ids, number)
    return Protocol(
        name=name,
        items=tuple(each for each in ids if each not in frozenset(calibration)),
        reviewers=tuple(reviewers),
        sources=words,
        model=model,
        overlap=overlap,
        blinded=tuple(blinded),
        repeats=twice / 100,
        calibration=calibration,
        thresholds=(("at_least", passes / 100), ("min_n", float(min_n)), *_fixed()),
        adjudication=rule,
        group=group,
        seed=_SEED,
    )


_FOUND = "Keeps of all these what the Findings page lists for this model, and nobody has dismissed."
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


def overlap_of(reviewers: int, key: str, first: int = 0) -> int:
    """Ask how many reviewers see each image; 0 for all.

    Args:
        reviewers: how many there are.
        key: of the field.
        first: what it shows at first.
    """
    everybody = "All reviewers" if reviewers > 1 else "The reviewer"
    numbers = [0, *reversed(range(1, reviewers))]
    chosen: int = st.selectbox(
        "Each image is judged by",
        numbers,
        numbers.index(first) if first in numbers else 0,
        key=f"{key} {reviewers}",
        format_func=lambda number: f"{number} of {reviewers}" if number else everybody,
        help="By fewer than all, each reviewer has less to do, and some pairs of reviewers share fewer images.",
    )
    return chosen


def passes_from(key: str, at_least: int, min_n: int) -> tuple[int, int]:
    """Ask from which share of correct verdicts on a category passes, in percent, and of how many at least.

    Args:
        key: what the keys of both fields begin with.
        at_least: what the first shows at first.
        min_n: what the second does.
    """
    share, least = st.columns(2)
    passes = share.number_input("Passes from, %", 0, 100, at_least, key=f"{key}_at_least", help=_PASSES)
    of = least.number_input("of at least", 1, 10_000, min_n, key=f"{key}_min_n", help="Fewer say too little.")
    return passes, of


def _confidence(model: str) -> float | None:
    """Below which confidence of the model items are judged; None for all."""
    if not opened.view().has_boxes and f"{model}.confidence" not in opened.view().images.table:
        return None
    below: float | None = st.number_input(
        "Only where its confidence is below",
        0.0,
        1.0,
        None,
        0.05,
        key="review_confidence",
        placeholder="any confidence",
    )
    return below


def _findings(model: str) -> list[tuple[str, ...]]:
    """What each finding of a model is about; says which analyses are not there to find any."""
    there = inbox(analyzed(opened.view(), model or None), findings.PATIENCE)
    if there.missing:
        kinds = ", ".join(kind.replace("_", " ") for kind in there.missing)
        st.caption(f"Not looked at yet: {kinds}. The Findings page does so, or `edgecase analyze`.")
    return [one.finding.ids for one in there.listed]


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


@fragments.dialog("Repeat a round for another model version")
def _repeat(one: Round) -> None:
    st.markdown(
        f"The {opened.view().of_ids(one.protocol.ids).space.counted(len(one.protocol.ids))} of "
        f"**{text.plain(one.name)}** again, in new orders. {_AGAIN[:-1]}."
    )
    models = [model for model in opened.view().models if model != one.protocol.model] or opened.view().models
    model = st.selectbox("Model version", models, key="review_repeat_model")
    name = st.text_input(
        "Name", repeated_name(opened.view().workspace, one), max_chars=200, key=f"review_repeat_name {one.key}"
    )
    if st.button("Start it", type="primary", width="stretch", disabled=model is None):
        again = messages.attempt(repeat_round, opened.view().workspace, one.key, str(model), new_name=name)
        if again:
            st.session_state.review_started = again.key
            messages.say(f"Started: “{text.cell(again.name)}”.")
            st.rerun()
        messages.show_refusal()
