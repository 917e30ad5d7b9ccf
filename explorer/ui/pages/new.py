"""A new workspace from one's own data, step by step: the data, what was found, the model, and the build."""

from pathlib import Path

import streamlit as st

from explorer.ui.start import draft, finish, found, models, source

_, middle, _ = st.columns([1, 5, 1])
with middle:
    st.markdown("### New workspace from my data")
    now = draft.current()
    if now is None:
        source.draw()
    else:
        seen = None
        with st.container(border=True):
            title, other = st.columns([5, 2], vertical_alignment="center")
            place = title.empty()
            other.button("Choose other data", icon=":material/arrow_back:", on_click=draft.drop, width="stretch")
            seen = found.draw(now)
            place.markdown(found.title(now, seen))
        if seen:
            st.markdown("#### What compares the images")
            with st.container(border=True):
                model = models.draw(seen)
                if model and "vectors" in model and not found.vectors_fit(now, Path(model["vectors"])):
                    model = None
            finish.draw(now, model)
