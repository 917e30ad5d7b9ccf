"""Where the model that is looked at may fail."""

from __future__ import annotations

from explorer.actions.analyzed import analyzed
from explorer.actions.failure_modes import Failures, failures
from explorer.points.cache import Cache
from explorer.ui.session import opened

_found: Cache[Failures] = Cache(8)


def of() -> Failures:
    """Where the chosen model may fail, as decisions stand now."""
    view, model, log = opened.view(), opened.model(), opened.decisions()
    newest = log.standing().sequence
    return _found.get((view.key, model, newest), lambda: failures(analyzed(view, model)))
