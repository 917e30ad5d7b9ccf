"""What can be said of an item, and how an answer of the browser is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.data.verdicts import SEVERITIES, VERDICTS, Verdict
from explorer.errors import CategoryError
from explorer.store.decisions.state import same_name
from explorer.ui.components.review import Answer, Choices

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explorer.store.workspace import Workspace

KEYS = {
    **{verdict: str(place) for place, verdict in enumerate(VERDICTS, 1)},
    **{severity: severity[0] for severity in SEVERITIES},
}
"""The key of each verdict and severity, unless a person gives it another one."""

SEVERE = "incorrect"
"""The verdict that a severity is asked for."""


def choices(workspace: Workspace, given: Iterable[Verdict]) -> Choices:
    """What can be said: categories that are in use, and reasons that were named before."""
    categories = [each.name for each in workspace.categories.all() if not each.retired]
    reasons = dict.fromkeys(each.reason for each in given if each.reason)
    severities = {severity: severity.title() for severity in SEVERITIES}
    return Choices(VERDICTS, severities, KEYS, SEVERE, tuple(categories), tuple(reasons))


def before(given: Verdict | None) -> dict[str, Any] | None:
    """What was said of an item before, as the browser shows it."""
    if given is None:
        return None
    fields = ("verdict", "severity", "reason", "comment")
    return {field: getattr(given, field) for field in fields} | {"categories": list(given.categories)}


def is_said(answer: Answer, given: Verdict | None) -> bool:
    """Whether an answer is what stands already: the browser sends it again where it did not hear of that."""
    return given is not None and before(given) == {
        "verdict": answer.verdict,
        "severity": answer.severity,
        "reason": answer.reason.strip(),
        "comment": answer.comment.strip(),
        "categories": list(answer.categories),
    }


def said(answer: Answer) -> dict[str, Any]:
    """An answer as `give_verdict` and `adjudicate` take it, after the verdict."""
    fields = ("severity", "reason", "categories", "comment")
    return {field: getattr(answer, field) for field in fields} | {"seconds": answer.milliseconds / 1000}


def add_categories(workspace: Workspace, names: Sequence[str], *, author: str) -> None:
    """Make those categories that nobody has named before.

    Raises:
        CategoryError: a name cannot be.
        WorkspaceError: the decision cannot be written.
    """
    for name in names:
        if not _is_named(workspace, name):
            try:
                workspace.categories.add(name, author=author)
            except CategoryError:
                if not _is_named(workspace, name):  # else somebody made it a moment ago
                    raise


def _is_named(workspace: Workspace, name: str) -> bool:
    return any(same_name(name) == same_name(each) for one in workspace.categories.all() for each in one.names)
