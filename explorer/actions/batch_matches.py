"""What the points of a batch match, kept as an artefact of the build."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from explorer.data.keys import artefact_key
from explorer.store.derived.artefacts import fresh_folder, is_whole, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.store.derived.manifest import Manifest
    from explorer.store.paths import WorkspacePaths
    from explorer.store.workspace import Workspace


_MATCHES, _DETECTORS = "matches.parquet", "detectors.json"


def save_matches(paths: WorkspacePaths, found: pd.DataFrame, detectors: Sequence[Mapping[str, Any]]) -> str:
    """Keep what points of a batch match, index point id, and how good the detectors are; gives the artefact's name."""
    rows = pd.util.hash_pandas_object(found, index=True).to_numpy()
    folder = paths.derived / f"matches-{artefact_key(rows=rows, detectors=list(detectors))}"
    if not is_whole(folder):
        with fresh_folder(folder) as scratch:
            found.to_parquet(scratch / _MATCHES)
            write_json(scratch / _DETECTORS, list(detectors))
    return folder.name


def load_matches(paths: WorkspacePaths, artefact: str) -> pd.DataFrame:
    """What `save_matches` kept: `space`, `subset` (the surest match, None for an ordinary point), `similarity`."""
    return pd.read_parquet(paths.derived / artefact / _MATCHES)


def held_against(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    """What a batch was held against, and how good that is on points held out; nothing before it was matched."""
    artefact = matches_of(workspace.manifest).get(name)
    if not artefact:
        return []
    figures: list[dict[str, Any]] = json.loads((workspace.paths.derived / artefact / _DETECTORS).read_text("utf-8"))
    return figures


def matches_of(manifest: Manifest) -> dict[str, str]:
    """The artefacts of what each batch matches, by its name."""
    return {batch["name"]: batch["matches"] for batch in manifest.batches}
