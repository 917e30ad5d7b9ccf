"""Signals: one number per sample each, listed in `SIGNALS` of the file that computes it; see `registry`."""
