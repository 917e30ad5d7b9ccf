"""What a report recommends: drafted from what was counted, until people say it otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from explorer.data.categories import DOING
from explorer.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = 1

_SEEN_BY_THE_EYE = ("pixel", "domain")
"""Levels of a category whose look training images can be given."""


class Step(NamedTuple):
    """One recommended action: one of `DOING`, and a sentence."""

    do: str
    what: str

    @property
    def line(self) -> str:
        """As a category keeps it, such as `collect: Find more.`."""
        return f"{self.do}: {self.what}"


class Counted(NamedTuple):
    """What is known of a failure mode.

    Attributes:
        counting: examples that count.
        target: how many are aimed at; 0 where there is no aim.
        level: of its category; empty where nobody said.
        errors: of the model, among what was judged.
        judged: how many were judged right or wrong.
        doubted: of the errors, those whose label is probably wrong.
        copies: examples that are copies of another one.
        leaking: examples that the model may have learnt from.
        inadequate: examples that reviewers found technically inadequate.
    """

    counting: int
    target: int
    level: str
    errors: int
    judged: int
    doubted: int
    copies: int
    leaking: int
    inadequate: int


class Written(NamedTuple):
    """What people wrote: a summary, empty where there is none, and the actions by the name of a failure mode."""

    summary: str
    actions: Mapping[str, Sequence[Step]]


def drafted(of: Counted) -> list[Step]:
    """What follows from the counts, the most direct first; nothing where there is nothing to mend."""
    unfit = {
        "technically inadequate": of.inadequate,
        "copied from others": of.copies,
        "possibly learnt from": of.leaking,
    }
    told = ", ".join(f"{count:,} {name}" for name, count in unfit.items() if count)
    missing = of.target - of.counting
    steps = [
        Step("relabel", f"Check the labels of {of.doubted:,} of the {of.errors:,} errors: they are probably wrong.")
        if of.doubted
        else None,
        Step("collect", f"Find {missing:,} more examples: {of.counting:,} of the {of.target:,} aimed at count.")
        if missing > 0
        else None,
        Step("collect", f"Add images of this kind to training: {of.errors:,} of {of.judged:,} are wrong.")
        if of.errors > of.doubted
        else None,
        Step("augment", "Give training images this look, in several strengths, and measure again.")
        if of.errors > of.doubted and of.level in _SEEN_BY_THE_EYE
        else None,
        Step("remove", f"Retire from the test set, with the reason: {told}.") if told else None,
    ]
    return [step for step in steps if step]


def decided(actions: Sequence[str]) -> list[Step]:
    """The actions that a category keeps."""
    parts = (one.partition(": ") for one in actions)
    return [Step(do, what) for do, _, what in parts]


def to_yaml(written: Written) -> str:
    """What people edit, as YAML."""
    actions = {name: [{"do": one.do, "what": one.what} for one in steps] for name, steps in written.actions.items()}
    document = {"format": FORMAT, "summary": written.summary, "actions": actions}
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110))


def from_yaml(text: str, where: str) -> Written:
    """What people wrote.

    Args:
        text: what `to_yaml` wrote, or a person in its form.
        where: what to call it in messages.

    Raises:
        ReviewError: it is something else.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ReviewError(f"Expected actions as YAML in {where}, found something else: {error}.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ReviewError(f"Expected `format: {FORMAT}`, `summary` and `actions` in {where}, found something else.")
    summary, actions = document.get("summary") or "", document.get("actions") or {}
    if not isinstance(summary, str) or not isinstance(actions, dict):
        raise ReviewError(
            f"Expected text as `summary` and names with lists as `actions` in {where}, found other things."
        )
    read = {str(name): _steps(steps, f"{where}, {name}") for name, steps in actions.items()}
    return Written(summary, read)


def _steps(steps: Any, where: str) -> list[Step]:  # noqa: ANN401 - whatever YAML holds
    if not isinstance(steps, list):
        raise ReviewError(f"Expected a list of actions in {where}, found {steps!r}.")
    return [_step(one, where) for one in steps]


def _step(entry: object, where: str) -> Step:
    if not isinstance(entry, dict) or entry.get("do") not in DOING or not isinstance(entry.get("what"), str):
        raise ReviewError(f"Expected `do` (one of {', '.join(DOING)}) and `what` in {where}, found {entry!r}.")
    return Step(str(entry["do"]), str(entry["what"]))
