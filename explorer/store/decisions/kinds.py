"""The kinds of decision."""

from __future__ import annotations

from explorer.store.decisions.subset_stream import SUBSET

KINDS = {kind.name: kind for kind in (SUBSET,)}
"""Every kind of stream by its name; what is registered here is replayed, told in sentences, undone and verified."""
