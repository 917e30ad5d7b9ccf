"""What analyses came to: JSON in an artefact for each, which stays as long as the build that it is of.

It is written without holding the workspace: a build that begins meanwhile may clear away what is not finished.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from explorer.data.keys import artefact_key
from explorer.data.untrusted import MALFORMED
from explorer.store.derived.artefacts import fresh_folder, is_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from explorer.store.derived.manifest import Manifest

_ANALYSIS = "analysis"


def build_prefix(manifest: Manifest) -> str:
    """What the names of all results begin with that are of a build's rows, maps and signals."""
    of = {
        "artefacts": sorted(manifest.artefacts),
        "spaces": manifest.spaces,
        "signals": manifest.signals,
        "predictions": manifest.predictions,
        "task": manifest.task,
        "batches": [batch["name"] for batch in manifest.batches],
    }
    return f"{_ANALYSIS}-{artefact_key(**of)}-"


def kept_analyses(derived: Path, manifest: Manifest) -> list[str]:
    """Names of all results that are kept of a build: others once something more was computed."""
    return sorted(folder.name for folder in derived.glob(f"{build_prefix(manifest)}*"))


class Analysis:
    """Where one kind of analysis of a build is kept.

    Args:
        derived: the folder of derived files.
        manifest: of the build.
        kind: which analysis.
        of: all it depends on beside the build, JSON by name.
        newest: what replaces what was kept of the same: the newest decision that was read.

    Attributes:
        folder: its own; the same folder, the same result.
    """

    def __init__(
        self, derived: Path, manifest: Manifest, kind: str, of: Mapping[str, object], newest: str = ""
    ) -> None:
        self._derived = derived
        self._same = f"{build_prefix(manifest)}{kind}-{artefact_key(of=of)}-"
        self.folder = derived / f"{self._same}{artefact_key(newest=newest)[:8]}"

    @property
    def exists(self) -> bool:
        """Whether it was kept, whole."""
        return is_whole(self.folder)

    def read(self, part: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """A part as it was kept; None where it cannot be read."""
        try:
            return json.loads((self.folder / f"{part}.json").read_text("utf-8"))
        except MALFORMED:
            return None

    def keep(self, parts: Mapping[str, str]) -> None:
        """Keep the parts, each JSON, in place of what older decisions gave; where that cannot be, it is left."""
        with suppress(OSError):  # an answer that cannot be kept is one all the same
            with fresh_folder(self.folder) as scratch:
                for part, text in parts.items():
                    (scratch / f"{part}.json").write_text(text, "utf-8")
            for former in self._derived.glob(f"{self._same}*"):
                if former != self.folder:
                    shutil.rmtree(former, ignore_errors=True)
