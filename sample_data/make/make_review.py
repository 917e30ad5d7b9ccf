"""Make `fashion/review/`: a round of review of `v2` by two reviewers that are a rule, not people.

Both judge by `truth.csv`, which says what was done to each image and what it really shows; seeded chance makes them
differ now and then, as people do. Categories stand in `categories.yaml`, written by hand.

Run: python sample_data/make/make_review.py
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from make_fashion import FAMILIES

from explorer.data.verdicts import Protocol, Reading, checked_protocol
from explorer.review.orders import order
from explorer.review.spreadsheet import Line, to_csv

SEED = 20261126
FOLDER = Path(__file__).parents[1] / "fashion"
MODEL = "v2"
REVIEWERS = ("reviewer 1", "reviewer 2")
EACH, CALIBRATION = 30, 6
"""Items of each condition, and those of all items that both judge first."""

CATEGORIES = {
    "dark": "Dark",
    "blurred": "Blurred",
    "rotated": "Rotated",
    "occluded": "Occluded",
    "over-exposed": "Over-exposed",
    "swapped": "Wrong label",
}
LOOK_ALIKE = "Look-alike"
REASONS = {
    "dark": "too little light",
    "blurred": "out of focus",
    "rotated": "unusual pose",
    "occluded": "the telling part is covered",
    "over-exposed": "too much light",
    "swapped": "",
}
UNUSABLE, DOUBTS, SLIPS, SEVERITY_DIFFERS, CHANGES_MIND = 0.3, 0.08, 0.05, 0.2, 0.1
"""Chances: that an over-exposed or dark image is found unusable, that a reviewer calls an error ambiguous, takes a
wrong prediction for right, names the next severity, and says something else when an item comes again."""


@dataclass(frozen=True)
class Shown:
    """An item: what it really is, and what was said of it."""

    condition: str
    true: str
    label: str
    predicted: str
    confidence: float
    unusable: bool


def main() -> None:
    """Write the protocol and the verdicts."""
    chance = np.random.default_rng(SEED)
    truth = pd.read_csv(FOLDER / "truth.csv", index_col="image")
    said = pd.read_csv(FOLDER / "labels.csv", index_col="image")
    truth["kind"] = truth["condition"].mask(truth["label_swapped"], "swapped")
    items = [name for kind in CATEGORIES for name in _drawn(truth.index[truth["kind"] == kind], chance)]
    known = truth.join(said)
    shown = {name: _shown(known.loc[[name]].iloc[0], chance) for name in items}
    calibration = [items[place] for place in range(0, len(items), len(items) // CALIBRATION)][:CALIBRATION]
    protocol = checked_protocol(
        Protocol(
            name="First round",
            items=tuple(items),
            reviewers=REVIEWERS,
            sources=tuple(f"category {name}" for name in CATEGORIES.values()),
            model=MODEL,
            calibration=tuple(calibration),
            thresholds=(("at_least", 0.6), ("min_n", 20)),
            seed=SEED,
        )
    )
    lines = [line for reviewer in REVIEWERS for line in _judged(protocol, reviewer, shown, chance)]
    folder = FOLDER / "review"
    folder.mkdir(exist_ok=True)
    (folder / "protocol.json").write_text(json.dumps(protocol.facts(), indent=1) + "\n", encoding="utf-8")
    (folder / "verdicts.csv").write_bytes(to_csv(lines, "long", full=True))
    print(f"{len(items)} items, {len(lines)} verdicts")


def _drawn(names: pd.Index, chance: np.random.Generator) -> list[str]:
    return sorted(chance.choice(np.asarray(names), EACH, replace=False).tolist())


def _shown(known: pd.Series, chance: np.random.Generator) -> Shown:
    condition = str(known["kind"])
    unusable = condition in ("dark", "over-exposed") and chance.random() < UNUSABLE
    return Shown(
        condition,
        str(known["true_label"]),
        str(known["label"]),
        str(known[f"{MODEL}.prediction"]),
        float(known[f"{MODEL}.confidence"]),
        bool(unusable),
    )


def _judged(protocol: Protocol, reviewer: str, shown: dict[str, Shown], chance: np.random.Generator) -> list[Line]:
    """What a reviewer says of each item in their order; of one that comes again mostly the same."""
    before: dict[str, Line] = {}
    lines = []
    for name, reading in order(protocol, reviewer):
        again = before.get(name)
        keeps = again is not None and chance.random() >= CHANGES_MIND
        line = _line(name, shown[name], reviewer, reading, chance)
        if again is not None and keeps:
            line = _line_as(again, reading)
        before.setdefault(name, line)
        lines.append(line)
    return lines


def _line_as(before: Line, reading: Reading) -> Line:
    return Line(**{**vars(before), "reading": reading})


def _line(name: str, item: Shown, reviewer: str, reading: Reading, chance: np.random.Generator) -> Line:
    verdict = _verdict(item, chance)
    wrong = verdict == "incorrect"
    alike = wrong and _family(item.predicted) == _family(item.true)
    swapped = item.condition == "swapped"
    return Line(
        image=name,
        label=item.label,
        prediction=item.predicted,
        confidence=f"{item.confidence:.4g}",
        categories=(CATEGORIES[item.condition], *([LOOK_ALIKE] if alike else [])),
        verdict=verdict,
        severity=_severity(item, chance) if wrong else "",
        comment=f"It shows a {item.true.lower()}; the label says {item.label.lower()}." if swapped else "",
        reviewer=reviewer,
        reason=REASONS[item.condition] if wrong else "",
        reading=reading,
    )


def _verdict(item: Shown, chance: np.random.Generator) -> str:
    slips, doubts = chance.random() < SLIPS, chance.random() < DOUBTS
    if item.unusable:
        return "ambiguous" if doubts else "inadequate"
    if item.predicted == item.true:
        return "correct"
    return "correct" if slips else "ambiguous" if doubts else "incorrect"


def _severity(item: Shown, chance: np.random.Generator) -> str:
    """Low within a family, medium beyond it, high where the model was sure as well; now and then the next one."""
    named = ("low", "medium", "high")
    beyond = _family(item.predicted) != _family(item.true)
    place = int(beyond) + int(beyond and item.confidence >= 0.9)
    differs = chance.random() < SEVERITY_DIFFERS
    return named[min(2, place + 1) if differs and place < 2 else place - int(differs)]


def _family(name: str) -> int:
    return next(place for place, family in enumerate(FAMILIES) if name in family)


if __name__ == "__main__":
    main()
