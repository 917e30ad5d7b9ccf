"""Who is looking: who signed in, or a field for a name, which the browser keeps."""

from __future__ import annotations

import streamlit as st

from explorer.ui.components.kept_name import kept_name
from explorer.ui.session import identity, text


def field() -> None:
    """Draw who is looking, and let a person say so where nobody signs in."""
    if identity.are_checked():
        st.caption(f"Signed in as **{text.plain(identity.name())}** ({identity.role()})")
        st.button("Sign out", icon=":material/logout:", type="tertiary", on_click=st.logout)
        return
    st.text_input("Your name", key="author", help="Recorded with everything that you decide.", max_chars=80)
    if identity.name() != identity.kept_name():
        kept_name(identity.COOKIE, identity.name(), key="kept name")
