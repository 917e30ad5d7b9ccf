"""What is in the workspace, what was left out, and how far the map can be trusted."""

from datetime import datetime

import pandas as pd
import streamlit as st

from explorer.data.left_out import left_out_in_words
from explorer.ui.dataset import samples, snapshots
from explorer.ui.session import opened
from explorer.ui.start import further
from explorer.ui.widgets import building, health, image_dialog

info = opened.view().workspace.info()
st.markdown("### Dataset")
building.whole()
health.images()
health.derived()
columns = st.columns(4)
columns[0].metric("Images", f"{info['samples']:,}")
columns[1].metric("Left out", left_out_in_words(opened.view().workspace.skipped) or "nothing")
columns[2].metric(
    "Trustworthiness of the map",
    "–" if info["trustworthiness"] is None else f"{info['trustworthiness']:.3f}",
    help="1 means that no point was placed near points it is unlike (Venna and Kaski 2001).",
)
columns[3].metric(
    "Neighbours kept",
    "–" if info["neighbors_kept"] is None else f"{info['neighbors_kept']:.0%}",
    help="Share of each image's nearest neighbours that are its nearest on the map too. About half is usual: "
    "lasso on the map, but grow in the original space.",
)
further.draw()
samples.draw()
snapshots.draw()
facts = {
    "Source": info["source"],
    "Built": f"{datetime.fromisoformat(info['built_at']):%Y-%m-%d %H:%M} UTC by version {info['version'] or 'unknown'}",
    "Embedding model": " ".join(dict.fromkeys(filter(None, [info["model"]["name"], info["model"]["pretrained"]]))),
    **({"Embedded by": info["model"]["ran"]} if info["model"].get("ran") else {}),
    "Maps": ", ".join(info["spaces"]),
    "Predictions": ", ".join(info["predictions"]) or "none",
    "Added later": ", ".join(f"{batch['name']} ({batch['images']:,})" for batch in info["batches"]) or "nothing",
    "UMAP": ", ".join(f"{name} {value}" for name, value in info["parameters"].items()),
}
st.markdown("#### About this build")
st.dataframe(pd.DataFrame(facts.items(), columns=["", "value"]), hide_index=True, width="stretch", placeholder="")
if info["skipped"]:
    st.markdown("#### Left out, and why")
    st.dataframe(pd.DataFrame(info["skipped"]), hide_index=True, width="stretch", placeholder="")
else:
    st.caption("Every image could be read.")
image_dialog.draw()
