"""Signing in with a real browser under the strict policy: password, code, passkey, link, identity provider."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from web.identity_provider import CLIENT, SECRET, Provider, serve
from web.sign_in_site import PASSWORD, Site, start, stop
from web.test_sign_in import code_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sign-in browser")]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# The colour of an image's first pixel.
CORNER = """image => {
  const canvas = document.createElement("canvas");
  const brush = canvas.getContext("2d");
  brush.drawImage(image, 0, 0);
  return [...brush.getImageData(0, 0, 1, 1).data];
}"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """Another host, as far as the browser's policies are concerned."""
    provider, server = serve()
    yield provider
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Site]:
    """The instance."""
    site = start(tmp_path_factory.mktemp("site"), provider.url, CLIENT, SECRET)
    site.user(
        "add", "admin", "--name", "Siti Rahma", "--role", "administrator", "--password-stdin",
        "--organisation", "DISKOMINFO", "--organisation-name", "Dinas Kominfo", typed=PASSWORD + "\n",
    )  # fmt: skip
    yield site
    stop(site)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's."""
    if CHROMIUM is None:
        pytest.fail("there is no chromium on this computer; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody at a browser of their own; `complaints` are what the browser's console says."""

    page: Page
    site: Site
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go there."""
        self.page.goto(self.site.url + path)

    def sign_in(self, username: str) -> None:
        """By password; the second step, if there is one, is still to come."""
        self.open("/account/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.get_by_role("button", name="Masuk", exact=True).click()

    def sign_out(self) -> None:
        """From the page that asks."""
        self.open("/account/logout/")
        self.page.locator("main form button").click()

    def prove(self) -> None:
        """Give the password again where a change of the account asks for it."""
        if "/reauthenticate/" in self.page.url:
            self.page.fill("input[name=password]", PASSWORD)
            self.page.locator("main form button").first.click()

    def at(self, path: str) -> None:
        """Wait until the browser is there."""
        self.page.wait_for_url(re.compile(re.escape(self.site.url + path) + r"(\?.*)?$"))

    def check(self) -> None:
        """The page is accessible, fits, and made no complaint."""
        faults: dict[str, Any] = Axe().run(self.page).response
        found = [(one["id"], [node["target"] for node in one["nodes"]]) for one in faults["violations"]]
        assert not found, self.page.url
        assert not self.complaints, self.page.url
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(wide) <= 0, self.page.url


@pytest.fixture
def person(chromium: Browser, site: Site) -> Iterator[Person]:
    """A fresh profile on a phone, with a fingerprint reader."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="id")
    someone = Person(context.new_page(), site)
    someone.page.set_default_timeout(15_000)
    someone.page.on(
        "console", lambda said: someone.complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    someone.page.on("pageerror", lambda error: someone.complaints.append(str(error)))
    device = context.new_cdp_session(someone.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield someone
    context.close()


def newcomer(site: Site, username: str) -> str:
    """A person with a password and a role; returns the name."""
    site.user(
        "add", username, "--name", f"Pegawai {username}", "--role", "operator", "--organisation", "DISKOMINFO",
        "--password-stdin", typed=PASSWORD + "\n",
    )  # fmt: skip
    return username


def test_a_password_leads_in_and_a_wrong_one_does_not(person: Person, site: Site) -> None:
    person.open("/account/login/")
    person.check()
    person.page.fill("input[name=login]", "admin")
    person.page.fill("input[name=password]", "bukan ini")
    person.page.get_by_role("button", name="Masuk", exact=True).click()
    expect(person.page.get_by_text("Nama pengguna atau kata sandi salah.")).to_be_visible()
    person.check()
    person.sign_in("admin")
    person.at("/")


def test_a_passkey_is_added_and_then_leads_in_alone(person: Person, site: Site) -> None:
    person.sign_in(newcomer(site, "kunci"))
    person.open("/account/2fa/webauthn/add/")
    person.prove()
    person.at("/account/2fa/webauthn/add/")
    person.check()
    person.page.fill("input[name=name]", "Ponsel saya")
    person.page.get_by_role("button", name="Tambah kunci sandi").click()
    person.at("/account/2fa/recovery-codes/")
    person.open("/account/2fa/webauthn/")
    expect(person.page.get_by_role("rowheader", name="Ponsel saya")).to_be_visible()
    person.check()
    person.sign_out()

    person.open("/account/login/")
    person.page.get_by_role("button", name="Masuk dengan kunci sandi").click()
    person.at("/")
    person.open("/account/")
    expect(person.page.locator("main").get_by_text("kunci", exact=True)).to_be_visible()
    assert not person.complaints


def test_a_passkey_is_the_second_step_after_a_password(person: Person, site: Site) -> None:
    person.sign_in(newcomer(site, "dua"))
    person.open("/account/2fa/webauthn/add/")
    person.prove()
    person.page.uncheck("input[name=passwordless]")
    person.page.get_by_role("button", name="Tambah kunci sandi").click()
    person.at("/account/2fa/recovery-codes/")
    person.sign_out()
    person.sign_in("dua")
    person.at("/account/2fa/authenticate/")
    person.check()
    person.page.get_by_role("button", name="Pakai kunci sandi").click()
    person.at("/")
    assert not person.complaints


def test_a_browser_without_the_passkey_says_what_to_do(chromium: Browser, person: Person, site: Site) -> None:
    person.open("/account/login/")
    person.page.get_by_role("button", name="Masuk dengan kunci sandi").click()
    expect(person.page.get_by_text("Peramban tidak memberi kunci sandi.")).to_be_visible(timeout=30_000)
    expect(person.page.get_by_role("button", name="Masuk dengan kunci sandi")).to_be_enabled()


def test_an_address_of_numbers_has_no_passkeys_and_says_so(person: Person, site: Site) -> None:
    person.page.goto(site.url.replace("localhost", "127.0.0.1") + "/account/login/")
    expect(person.page.get_by_text("Kunci sandi hanya berfungsi lewat https atau di localhost.")).to_be_visible()
    expect(person.page.get_by_role("button", name="Masuk dengan kunci sandi")).to_be_disabled()


def test_an_authenticator_app_is_set_up_and_asked_for(person: Person, site: Site) -> None:
    person.sign_in(newcomer(site, "aplikasi"))
    person.open("/account/2fa/totp/activate/")
    person.prove()
    person.at("/account/2fa/totp/activate/")
    person.check()
    square = person.page.get_by_role("img", name="Kode kotak berisi kunci di bawah")
    assert square.evaluate("image => image.complete && image.naturalWidth > 0"), "the policy let the image through"
    assert square.evaluate(CORNER) == [255, 255, 255, 255], "phones read the code on white only"
    secret = person.page.locator("#totp-key").inner_text()
    person.page.fill("input[name=code]", code_of(secret))
    person.page.get_by_role("button", name="Aktifkan").click()
    person.at("/account/2fa/recovery-codes/")
    recovery = person.page.locator("#recovery-codes li").first.inner_text()
    person.check()
    person.sign_out()

    person.sign_in("aplikasi")
    person.at("/account/2fa/authenticate/")
    person.page.fill("input[name=code]", recovery)
    person.page.get_by_role("button", name="Masuk", exact=True).click()
    person.at("/")
    person.open("/account/2fa/")
    person.check()


def test_an_administrator_invites_and_the_link_leads_in(chromium: Browser, person: Person, site: Site) -> None:
    person.sign_in("admin")
    person.open("/people/+new/")
    person.check()
    person.page.fill("input[name=name]", "Budi Santoso")
    person.page.fill("input[name=username]", "budi")
    person.page.select_option("select[name=organisation]", label="Dinas Kominfo")
    person.page.select_option("select[name=role]", value="crew")
    person.page.get_by_role("button", name="Buat tautan").click()
    link = person.page.locator("#link").input_value()
    person.check()
    for path in ("/people/", "/people/budi/", "/account/", "/account/tokens/", "/account/sessions/"):
        person.open(path)
        person.check()
    person.sign_out()

    person.page.goto(link)
    expect(person.page.get_by_text("Selamat datang, Budi Santoso")).to_be_visible()
    person.check()
    person.page.fill("input[name=password1]", "sungai barito tenang")
    person.page.fill("input[name=password2]", "sungai barito tenang")
    person.page.get_by_role("button", name="Simpan kata sandi dan masuk").click()
    person.at("/")
    person.open("/people/")
    expect(person.page.get_by_text("Peran Anda tidak mengizinkan ini")).to_be_visible()
    expect(person.page.get_by_text("Siti Rahma")).to_be_visible()


def test_the_identity_provider_sends_the_invited_person_back_inside(
    person: Person, site: Site, provider: Provider
) -> None:
    site.user("add", "pegawai.sso", "--name", "Pegawai SSO", "--role", "operator", "--organisation", "DISKOMINFO")
    provider.claims = {"sub": "4711", "preferred_username": "pegawai.sso"}
    person.open("/account/login/")
    person.page.get_by_role("link", name="Masuk dengan SSO Kabupaten").click()
    person.check()
    person.page.get_by_role("button", name="Lanjutkan").click()
    person.at("/")
    assert not person.complaints
