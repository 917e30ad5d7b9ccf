"""Holding a round of review in a test, in one call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from explorer.actions.review import start_round
from explorer.data.verdicts import Protocol, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.store.workspace import Workspace

REVIEWERS = ("Ada", "Bo")


def review(
    workspace: Workspace, said: Mapping[str, Sequence[str]], *, model: str = "v1", severity: str = "", name: str = "R"
) -> None:
    """Hold a round in which Ada and Bo say these things of these items, their errors all of one severity."""
    thresholds = (("at_least", 0.5), ("min_n", 20.0))
    protocol = Protocol(name, tuple(said), REVIEWERS, model=model, repeats=0.0, thresholds=thresholds)
    start_round(workspace, protocol, author="Ada")
    verdicts = [
        Verdict(
            round="",
            id=item,
            reviewer=who,
            verdict=one,
            time=datetime.now(UTC),
            severity=severity if one == "incorrect" else "",
            comment=f"seen by {who}",
        )
        for item, both in said.items()
        for who, one in zip(REVIEWERS, both, strict=False)
    ]
    if verdicts:
        workspace.verdicts.give(name, verdicts, author="Ada")
