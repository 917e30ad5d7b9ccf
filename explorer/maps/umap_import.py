"""UMAP without the compilation that our own graph makes needless.

The doors of UMAP that are not ours, seen with umap-learn 0.5.12, pynndescent 0.7.0 and numba 0.68.1. A test for each
fails when it moves.

============================================= ====================================== ===================================
What is reached for                           What it saves                          What happens without
============================================= ====================================== ===================================
`numba.config.DISABLE_JIT` while a copy of    half a minute of compiling a search    the first map of an installation
UMAP, kept apart in `sys.modules`, imports    that a given graph makes needless      waits for it
`pynndescent`
`enable_caching` of `smooth_knn_dist` and     four seconds of compiling them, in     every build compiles them
`compute_membership_strengths`                each build but the first
============================================= ====================================== ===================================

The environment variable `EDGECASE_NO_SHORTCUTS` closes these and those of Streamlit (`explorer.ui.server.preload`).
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


NO_SHORTCUTS = "EDGECASE_NO_SHORTCUTS"
"""Environment variable; when it says anything, nothing leans on the inside of other libraries, and all takes longer."""

_ONE_LAYOUT = Lock()
"""Two threads would take each other's UMAP for somebody else's."""


def shortcuts() -> bool:
    """Whether to lean on the inside of other libraries where that saves time."""
    return not os.environ.get(NO_SHORTCUTS)


@contextmanager
def umap_without_search() -> Iterator[Any]:
    """Put UMAP where it is imported from, in a copy that leaves out its own neighbour search: our graph is given.

    In our copy pynndescent stays plain Python. Outside this context, whoever imports UMAP in this process has it whole.
    Without `shortcuts` there is no copy: it is whole here, too.
    """
    if not shortcuts():
        yield import_module("umap")
        return
    with _ONE_LAYOUT:
        theirs = _unload_umap()
        try:
            sys.modules.update(_umap_modules())
            yield sys.modules["umap"]
        finally:
            _unload_umap()
            sys.modules.update(theirs)


@cache
def _umap_modules() -> dict[str, ModuleType]:
    with _numba_idle():
        import_module("pynndescent")
    methods = import_module("umap.umap_")
    for compiled in (methods.smooth_knn_dist, methods.compute_membership_strengths):
        with suppress(RuntimeError):  # there is no folder to keep it in: every process then compiles it
            compiled.enable_caching()
    return _unload_umap()


def _unload_umap() -> dict[str, ModuleType]:
    """Take UMAP, if it is there, out of the loaded modules."""
    names = [name for name in list(sys.modules) if name.partition(".")[0] in {"umap", "pynndescent"}]
    return {name: sys.modules.pop(name) for name in names}


@contextmanager
def _numba_idle() -> Iterator[None]:
    """Functions that are declared in this context are not compiled."""
    import numba

    asked = numba.config.DISABLE_JIT
    numba.config.DISABLE_JIT = True
    try:
        yield
    finally:
        numba.config.DISABLE_JIT = asked
