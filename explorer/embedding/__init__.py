"""Turning images and label texts into unit vectors."""
