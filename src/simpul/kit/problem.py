"""An error that a person can act on."""

from __future__ import annotations


class Problem(Exception):
    """One line: what, where, remedy. The command line prints it as it is and exits 2."""
