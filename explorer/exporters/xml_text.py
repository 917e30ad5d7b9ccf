"""Text that XML can hold."""

from __future__ import annotations

import re

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """The text with the replacement character where XML 1.0 allows no such letter; whoever writes it escapes markup."""
    return _FORBIDDEN.sub("\ufffd", text)
