"""Rounds of review: the protocol that is agreed on before, and what each reviewer says of each item."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from explorer.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

VERDICTS = {
    "correct": "Correct",
    "incorrect": "Incorrect",
    "ambiguous": "Ambiguous",
    "inadequate": "Technically inadequate",
}
"""What a reviewer may say of what the model did with an item: as it is kept -> as it is shown."""

SEVERITIES = ("low", "medium", "high")
"""How much an error matters, from the least on."""

BLINDABLE = ("prediction", "confidence", "model", "label", "reviewers", "metadata")
"""What a protocol may hide from reviewers: `model` is its name and how good it is, `reviewers` what others said."""

FIRST_BLINDED = ("confidence", "model", "reviewers")
"""What is hidden unless somebody says otherwise; whether a prediction is correct nobody can say who does not see it."""

ADJUDICATIONS = {
    "all": "An adjudicator decides wherever verdicts differ.",
    "majority": "What most said stands; an adjudicator decides where there is no majority.",
    "none": "Where verdicts differ, they stay apart.",
}
"""What becomes of items on which reviewers differ: the rule -> in words."""

THRESHOLDS = ("at_least", "min_n", "iou", "confidence")
"""What a protocol may fix in numbers: the share of correct verdicts that passes, of how many at least, and from which
IoU and confidence on a box counts."""

DEVIATING = ("reviewers", "overlap", "blinded", "thresholds", "adjudication")
"""What of a protocol may change after the start, as a deviation with its reason."""

FIRST_REPEATS = 0.05
"""Share of a reviewer's items that come again unannounced, for agreement with oneself."""

Reading = Literal["first", "repeat", "adjudication"]
"""On what occasion an item is judged."""

ROLES = ("viewer", "reviewer", "adjudicator", "owner")
"""From who may do the least on."""


