"""The sign-in page of a demonstration offers accounts to try; no other instance loads or shows them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.conf import LazySettings
from django.test import Client

from simpul.lab.accounts import DEMO_PASSWORD, shown_accounts

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("demo", [True, False])
def test_accounts_to_try_are_offered_in_a_demonstration_only(settings: LazySettings, demo: bool) -> None:
    given = settings.CONFIGURATION
    settings.CONFIGURATION = replace(given, demo=replace(given.demo, on=demo))
    page = Client().get("/account/login/").content.decode()
    assert (DEMO_PASSWORD in page) == demo
    names = [name for name, _, _ in shown_accounts()]
    assert names
    assert all((f">{name}<" in page) == demo for name in names)
