"""Arithmetic of chance: intervals and significance."""
