"""Secrets open for one purpose, for who may, and the log knows; nowhere else do they show."""

from __future__ import annotations

import pickle
import traceback
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ValidationError

from simpul.kit.actor import Actor, Forbidden
from simpul.record import service as record
from simpul.record.models import Credential, LogEntry

pytestmark = pytest.mark.django_db
ADMIN = Actor("user", "user:1", "Admin", frozenset({"credentials.manage"}))
DAEMON = Actor.system("prober")
STRANGER = Actor("user", "user:9", "Budi", frozenset({"register.edit"}))
SECRET = "kata-sandi-rahasia"


@pytest.fixture(autouse=True)
def keys(settings: Any) -> list[str]:
    """The instance's keys, newest first."""
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    given: list[str] = settings.CREDENTIAL_KEYS
    return given


def sealed() -> Credential:
    """A router's password."""
    return record.seal(ADMIN, "router inti", "snmp", SECRET)


def test_a_credential_opens_for_its_purpose_and_the_log_says_who_used_it() -> None:
    credential = sealed()
    assert record.use(DAEMON, credential.pk, "snmp").reveal() == SECRET
    entry = LogEntry.objects.get(verb="used")
    assert (entry.actor_key, entry.ref) == ("system:prober", str(credential.pk))
    assert entry.after == '{"name":"router inti","purpose":"snmp"}'


def test_for_another_purpose_it_stays_shut_and_the_log_says_who_tried() -> None:
    credential = sealed()
    with pytest.raises(record.WrongPurpose, match="is for snmp, not for ssh"):
        record.use(DAEMON, credential.pk, "ssh")
    assert LogEntry.objects.get(verb="refused").actor_key == "system:prober"


@pytest.mark.parametrize(
    "verb",
    [
        lambda row: record.use(STRANGER, row.pk, "snmp"),
        lambda _: record.seal(STRANGER, "x", "y", "z"),
        lambda row: record.replace(STRANGER, row, "z"),
        lambda row: record.discard(STRANGER, row),
        lambda _: record.reseal(STRANGER),
        lambda _: record.credentials(STRANGER),
    ],
)
def test_who_does_not_manage_credentials_gets_nowhere(verb: Any) -> None:
    with pytest.raises(Forbidden, match=r"credentials\.manage"):
        verb(sealed())


def test_a_secret_does_not_show_itself() -> None:
    secret = record.use(DAEMON, sealed().pk, "snmp")
    shown = f"{secret} {secret!r} {[secret]}"
    try:
        raise ValueError(secret)
    except ValueError:
        shown += traceback.format_exc()
    assert SECRET not in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_neither_database_nor_log_holds_the_secret() -> None:
    credential = sealed()
    record.replace(ADMIN, credential, SECRET + "2")
    record.use(DAEMON, credential.pk, "snmp")
    record.discard(ADMIN, credential)
    told = "".join(f"{entry.before}{entry.after}{entry.note}" for entry in LogEntry.objects.all())
    assert SECRET not in told
    assert "gAAAA" not in told
    assert SECRET not in credential.sealed


def test_a_replaced_secret_is_the_one_that_opens_and_that_it_changed_is_logged() -> None:
    credential = sealed()
    record.replace(ADMIN, credential, "baru")
    assert record.use(DAEMON, credential.pk, "snmp").reveal() == "baru"
    assert '"sealed":"***"' in LogEntry.objects.get(verb="changed").after


def test_after_resealing_the_old_key_can_be_thrown_away(settings: Any, keys: list[str]) -> None:
    credential, old = sealed(), keys[0]
    new = Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = lambda: [new, old]
    assert record.reseal(ADMIN) == 1
    settings.CREDENTIAL_KEYS = [new]
    assert record.use(DAEMON, credential.pk, "snmp").reveal() == SECRET
    settings.CREDENTIAL_KEYS = [old]
    with pytest.raises(record.Unsealable, match=r"router inti: no key in credential\.key opens it"):
        record.use(DAEMON, credential.pk, "snmp")


def test_resealing_changes_nothing_if_one_cannot_be_opened(settings: Any, keys: list[str]) -> None:
    first = sealed()
    before = first.sealed
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    record.seal(ADMIN, "lain", "ssh", "x")
    with pytest.raises(record.Unsealable):
        record.reseal(ADMIN)
    assert Credential.objects.get(pk=first.pk).sealed == before


def test_a_secret_moved_to_another_row_does_not_open_there() -> None:
    first, second = sealed(), record.seal(ADMIN, "kamera", "rtsp", "x")
    Credential.objects.filter(pk=second.pk).update(sealed=first.sealed)
    with pytest.raises(record.Unsealable, match="sealed for another row"):
        record.use(DAEMON, second.pk, "rtsp")


def test_a_name_is_taken_once() -> None:
    sealed()
    with pytest.raises(ValidationError):
        sealed()


def test_the_list_does_not_read_secrets() -> None:
    sealed()
    row = record.credentials(ADMIN).get()
    assert "sealed" in row.get_deferred_fields()
