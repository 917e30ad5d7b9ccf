"""Names of derived files: made of everything the file depends on."""

from __future__ import annotations

import hashlib
import json

import numpy as np


def artefact_key(**parts: object) -> str:
    """Hash what an artefact depends on: JSON values, bytes and arrays."""
    digest = hashlib.blake2b(digest_size=12)
    for name in sorted(parts):
        digest.update(name.encode() + b"\0")
        digest.update(_as_bytes(parts[name]) + b"\0")
    return digest.hexdigest()


def _as_bytes(part: object) -> bytes:
    if isinstance(part, bytes):
        return part
    if isinstance(part, np.ndarray):
        return np.ascontiguousarray(part).tobytes()
    return json.dumps(part, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
