"""Streamlit's page, which loads what the map needs while it waits for the app.

The page's browser waits for Python to import its libraries, and Python for nothing: what the browser can do by itself
it does then, whenever it has nothing else to do.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from explorer.ui.server.preload import front_end, front_end_parts

if TYPE_CHECKING:
    from collections.abc import Iterable

# Safari has no requestIdleCallback.
_LOADING = """{links}
<script type="module">
const load = (url) => import(new URL(url, document.baseURI));
const idle = window.requestIdleCallback ?? setTimeout;
idle(async () => {{ await (await load({ahead})).ready; {parts}.forEach(load); }});
</script>
</head>"""


def page(scripts: Iterable[str], plotly: str, ahead: str) -> str:
    """Return the page as HTML.

    Args:
        scripts: addresses of the map's modules, relative to the page, as all of these.
        plotly: address of plotly.js.
        ahead: address of the module that makes a plot and exports the promise of it as ``ready``.
    """
    links = [f'<link rel="modulepreload" href="{script}">' for script in scripts]
    links.append(f'<link rel="preload" as="script" href="{plotly}">')
    loading = _LOADING.format(links="\n".join(links), ahead=json.dumps(ahead), parts=json.dumps(front_end_parts()))
    return (front_end() / "index.html").read_text(encoding="utf-8").replace("</head>", loading)
