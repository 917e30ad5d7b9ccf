"""What Streamlit forgets of widgets that were not drawn is there for what is drawn next."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _script() -> None:
    import streamlit as st

    from explorer.ui.session import kept

    st.session_state.setdefault("step", "draw")
    if st.session_state.step != "part":
        kept.keep({"number": "5"}, "page")
    if st.session_state.step == "draw":
        st.text_input("Number", key="number")
    if st.session_state.step == "part":
        st.session_state.was_there = "number" in st.session_state
        kept.restore()
        st.markdown(f"Number {st.session_state.number}")


def test_a_part_of_a_page_has_what_the_last_whole_run_did_not_draw() -> None:
    app = AppTest.from_function(_script).run()
    app.text_input[0].set_value("7").run()
    app.session_state.step = "not drawn"
    app.run()
    app.session_state.step = "part"
    app.run()
    assert not app.session_state.was_there, "Streamlit keeps it now: this way round is needed no more"
    assert app.markdown[0].value == "Number 7"
