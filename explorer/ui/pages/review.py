"""Judging images one at a time, by a protocol that was agreed on before."""

from explorer.ui.review import page

page.draw()
