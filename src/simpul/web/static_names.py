"""Names of static files that change with their content, so that browsers may keep them for ever."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class StaticNames(ManifestStaticFilesStorage):
    """As Django's; but until the files have been collected (tests, a build) the plain names do."""

    def stored_name(self, name: str) -> str:
        """The name with its content's hash."""
        return str(super().stored_name(name)) if self.hashed_files else name
