"""The app's frame: waits for what is being imported, then draws the page.

It lies among its pages because Streamlit, where it finds a folder `pages` beside the main script, runs the first page
that is asked for by its address without this frame.
"""

from explorer.ui.server.preload import warming

with warming().page():
    from explorer.ui import frame

    frame.draw()
