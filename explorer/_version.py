"""The version of this program, named once."""

__version__ = "0.1.0"
