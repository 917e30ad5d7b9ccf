"""Which numbers errors go with: measures of the images and columns of the table, the one that matters most first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from explorer.actions.analyze import computed
from explorer.actions.driver_findings import DRIVERS, KIND
from explorer.ui.session import findings, opened, text
from explorer.ui.widgets import measuring

if TYPE_CHECKING:
    from explorer.actions.analyze import Result

_ROW, _HEAD = 35, 37
_MEANING = (
    "Importance is how much worse errors are foretold by all numbers together when this one is shuffled: a number that "
    "only goes along with another has little. Spearman's rho and mutual information look at each number alone."
)


def draw() -> None:
    """Draw the numbers and how errors go with each."""
    result = _result()
    if not result.rows:
        st.info(text.plain(result.told.reason or KIND.nothing), icon=":material/info:")
        return
    for one in result.told.found:
        st.markdown(text.plain(one.sentence))
    names = opened.points().colourings(opened.model(), opened.view().models)
    table = pd.DataFrame(result.rows)
    table["signal"] = [names.get(name, name) for name in table["signal"]]
    st.dataframe(
        table[["signal", "importance", "rho", "p", "mutual_information"]],
        hide_index=True,
        width="stretch",
        height=min(len(table), 20) * _ROW + _HEAD,
        placeholder="–",
        column_config={
            "signal": st.column_config.TextColumn("Number", width="medium"),
            "importance": st.column_config.ProgressColumn(
                "Importance", format="%.3f", min_value=0.0, max_value=max(float(table["importance"].max()), 1e-9)
            ),
            "rho": st.column_config.NumberColumn("Spearman's rho", format="%+.2f"),
            "p": st.column_config.NumberColumn("p", format="%.2g"),
            "mutual_information": st.column_config.NumberColumn("Mutual information", format="%.3f"),
        },
    )
    group = findings.settings().group_by
    st.caption(f"{_MEANING} Images with the same {text.plain(group)} are kept together." if group else _MEANING)
    measuring.offer()


def _result() -> Result:
    of = findings.of()
    with st.spinner("Looking at what errors go with…"):
        return of.once("drivers with their findings", lambda: computed(of, [KIND], lambda _: None)[DRIVERS])
