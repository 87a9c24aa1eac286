"""Secrets of an address reach no log line, whoever writes it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from simpul.kit.logs import JsonFormatter, PlainFormatter
from simpul.kit.redaction import hidden
from simpul.up.logs import Journal
from web.sign_in_site import Site, start, stop

SECRET = "rahasia-yang-berlaku-4711"
# Names under which a part of an address opens something.
OPENING = {"secret", "token", "key", "code_secret", "signature"}


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, set[str]]]:
    """(address as written, names of its parts) of every page."""
    for each in patterns:
        written = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, written)
        else:
            yield written, set(each.pattern.regex.groupindex)


def test_every_address_with_a_secret_in_its_path_is_known() -> None:
    found = [(written, names & OPENING) for written, names in addresses(get_resolver().url_patterns) if names & OPENING]
    assert any("invitation" in written for written, _ in found)
    for written, _ in found:
        before = written.replace("^", "").partition("<")[0].partition("(")[0]
        said = hidden(f"Not Found: /{before}{SECRET}/")
        assert SECRET not in said, f"{written}: add it to SECRET_PATHS"


@pytest.mark.parametrize(
    "line",
    [
        f"Unprocessable Entity: /invitation/{SECRET}/",
        f"Not Found: /Invitation//{SECRET}",
        f'127.0.0.1 "GET /invitation/{SECRET}/?x=1 HTTP/1.1" 200',
        f"https://simpul.example.org/invitation/{SECRET}",
        f"/account/oidc/oidc/login/callback/?code={SECRET}&state={SECRET}",
        f"/account/login/?next=/invitation/{SECRET}/",
        f"next=%2Faccount%3Ftoken%3D{SECRET}",
        f"Authorization: Bearer {SECRET}",
    ],
)
@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
def test_no_line_carries_it(line: str, formatter: logging.Formatter) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "%s", (line,), None)
    said = formatter.format(record)
    assert SECRET not in said
    assert "***" in said


def test_no_traceback_and_no_line_of_another_program_carries_it(tmp_path: Path) -> None:
    try:
        raise ValueError(f"cannot read /invitation/{SECRET}/")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "broken", (), sys.exc_info())
    assert SECRET not in JsonFormatter().format(record)
    journal = Journal(tmp_path / "log", None)
    journal.line("web", f"thread panicked at GET /invitation/{SECRET}/")
    journal.close()
    assert SECRET not in (tmp_path / "log").read_text()


def test_the_rest_of_a_line_stays_readable() -> None:
    said = hidden(f"Unprocessable Entity: /invitation/{SECRET}/ from 192.0.2.1; sites/A?q=kantor&page=2")
    assert said == "Unprocessable Entity: /invitation/*** from 192.0.2.1; sites/A?q=kantor&page=2"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose log can be read."""
    site = start(tmp_path_factory.mktemp("site"), SIMPUL_LOG_LEVEL="debug")
    yield site
    stop(site)


def test_the_server_logs_the_visit_but_not_the_secret(site: Site) -> None:
    for path in (
        f"/invitation/{SECRET}/",
        f"/invitation/{SECRET}/more/",
        f"/account/oidc/x/login/callback/?code={SECRET}",
    ):
        assert httpx.get(site.url + path).status_code == 404
        httpx.post(site.url + path, data={"password1": SECRET})
    assert "/invitation/***" in site.log()
    assert SECRET not in site.log()


@pytest.mark.parametrize(
    "path", ["/%00", "/sites/%00/", "/sites/A%00B/", "/a%0d%0ab/", "/static/%00", "/api/v1/sites/%00", "/x%1b%5b31m"]
)
def test_an_address_with_control_characters_is_a_page_that_does_not_exist(site: Site, path: str) -> None:
    answer = httpx.get(site.url + path)
    assert answer.status_code == 404
    assert "Traceback" not in site.log()


def test_bytes_that_are_no_text_in_a_query_are_answered(site: Site) -> None:
    for query in ("?next=%00", "?x=%ff%fe", "?%00=%00"):
        assert httpx.get(f"{site.url}/account/login/{query}").status_code < 500
    assert "Traceback" not in site.log()
