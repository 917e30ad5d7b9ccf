"""Names of what may run the image side of a model."""

from __future__ import annotations

EXACT, AUTO = "float32", "auto"

ENGINES = (AUTO, EXACT, "bf16", "openvino")
"""What may be asked for; `auto` is what the machine is fastest with, where there are enough images to measure it on."""
