"""Numbers of things in words."""

from __future__ import annotations

import pytest

from explorer.data.counts import counted


@pytest.mark.parametrize(
    ("n", "one", "many", "said"),
    [
        (0, "image", "", "0 images"),
        (1, "image", "", "1 image"),
        (2, "image", "", "2 images"),
        (1, "box", "boxes", "1 box"),
        (1024, "box", "boxes", "1,024 boxes"),
    ],
)
def test_one_is_not_several(n: int, one: str, many: str, said: str) -> None:
    assert counted(n, one, many) == said
