"""Arithmetic of chance: intervals, significance and drawing again."""
