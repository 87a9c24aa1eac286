"""Nothing in the invented regency can be taken for real, and nothing real can be reached from it."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.apps import apps

import simpul.lab
from simpul.lab.story.proof import certificate, picture
from simpul.lab.story.telling import Told
from simpul.people.models import Organisation, User
from simpul.record.evidence import open_evidence
from simpul.record.models import Evidence
from simpul.register.models import Application, Camera, Device, Interface, Prefix, Site, Uplink

DATA = Path(simpul.lab.__file__).parent / "data"
ALLOWED = [ip_network(block) for block in ("198.18.0.0/15", "203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32")]
MARKED = [model for model in apps.get_models() if any(field.name == "is_sample" for field in model._meta.get_fields())]


@pytest.mark.parametrize("model", MARKED, ids=lambda model: model.__name__)
def test_every_row_that_can_be_marked_is_marked(regency: Told, model: type[Site]) -> None:
    assert model._default_manager.exists()
    assert not model._default_manager.filter(is_sample=False).exists()


def inside(block: IPv4Network | IPv6Network) -> bool:
    """Whether the block lies in one that never routes on the internet."""
    return any(
        block.version == allowed.version and block.network_address in allowed and block.broadcast_address in allowed
        for allowed in ALLOWED
    )


def test_every_address_lies_in_a_block_for_tests_and_documentation(regency: Told) -> None:
    ports = [text for pair in Interface.objects.values_list("address", "address6") for text in pair if text]
    blocks = [ip_interface(text).network for text in ports]
    blocks += [ip_network(cidr) for cidr in Prefix.objects.values_list("cidr", flat=True)]
    single = [*Device.objects.values_list("address", flat=True), *Camera.objects.values_list("address", flat=True)]
    single += [target for probes in Uplink.objects.values_list("probes", flat=True) for target in probes]
    blocks += [ip_network(str(text)) for text in single]
    assert len(blocks) > 500
    assert [block for block in blocks if not inside(block)] == []


def test_every_web_and_mail_address_is_invented(regency: Told) -> None:
    hosts = [urlsplit(url).hostname or "" for url in Application.objects.values_list("url", flat=True)]
    assert len(hosts) == 8
    assert [host for host in hosts if not host.endswith(".contoh.go.id")] == []
    mails = [*User.objects.values_list("email", flat=True), *Organisation.objects.values_list("email", flat=True)]
    assert [mail for mail in mails if mail and not mail.endswith("example.org")] == []


def test_every_person_is_called_a_sample(regency: Told) -> None:
    assert [name for name in User.objects.values_list("name", flat=True) if "Contoh" not in name] == []


def test_every_position_is_marked_as_a_sample_position(regency: Told) -> None:
    assert {*Site.objects.values_list("position", flat=True)} == {"sample"}


def test_every_proof_says_that_it_is_none(regency: Told) -> None:
    proofs = list(Evidence.objects.all())
    assert {proof.media_type for proof in proofs} == {"text/plain", "image/png"}
    for proof in proofs:
        with open_evidence(proof) as file:
            content = file.read()
        assert "contoh" in proof.name.lower()
        assert content == picture() or b"DATA CONTOH - BUKAN DOKUMEN RESMI" in content


def test_the_certificate_names_what_was_handed_over() -> None:
    day = date(2018, 11, 19)
    text = certificate("CONTOH/BAST-001/2018", "CONTOH/SPK-01/2018", "Setda", "Sekretariat Daerah", day).decode()
    for word in ("CONTOH/BAST-001/2018", "CONTOH/SPK-01/2018", "Setda", "Sekretariat Daerah", "2018-11-19"):
        assert word in text


def test_the_shipped_data_hold_no_boundaries_and_name_their_origin() -> None:
    names = {path.name for path in DATA.iterdir()}
    assert {Path(name).suffix for name in names} == {".csv", ".md"}
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    assert [name for name in names - {"README.md"} if f"`{name}`" not in readme] == []
    assert "Open Database License" in (DATA / "LICENCE-ODbL-1.0.md").read_text(encoding="utf-8")
    assert max(path.stat().st_size for path in DATA.glob("*.csv")) < 20_000
