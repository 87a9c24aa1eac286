"""Reading stays cheap, however many rows there are."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from register.importing import applied, staged
from register.moments import day
from simpul.kit.actor import Actor
from simpul.people.logic.rights import Scope
from simpul.people.models import Organisation
from simpul.register.export import chunks, register_table
from simpul.register.models import Site
from simpul.register.service import advance_network, status_at

SITES = "kode,nama,jenis,opd\n" + "".join(f"S-{n},Kantor {n},OPD,DISKOMINFO\n" for n in range(60))


@pytest.fixture
def sites(clerk: Actor, office: Organisation) -> None:
    """Sixty sites, each with a story."""
    applied(clerk, "sites", SITES)
    for site in Site.objects.all():
        advance_network(clerk, site, "cable", day("2023-03-01"))


def test_the_status_of_all_sites_takes_as_many_queries_as_that_of_one(
    sites: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for some in (Site.objects.all(), Site.objects.filter(code="S-1"), Site.objects.within(Scope(whole_network=True))):
        with django_assert_num_queries(5):
            status_at(some, day("2023-04-01"))


def test_an_export_is_one_query(sites: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert b"".join(chunks(register_table("sites", Scope(everything=True)), "csv"))


def test_reading_a_file_takes_a_few_queries_per_thousand_rows(
    sites: None, clerk: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(40):
        assert staged(clerk, "sites", SITES).same == 60


def test_applying_takes_a_few_statements(
    clerk: Actor, office: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(90):
        applied(clerk, "sites", SITES)
