"""All subsets as a table, a row of which opens one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from explorer.data.categories import DOING
from explorer.stats.intervals import rate
from explorer.ui.session import live_subsets, opened, text
from explorer.ui.session.state import CATEGORIES, SUBSETS
from explorer.ui.subsets import combine, detail
from explorer.ui.subsets.grow import points_of
from explorer.ui.widgets import export_dialog, tag_dialog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.store.decisions.subsets import Subset

NONE_YET = (
    "No edge-case subsets yet. Lasso a suspicious cluster on the Map and press **Tag**, or run "
    '`edgecase subset create WORKSPACE NAME --where "column=value"`.'
)
GONE = "The subset that was shown here is gone: deleted or undone. These are the others."
_TABLE = "subset_list"


def chosen(subsets: Sequence[Subset]) -> Subset | None:
    """The subset that is looked at; None for the list of all."""
    key = st.session_state.subset
    found = next((one for one in subsets if one.key == key), None)
    if key is not None and found is None:
        st.info(GONE)
        st.session_state.subset = None
    return found


def part() -> str:
    """Which list is looked at."""
    st.session_state.subsets_part = str(st.session_state.subsets_part)  # or the first is shown on coming back
    shown = st.segmented_control(
        "List", [SUBSETS, CATEGORIES], key="subsets_part", required=True, label_visibility="collapsed"
    )
    return str(shown)


def above(subsets: list[Subset]) -> None:
    """The title, and what is done with several or with none."""
    with st.container(key="row-subsets"):
        title, out, both, live, undo = st.columns([4, 2, 2, 2, 3], vertical_alignment="bottom")
    title.markdown("### Edge-case subsets")
    with out:
        export_dialog.button(key="export all")
    with both:
        combine.button(subsets)
    with live:
        tag_dialog.live_button()
    with undo:
        tag_dialog.undo_buttons()


def draw(subsets: Sequence[Subset]) -> None:
    """The table, and below it what was deleted and decided."""
    if subsets:
        _table(subsets)
        st.caption("A click on a row opens it: its images, what is most like them, and everything to do with it.")
    else:
        st.info(NONE_YET, icon=":material/bookmark_add:")
    detail.deleted()
    detail.history()


def _table(subsets: Sequence[Subset]) -> None:
    frame = pd.DataFrame([_row(live_subsets.now(subset).subset) for subset in subsets])
    frame = frame.dropna(axis="columns", how="all")
    st.dataframe(
        frame,
        key=_TABLE,
        hide_index=True,
        width="stretch",
        on_select=lambda: _open(subsets),
        selection_mode=("single-row", "single-cell"),
        placeholder="",
        column_config={
            "": st.column_config.ImageColumn(width=40, help="Its colour."),
            "Subset": st.column_config.TextColumn(width="medium"),
            "Members": st.column_config.NumberColumn(format="localized"),
            "Correct": st.column_config.NumberColumn(format="%.0f%%", help=_correct_of()),
            "Target": st.column_config.NumberColumn(format="localized", help="Members aimed at."),
            "Progress": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
            "To do": st.column_config.TextColumn(
                help="What is recommended, and whether exports leave it out: Edit says it in words."
            ),
            "Changed": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", help="UTC."),
        },
    )


def _correct_of() -> str:
    return f"How much of it {text.plain(str(opened.model()))} gets right."


def _row(subset: Subset) -> dict[str, Any]:
    points = points_of(subset)
    rows = points.space.rows(subset.ids)
    right, total, _ = points.judged(opened.model())
    share = rate(int(right[rows].sum()), int(total[rows].sum()))
    target = subset.target
    return {
        "": swatch(subset.colour),
        "Subset": subset.name,
        "Members": len(subset.members),
        "Correct": 100 * share.value if share.n else None,
        "Progress": min(1.0, len(subset.members) / target) if target else None,
        "Target": target,
        "Category": subset.category or None,
        "To do": ", ".join(_to_do(subset)) or None,
        "By": subset.created_by,
        "Changed": subset.updated_at.replace(tzinfo=None),
    }


def _to_do(subset: Subset) -> list[str]:
    """What is recommended; to be removed comes first where the subset is marked for it."""
    asked = [*(["remove"] if subset.remove else []), *(one.partition(":")[0] for one in subset.actions)]
    return [DOING[one] for one in dict.fromkeys(asked)]


def swatch(colour: str) -> str | None:
    """A picture of a colour, None where it is none."""
    if not detail.HEX.fullmatch(colour):
        return None
    return (
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='20' height='20'%3E"
        f"%3Crect width='20' height='20' rx='4' fill='%23{colour[1:]}'/%3E%3C/svg%3E"
    )


def _open(subsets: Sequence[Subset]) -> None:
    """Open the row that was clicked, wherever in it."""
    picked = st.session_state[_TABLE].selection
    rows = [*picked.rows, *(row for row, _ in picked.cells)]
    if rows:
        st.session_state.subset = subsets[rows[0]].key
