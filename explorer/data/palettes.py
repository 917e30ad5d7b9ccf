"""The colours of points, wherever a map is drawn."""

from __future__ import annotations

from explorer.data.outcomes import OUTCOMES

GREY = "#9aa0a6"
"""What has no colour of its own."""

TABLEAU = [
    *("#4e79a7", "#f28e2b", "#76b7b2", "#b07aa1", "#edc948", "#9c755f", "#ff9da7", "#59a14f", "#e15759"),
    *("#6a3d9a", "#e7298a", "#f13a13", "#93aa00", "#ffbe7d", "#a6761d", "#e377c2", "#1b9e77", "#803e75", "#b15928"),
]
"""Tableau's, then those of other known palettes that are farthest from all before them in CIELAB (23 apart or more)."""

OKABE_ITO = [
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#555555"),
    *("#9900ff", "#663300", "#330099", "#4d1a66", "#99e680", "#9966ff", "#66001a", "#66994d", "#804d80", "#6633cc"),
    "#00e699",
]
"""Okabe and Ito's eight (2008), told apart with every kind of colour vision; then the colours that stay farthest from
all before them for normal, deuteranope, protanope and tritanope eyes (Machado et al. 2009; 16 apart in CIELAB or more,
as Okabe and Ito's own are)."""

_STOPS = [
    "#440154",
    "#482878",
    "#3e4989",
    "#31688e",
    "#26828e",
    "#1f9e89",
    "#35b779",
    "#6ece58",
    "#b5de2b",
    "#fde725",
]
VIRIDIS = [(place / (len(_STOPS) - 1), stop) for place, stop in enumerate(_STOPS)]
"""Even to the eye, and safe for every kind of colour vision."""

CHANGE = {
    "fixed": OUTCOMES["tp"].colour,
    "regressed": OUTCOMES["fp"].colour,
    "still wrong": "#f28e2b",
    "still right": "#8fb4d8",
}
CHANGE_SAFE = {"fixed": "#009e73", "regressed": OUTCOMES["fp"].safe, "still wrong": "#e69f00", "still right": "#56b4e9"}
