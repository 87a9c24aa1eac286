"""Forms of rows that have a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

if TYPE_CHECKING:
    OneRow = forms.ModelForm[models.Model]
else:  # Django's own class takes no parameter at run time
    OneRow = forms.ModelForm


class CodedForm(OneRow):
    """A new row needs a good code; that of a row which is there already is judged only if it is given another.

    So a row with a code from before the rule can be edited, also while something hangs on it and locks the code.
    """

    def __init__(self, *args: Any, may_rename: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["code"].disabled = not may_rename

    def _get_validation_exclusions(self) -> set[str]:
        # Django has no public way to say so; the stubs leave this method out.
        without: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        kept = self.instance.pk and "code" not in self.changed_data
        return without | ({"code"} if kept else set())
