"""A workspace whose every name is written in what Streamlit's Markdown would make something else of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image

import explorer
from explorer.store.decisions.subsets import Member

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace

ICON = ":material/delete: is :material_bolt:"
COLOUR = ":red[stop] $x^2$"
EMOJI = ":smile: **b** `c` a -> b"
LINK = "[x](http://e.example) <b>"
LONG = "night " * 30 + ":fire:"
"""The longest is no longer than a subset's name may be."""

WORDS = (ICON, COLOUR, EMOJI, LINK)


def hostile_workspace(folder: Path) -> Workspace:
    """Forty images with such labels, columns, subsets and models."""
    (folder / "images").mkdir()
    chance = np.random.default_rng(3)
    rows = []
    for number in range(40):
        file = folder / "images" / f"{number:02} :smile: $a$ _b_.png"
        Image.fromarray(chance.integers(0, 255, (16, 16, 3)).astype(np.uint8)).save(file)
        label = WORDS[number % 2]
        said = WORDS[(number + number // 9) % 2]
        rows.append(
            {
                "image": str(file),
                "label": label,
                f"{EMOJI}.prediction": said,
                f"{EMOJI}.confidence": 0.5 + number / 100,
                "two.prediction": label,
                "two.confidence": 0.9,
                COLOUR: WORDS[number % 4],
                LINK: float(number),
            }
        )
    pd.DataFrame(rows).to_csv(folder / "table.csv", index=False)
    np.save(folder / "v.npy", chance.normal(size=(40, 8)))
    workspace = explorer.build(folder / "table.csv", folder / "ws", vectors=folder / "v.npy", name=f"{ICON} {LONG}")
    members = [Member(each, "lasso") for each in workspace.ids[:5]]
    for name in (ICON, LONG):
        workspace.decisions.create_subset(name, author=COLOUR, note=EMOJI, category=LINK, members=members)
    gone = workspace.decisions.create_subset(EMOJI, author="Ada", members=members)
    workspace.decisions.delete_subset(gone.key, author="Ada")
    return workspace
