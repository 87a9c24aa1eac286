"""Simpul: the command center of a regional government's network."""

__version__ = "0.1.0"
