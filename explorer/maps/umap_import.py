"""UMAP without the compilation that our own graph makes needless."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


_ONE_LAYOUT = Lock()
"""Two threads would take each other's UMAP for somebody else's."""


@contextmanager
def umap_without_search() -> Iterator[Any]:
    """Put UMAP where it is imported from, in a copy that leaves out its own neighbour search: our graph is given.

    Importing pynndescent compiles it, for up to half a minute in a new installation; in our copy it stays plain
    Python. Outside this context, whoever imports UMAP in this process has it whole.
    """
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
