"""Signals of the user's own: functions of an image, named `module:function`.

Such a function takes an image as `PIL.Image.Image`, upright and RGB, and gives a number::

    def redness(image):
        \"\"\"How red an image is.\"\"\"
        return image.resize((1, 1)).getpixel((0, 0))[0] / 255

It is called once for each image content, from several threads; what it gave is kept until its module changes. What
needs more than one image's pixels is a column of the table that a workspace is built from: its numbers count as a
signal too.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.actions.measure import Measurer
from explorer.data.counts import counted
from explorer.errors import SourceError, in_words
from explorer.signals.reading import Way
from explorer.signals.registry import model_signals, titles
from explorer.store.derived.measurements import Measurements

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.data.images import OpenImage
    from explorer.data.records import Float32
    from explorer.store.derived.manifest import Manifest
    from explorer.store.paths import WorkspacePaths

_OWN = "own-"
_VALUE = "value"


@dataclass(frozen=True)
class OwnSignal:
    """A function of the user's.

    Attributes:
        name: the column: what the function is called.
        function: takes an upright RGB image, gives a number.
        key: names the content of its module's file.
        failures: what went wrong, an error in words for each image.
    """

    name: str
    function: Callable[[Any], Any]
    key: str
    failures: list[str] = field(default_factory=list)

    def measurer(self, paths: WorkspacePaths) -> Measurer:
        """How images are measured by it; what another version of its module gave is forgotten."""
        folder = paths.measured / f"{_OWN}{self.name}-{self.key}"
        for former in paths.measured.glob(f"{_OWN}{self.name}-*"):
            if former != folder:
                shutil.rmtree(former, ignore_errors=True)
        return Measurer(Measurements(folder), Way(self._number, lambda numbers: {_VALUE: list(numbers)}))

    def _number(self, opened: OpenImage) -> float:
        """What the function gives for an image; NaN where it fails, which is counted."""
        image = opened.pixels()
        try:
            return float(self.function(image.copy()))
        except Exception as error:  # noqa: BLE001 - the code is the user's
            self.failures.append(in_words(f"{type(error).__name__}: {error}"))
            return float("nan")

    @property
    def problems(self) -> list[str]:
        """What went wrong in it, a sentence each."""
        return [f"--signal {self.name} failed on {_images(n)}: {why}" for why, n in Counter(self.failures).items()]


def _images(n: int) -> str:
    return counted(n, "image")


def own_signal(named: str) -> OwnSignal:
    """The function that is named `module:function`; modules are looked for in the current folder too.

    Raises:
        SourceError: it cannot be imported or is no function.
    """
    module_name, colon, name = named.partition(":")
    expected = f"Expected a function as --signal module:function, found {named!r}"
    if not (colon and module_name and name.isidentifier()):
        raise SourceError(f"{expected}.")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise SourceError(f"{expected}, which cannot be imported: {type(error).__name__}: {error}") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise SourceError(f"{expected}: {module_name} has no function of this name.")
    file = getattr(module, "__file__", None)
    content = Path(file).read_bytes() if file else b""
    return OwnSignal(name, function, sha256(content).hexdigest()[:16])


def kept_signals(paths: WorkspacePaths, digests: Sequence[str]) -> dict[str, Float32]:
    """What functions of the user's gave for images, by their names: float32 (n,), NaN where they were not asked."""
    held = {_name(folder): Measurements(folder).of(digests) for folder in sorted(paths.measured.glob(f"{_OWN}*"))}
    return {name: values[_VALUE].to_numpy("float32") for name, values in held.items() if _VALUE in values}


def own_columns(manifest: Manifest) -> list[str]:
    """The numbers that functions of the user's gave the images of a build."""
    known = titles() | model_signals(manifest.predictions)
    return [name for name in manifest.signals if name not in known]


def _name(folder: Path) -> str:
    return folder.name.removeprefix(_OWN).rpartition("-")[0]
