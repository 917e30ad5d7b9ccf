"""The kinds of decision."""

from __future__ import annotations

from explorer.store.decisions.category_stream import CATEGORY
from explorer.store.decisions.correction_stream import CORRECTION
from explorer.store.decisions.export_stream import EXPORT
from explorer.store.decisions.finding_stream import FINDING
from explorer.store.decisions.round_stream import ROUND
from explorer.store.decisions.subset_stream import SUBSET
from explorer.store.decisions.verdict_stream import VERDICT
from explorer.store.decisions.view_stream import VIEW

KINDS = {kind.name: kind for kind in (SUBSET, VIEW, FINDING, CORRECTION, CATEGORY, EXPORT, ROUND, VERDICT)}
"""Every kind of stream by its name; what is registered here is replayed, told in sentences, undone and verified."""
