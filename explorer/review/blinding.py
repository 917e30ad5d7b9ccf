"""What a person may see of an item while a round is open; every page, command and export asks here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.data.verdicts import Round

SEES_ALL = "owner"
"""The role from which nothing is hidden."""

_TELLING = frozenset({"label", "metadata"})
"""What the name of a file may give away: it often holds the class, the patient, or the day."""


@dataclass(frozen=True)
class Facts:
    """What is known of an image or a box, beside how it looks; None where it is not known, or not to be seen.

    Attributes:
        id: its stable id; often a path, so never shown where `title` is empty.
        title: the name of its file; empty where that is not to be seen.
        label: the label in the data; of an image with boxes their classes.
        prediction: what the model says; of an image with boxes the classes of its detections.
        confidence: how sure it is, 0 to 1; of several detections the surest.
        model: whose prediction it is.
        metadata: other columns in words, by name.
        hidden: what is kept from this person, of `BLINDABLE`; boxes of hidden labels or predictions are not drawn.
    """

    id: str
    title: str
    label: str | None = None
    prediction: str | None = None
    confidence: float | None = None
    model: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


def hidden(one: Round, role: str) -> frozenset[str]:
    """What is kept from a person with this role: what the protocol blinds, while the round is open."""
    return frozenset() if one.closed or role == SEES_ALL else frozenset(one.protocol.blinded)


def visible(facts: Facts, one: Round, role: str) -> Facts:
    """The facts of an item without what is kept from a person.

    Args:
        facts: all that is known.
        one: the round in which the item is judged.
        role: of the person, one of `ROLES`.
    """
    kept = hidden(one, role)
    return replace(
        facts,
        title="" if _gives_away(facts.id, one, kept) else facts.title,
        label=None if "label" in kept else facts.label,
        prediction=None if "prediction" in kept else facts.prediction,
        confidence=None if "confidence" in kept else facts.confidence,
        model=None if "model" in kept else facts.model,
        metadata={} if "metadata" in kept else facts.metadata,
        hidden=kept,
    )


def shown_id(item: str, one: Round, role: str) -> str:
    """What an item is called for a person: its id, or where that may give something away what stands for it."""
    return alias(item) if _gives_away(item, one, hidden(one, role)) else item


def _gives_away(item: str, one: Round, kept: frozenset[str]) -> bool:
    """Whether an id may tell what is hidden; that of a detection names its model."""
    return bool(kept & _TELLING) or ("model" in kept and f"{one.protocol.model}:" in item)


def alias(item: str) -> str:
    """What stands for the id of an item that is not to be seen; the same wherever it is said."""
    return f"item-{hashlib.sha256(item.encode()).hexdigest()[:12]}"
