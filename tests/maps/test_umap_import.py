"""Our copy of UMAP is UMAP, and leaves others' alone."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

import numba
import pytest
from numba.core.dispatcher import Dispatcher

from explorer.maps import umap_import
from explorer.maps.layout import _with_self_first, lay_out
from tests.maps.conftest import embedded

if TYPE_CHECKING:
    from explorer.data.records import Float32, Layout, Neighbors

pytestmark = pytest.mark.slow


def test_umap_of_others_survives_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while our copy is made: who imported UMAP before has it afterwards, and numba compiles again."""
    theirs, search = ModuleType("umap"), sys.modules.get("pynndescent")
    monkeypatch.setitem(sys.modules, "umap", theirs)

    def interrupted(name: str) -> ModuleType:
        import_module(name)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(umap_import, "import_module", interrupted)
        patch.setattr(umap_import, "_umap_modules", umap_import._umap_modules.__wrapped__)
        with pytest.raises(KeyboardInterrupt), umap_import.umap_without_search():
            pytest.fail("It was interrupted.")
    assert sys.modules["umap"] is theirs
    assert sys.modules.get("pynndescent") is search
    assert not numba.config.DISABLE_JIT


def test_two_threads_lay_out_one_after_the_other(digits: tuple[Float32, Neighbors, Layout]) -> None:
    """So that neither takes the other's UMAP for somebody else's, and leaves it behind."""
    vectors, graph, layout = digits
    before = sys.modules.get("umap")
    with ThreadPoolExecutor(1) as pool:
        with umap_import.umap_without_search():
            second = pool.submit(lay_out, embedded(vectors), graph)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
            assert second.running()
        assert second.result().xy.tobytes() == layout.xy.tobytes()
    assert sys.modules.get("umap") is before


@pytest.mark.filterwarnings("ignore:precomputed_knn")  # as we ignore it: new points are placed without UMAP
def test_our_copy_of_umap_begins_as_the_whole_one(digits: tuple[Float32, Neighbors, Layout]) -> None:
    """Whoever imports UMAP in our process gets it with its neighbour search compiled; graph and start are the same."""
    vectors, graph, _ = digits
    import pynndescent.utils
    import umap

    with umap_import.umap_without_search() as ours:
        assert ours is not umap
        assert sys.modules["umap"] is ours
        assert isinstance(sys.modules["pynndescent.utils"].make_heap, FunctionType)
    assert sys.modules["umap"] is umap
    assert isinstance(pynndescent.utils.make_heap, Dispatcher)
    begun = [
        module.UMAP(
            metric="cosine", precomputed_knn=_with_self_first(graph, 15), random_state=42, n_jobs=1, n_epochs=0
        ).fit(vectors)
        for module in (umap, ours)
    ]
    assert begun[0].embedding_.tobytes() == begun[1].embedding_.tobytes()
    assert (begun[0].graph_ != begun[1].graph_).nnz == 0


def test_what_we_use_of_umap_is_compiled_once_for_all_processes() -> None:
    with umap_import.umap_without_search():
        methods = import_module("umap.umap_")
    for compiled in (methods.smooth_knn_dist, methods.compute_membership_strengths):
        assert compiled.stats.cache_path


def test_without_shortcuts_umap_is_whole_and_the_map_the_same(
    digits: tuple[Float32, Neighbors, Layout], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, graph, layout = digits
    monkeypatch.setenv(umap_import.NO_SHORTCUTS, "1")
    import umap

    with umap_import.umap_without_search() as theirs:
        assert theirs is umap
    assert lay_out(embedded(vectors), graph).xy.tobytes() == layout.xy.tobytes()
