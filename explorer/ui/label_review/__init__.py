"""Reviewing labels: what the page is made of."""
