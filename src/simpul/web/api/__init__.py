"""The interface for programs: `/api/v1/...`, described by `/api/openapi.json`."""

from simpul.web.api.mounted import api

__all__ = ["api"]
