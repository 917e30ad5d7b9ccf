"""Signals: pure functions that give every point one number."""