@dataclass(frozen=True)
class Protocol:
    """How a round is done, agreed on before it starts.

    Attributes:
        name: what people call the round.
        items: stable ids of the images or boxes to judge, each once; none is in `calibration`.
        sources: where the items come from, in words, such as `subset Blurry` and `confidence below 0.6`.
        model: the version whose predictions are judged; empty where none is.
        reviewers: who judges, each once.
        overlap: how many reviewers see each item; 0 where all do (fully crossed).
        blinded: what reviewers do not see, of `BLINDABLE`.
        repeats: share of each reviewer's items that come a second time, unannounced.
        calibration: ids that every reviewer sees, before all others.
        thresholds: of `THRESHOLDS`, in the order of names.
        adjudication: one of `ADJUDICATIONS`.
        group: the column of the images whose values hang together, such as the patient; empty where there is none.
        seed: from which each reviewer's order follows.
    """

    name: str
    items: tuple[str, ...]
    reviewers: tuple[str, ...]
    sources: tuple[str, ...] = ()
    model: str = ""
    overlap: int = 0
    blinded: tuple[str, ...] = FIRST_BLINDED
    repeats: float = FIRST_REPEATS
    calibration: tuple[str, ...] = ()
    thresholds: tuple[tuple[str, float], ...] = ()
    adjudication: str = "all"
    group: str = ""
    seed: int = 42

    @property
    def ids(self) -> tuple[str, ...]:
        """All that is judged, calibration first."""
        return (*self.calibration, *self.items)

    @cached_property
    def known_ids(self) -> frozenset[str]:
        """The ids, to ask whether one is among them."""
        return frozenset(self.ids)

    @property
    def digest(self) -> str:
        """SHA-256 of `facts` as canonical JSON: keys in order, no white space, UTF-8."""
        text = json.dumps(self.facts(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def facts(self) -> dict[str, Any]:
        """The protocol by field, as plain JSON values; `read_protocol` reads it again."""
        return {**_listed(asdict(self)), "thresholds": dict(self.thresholds)}


@dataclass(frozen=True)
class Deviation:
    """A departure from a protocol after the start: what changed, by field, why, who said so and when."""

    changes: Mapping[str, Any]
    reason: str
    author: str
    time: datetime


@dataclass(frozen=True)
class Round:
    """A round as it stands after some event.

    Attributes:
        key: stable unique id.
        protocol: as it is followed now, with what deviations changed.
        frozen: as it was at the start.
        digest: the hash of the protocol, as it was written then.
        started_by: who started it.
        started_at: when, UTC.
        deviations: in their order.
        repeats: the key of the round that this one repeats, for another version of the model; empty where none.
        closed: why nothing is judged any more; empty while the round is open.
        undone: whether its start is taken back, so that it is none.
    """

    key: str
    protocol: Protocol
    frozen: Protocol
    digest: str
    started_by: str
    started_at: datetime
    deviations: tuple[Deviation, ...] = ()
    repeats: str = ""
    closed: str = ""
    undone: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return self.protocol.name


@dataclass(frozen=True)
class Verdict:
    """What one reviewer says of one item.

    Attributes:
        round: the key of the round.
        id: of the image or box.
        reviewer: who judged.
        verdict: one of `VERDICTS`.
        severity: one of `SEVERITIES`, empty where nothing is said.
        reason: why the model failed, in words.
        categories: names of the categories of edge case that the item belongs to.
        comment: whatever else there is to say.
        seconds: how long the item was looked at; 0 where nobody measured.
        reading: on what occasion.
        time: when, UTC.
    """

    round: str
    id: str
    reviewer: str
    verdict: str
    time: datetime
    severity: str = ""
    reason: str = ""
    categories: tuple[str, ...] = ()
    comment: str = ""
    seconds: float = 0.0
    reading: Reading = "first"

    @property
    def is_repeat(self) -> bool:
        """Whether the item came a second time, unannounced."""
        return self.reading == "repeat"

    @property
    def is_adjudication(self) -> bool:
        """Whether it settles on what reviewers differed."""
        return self.reading == "adjudication"

    @property
    def shown(self) -> str:
        """The verdict in words: `Technically inadequate`."""
        return VERDICTS[self.verdict]


class Item(NamedTuple):
    """One place in a reviewer's order.

    Attributes:
        place: from 0 on; whether an item comes again does not show in it.
        id: of the image or box.
        reading: on what occasion it is judged; a reviewer is not told.
        verdict: what the reviewer said of it on this occasion; None where nothing yet.
    """

    place: int
    id: str
    reading: Reading = "first"
    verdict: Verdict | None = None


def checked_protocol(protocol: Protocol) -> Protocol:
    """The protocol as it is kept: names without white space around them, everything in a fixed order.

    Raises:
        ReviewError: it cannot be followed; the message says what was expected.
    """
    name = " ".join(protocol.name.split())
    reviewers = tuple(dict.fromkeys(" ".join(each.split()) for each in protocol.reviewers))
    calibration = tuple(dict.fromkeys(protocol.calibration))
    items = tuple(each for each in dict.fromkeys(protocol.items) if each not in frozenset(calibration))
    _expect(name != "" and name.isprintable(), "a name for the round", protocol.name)
    _expect(bool(items or calibration), "at least one image or object to judge", "none")
    _expect(
        bool(reviewers) and all(map(str.isprintable, reviewers)) and all(reviewers), "names of reviewers", reviewers
    )
    _expect(0 <= protocol.overlap <= len(reviewers), f"an overlap of 1 to {len(reviewers)} reviewers", protocol.overlap)
    _expect(0 <= protocol.repeats <= 1, "a share of 0 to 1 that comes again", protocol.repeats)
    _expect(set(protocol.blinded) <= set(BLINDABLE), f"to be blinded of {', '.join(BLINDABLE)}", protocol.blinded)
    _expect(protocol.adjudication in ADJUDICATIONS, f"one of {', '.join(ADJUDICATIONS)}", protocol.adjudication)
    named = dict(protocol.thresholds)
    _expect(named.keys() <= set(THRESHOLDS), f"thresholds of {', '.join(THRESHOLDS)}", ", ".join(named))
    _expect(all(math.isfinite(each) for each in named.values()), "finite thresholds", named)
    return replace(
        protocol,
        name=name,
        items=items,
        reviewers=reviewers,
        overlap=0 if protocol.overlap == len(reviewers) else protocol.overlap,
        blinded=tuple(each for each in BLINDABLE if each in protocol.blinded),
        calibration=calibration,
        thresholds=tuple(sorted((each, float(value)) for each, value in named.items())),
    )


def read_protocol(facts: Mapping[str, Any]) -> Protocol:
    """The protocol that `Protocol.facts` wrote.

    Raises:
        ReviewError: a field is unknown, or one that has to be there is missing.
    """
    known = {field.name for field in fields(Protocol)}
    _expect(facts.keys() <= known, f"fields of a protocol ({', '.join(sorted(known))})", ", ".join(facts))
    _expect({"name", "items", "reviewers"} <= facts.keys(), "a protocol with name, items and reviewers", list(facts))
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    if "thresholds" in values:
        values["thresholds"] = tuple(dict(values["thresholds"]).items())
    return Protocol(**values)


def checked_verdict(verdict: Verdict) -> Verdict:
    """The verdict as it is kept.

    Raises:
        ReviewError: verdict or severity is none of those there are, or the time is no number.
    """
    _expect(verdict.verdict in VERDICTS, f"as verdict one of {', '.join(VERDICTS)}", verdict.verdict)
    _expect(verdict.severity in ("", *SEVERITIES), f"as severity one of {', '.join(SEVERITIES)}", verdict.severity)
    _expect(math.isfinite(verdict.seconds) and verdict.seconds >= 0, "seconds of reading, 0 or more", verdict.seconds)
    return replace(
        verdict,
        reviewer=" ".join(verdict.reviewer.split()),
        reason=verdict.reason.strip(),
        comment=verdict.comment.strip(),
        categories=tuple(dict.fromkeys(filter(None, (" ".join(each.split()) for each in verdict.categories)))),
        seconds=round(float(verdict.seconds), 3),
    )


def said_verdict(text: str) -> str:
    """A verdict as it is kept, of how a person writes it: `Technically inadequate`, `correct`.

    Raises:
        ReviewError: it is none.
    """
    said = " ".join(text.split()).casefold()
    names = {shown.casefold(): name for name, shown in VERDICTS.items()}
    _expect(said in names or said in VERDICTS, f"as verdict one of {', '.join(VERDICTS.values())}", text)
    return names.get(said, said)


def of_reading(verdicts: Iterable[Verdict], reading: Reading) -> list[Verdict]:
    """Those of one occasion."""
    return [each for each in verdicts if each.reading == reading]


def _listed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _expect(holds: bool, expected: str, found: object) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise ReviewError(f"Expected {expected}, found {found!r}.")
