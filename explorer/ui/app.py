"""Starts the app: `streamlit run app.py -- [WORKSPACE] [--root DIR]...`, or `edgecase open`."""

from pathlib import Path

from starlette.middleware import Middleware
from streamlit import App

import explorer.ui
from explorer.ui.server.guard import Guard
from explorer.ui.server.nearby import Nearby
from explorer.ui.server.preload import skip_component_scan, while_serving
from explorer.ui.server.routes import server

skip_component_scan()
app = App(
    Path(explorer.ui.__file__).with_name("pages") / "main.py",
    routes=server().routes(),
    middleware=[Middleware(Guard, page=server().page()), Middleware(Nearby)],
    lifespan=while_serving,
)
