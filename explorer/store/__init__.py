"""What is kept on disk: derived artefacts (rebuildable) and human decisions (append-only, never lost)."""
