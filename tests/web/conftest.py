"""The same regency as the interface's tests use, and a browser for each role."""

from api.conftest import as_role, regency

__all__ = ["as_role", "regency"]
