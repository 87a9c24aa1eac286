"""The sections of the settings: every key with its meaning, its default and what is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simpul.kit.sections import setting
from simpul.kit.valid import (
    LANGUAGES,
    check_agents,
    check_agents_url,
    check_bounds,
    check_bus,
    check_bus_host,
    check_bus_names,
    check_database,
    check_issuer,
    check_languages,
    check_listen,
    check_proxies,
    check_url,
    check_zone,
)

LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Server:
    """How pages are served."""

    listen: str = setting(
        "Where the web server listens: `host:port`, or `unix` for the socket `run/web.sock` in the data folder "
        "(behind a proxy on the same machine)",
        default="127.0.0.1:8000",
        check=check_listen,
    )
    hosts: tuple[str, ...] = setting(
        "Host names that browsers may use, besides the one in `instance.public_url`",
        default=("localhost", "127.0.0.1", "[::1]"),
    )
    proxy_headers: bool = setting(
        "Believe `X-Forwarded-For` and `X-Forwarded-Proto` from the proxies in `server.proxies` and from whoever comes "
        "through the socket",
        default=False,
    )
    proxies: tuple[str, ...] = setting(
        "Addresses or networks of your own proxies. Whoever comes from another address is believed nothing",
        default=("127.0.0.1", "::1"),
        check=check_proxies,
    )
    threads: int = setting("Requests worked on at the same time; more wait their turn", default=16, low=1, high=256)
    patience_seconds: float = setting(
        "A visitor must send the head of a request within this time, and its body within this time and one second more "
        "for every 4 KB; slower ones are cut off",
        default=15.0,
        low=1,
        high=300,
    )


@dataclass(frozen=True)
class Data:
    """Where everything is kept. `folder` is absolute once loaded."""

    folder: Path = setting(  # noqa: RUF009 (a Path cannot change)
        "Data folder, mode 0700; a relative path starts at the folder of `simpul.toml`. Empty: `.simpul/data` in a "
        "clone, else `/var/lib/simpul` for root and `~/.local/share/simpul` for others",
        default=Path(),
    )

    @property
    def run(self) -> Path:
        """Sockets and health files; nothing in it outlives the process tree."""
        return self.folder / "run"

    @property
    def socket(self) -> Path:
        """The web server's unix socket."""
        return self.run / "web.sock"

    @property
    def log(self) -> Path:
        """The folder of log files."""
        return self.folder / "log"

    @property
    def evidence(self) -> Path:
        """The folder of files that prove something, named by their SHA-256."""
        return self.folder / "evidence"

    @property
    def store(self) -> Path:
        """The folder of the column store; only the process group `store` opens it."""
        return self.folder / "store"

    @property
    def spool(self) -> Path:
        """Measurements on their way to the store."""
        return self.folder / "spool"

    @property
    def store_socket(self) -> Path:
        """Where the store is asked."""
        return self.run / "store.sock"

    @property
    def sqlite(self) -> Path:
        """The SQLite database, used unless `database.url` is set."""
        return self.folder / "simpul.sqlite3"


@dataclass(frozen=True)
class Database:
    """Where facts are kept."""

    url: str = setting(
        "PostgreSQL as `postgresql://user:password@host:5432/name`; empty: SQLite in the data folder",
        default="",
        check=check_database,
        secret=True,
    )
    migrate: bool = setting("Bring the tables up to date whenever the process tree starts", default=True)


@dataclass(frozen=True)
class Instance:
    """Whose Simpul this is."""

    name: str = setting("What this instance is called, for example `Simpul Kabupaten Contoh`", default="Simpul")
    operator: str = setting("The organisation that runs the network", default="Diskominfo")
    timezone: str = setting("Zone of local times, months and office hours", default="Asia/Jakarta", check=check_zone)
    languages: tuple[str, ...] = setting(
        "Languages offered; the first is the one that opens", default=LANGUAGES, check=check_languages
    )
    public_url: str = setting(
        "The address that people type; used in links and for passkeys",
        default="http://localhost:8000",
        check=check_url,
    )
    bounds: tuple[float, ...] = setting(
        "The box that positions must lie in, as south, west, north, east in degrees; a point outside it is refused, "
        "and swapped coordinates are noticed",
        default=(-90.0, -180.0, 90.0, 180.0),
        check=check_bounds,
    )


@dataclass(frozen=True)
class Demo:
    """What `simpul demo` sets for itself."""

    on: bool = setting("This is a demonstration: every page and export says DATA CONTOH", default=False)
    rate_scale: float = setting(
        "Rates of the virtual network as a part of those in the register; what is shown is scaled back",
        default=1.0,
        low=0.001,
        high=1.0,
    )
    history_days: int = setting(
        "Days before the first start for which measurements are made up, marked as such; 0: none",
        default=0,
        low=0,
        high=60,
    )


@dataclass(frozen=True)
class Bus:
    """The message bus (core NATS)."""

    url: str = setting(
        "An existing bus, `tls://host:4222` or `nats://host:4222` (not encrypted), with `user:password@` where needed; "
        "empty: an own one",
        default="",
        check=check_bus,
        secret=True,
    )
    ca: Path = setting(  # noqa: RUF009 (a Path cannot change)
        "File with the authority (PEM) of an existing bus; empty: those that the system trusts",
        default=Path(),
    )
    host: str = setting(
        "Address on which the own bus listens; `0.0.0.0`: all of IPv4, `::`: all. Agents on gateways need more than "
        "loopback",
        default="127.0.0.1",
        check=check_bus_host,
    )
    port: int = setting("Port of the own bus", default=4222, low=1, high=65535)
    names: tuple[str, ...] = setting(
        "Host names and addresses by which agents call the own bus; they go into its certificate",
        default=(),
        check=check_bus_names,
    )
    agents: tuple[str, ...] = setting(
        "Codes of the gateways whose agents may connect: letters, digits, `-`, `_`", default=(), check=check_agents
    )
    agents_url: str = setting(
        "Address that agents dial, `tls://host:4222`; empty: the first of `bus.names`, else `bus.host`, and `bus.port`",
        default="",
        check=check_agents_url,
    )
    token: str = setting(
        "What the instance itself shows to the bus; empty: made at the first start and kept in `bus.key`",
        default="",
        secret=True,
    )
    binary: str = setting(
        "Another `nats-server` program, at least the tested version; empty: the installed one", default=""
    )


@dataclass(frozen=True)
class Mail:
    """The server that takes outgoing mail."""

    host: str = setting("Mail server; empty: mails are written to the log instead", default="")
    port: int = setting("Its port", default=587, low=1, high=65535)
    security: str = setting("Encryption of the connection", default="starttls", choices=("none", "starttls", "tls"))
    user: str = setting("Name to sign in with; empty: no sign-in", default="")
    password: str = setting("Password to sign in with", default="", secret=True)
    sender: str = setting("Sender address", default="simpul@localhost")


@dataclass(frozen=True)
class Oidc:
    """Sign-in by the government's own identity provider (OpenID Connect)."""

    issuer: str = setting("Its address; empty: no such sign-in", default="", check=check_issuer)
    name: str = setting("What the sign-in button says", default="SSO")
    client_id: str = setting("Name of this instance there", default="")
    client_secret: str = setting("Secret of this instance there", default="", secret=True)
    link_by_email: bool = setting(
        "At the first sign-in recognise an invited person also by an e-mail address that the provider has "
        "verified; only where nobody can choose an address there himself",
        default=False,
    )


@dataclass(frozen=True)
class Jobs:
    """Background jobs and the delivery of events."""

    poll_seconds: float = setting("How often new work is looked for", default=0.5, low=0.05, high=60)
    lease_seconds: float = setting(
        "A job whose process has given no sign of life for so long is run again", default=60.0, low=5, high=3600
    )


@dataclass(frozen=True)
class Watch:
    """Probes and alarms."""

    device: str = setting(
        "Code of the device from which is asked; empty: the one of the register whose address this machine has",
        default="",
    )
    probe_seconds: float = setting("How often every device and link end is asked", default=1.0, low=0.2, high=60)
    timeout_seconds: float = setting("How long at most an answer is waited for", default=0.8, low=0.2, high=5)
    misses: int = setting("So many unanswered questions in a row make a device down", default=3, low=2, high=20)
    down_seconds: float = setting(
        "So long they must last; longer than a ring needs to change its ways", default=3.0, low=0.5, high=300
    )
    settle_seconds: float = setting(
        "So long a cause must stay the same before it becomes an alarm", default=1.0, low=0.2, high=60
    )
    clear_seconds: float = setting("So long all must be well before an alarm is over", default=3.0, low=0.5, high=600)
    snmp_community: str = setting(
        "Community of SNMP version 2c, by which routers tell of their ports; empty: they are not asked",
        default="",
        secret=True,
    )
    snmp_seconds: float = setting("How often routers are asked by SNMP", default=5.0, low=1, high=300)
    sample_seconds: float = setting("Span of time of one sample in the history", default=10.0, low=1, high=300)
    notify_url: str = setting(
        "Where messages go, as an address of Apprise (`tgram://...`, `mailto://...`, `whatsapp://...`); empty: nowhere",
        default="",
        secret=True,
    )


@dataclass(frozen=True)
class Store:
    """Measurements: how long they are kept, what they may take"""

    raw_days: int = setting("Days for which every measurement is kept", default=30, low=1, high=3650)
    five_minute_days: int = setting("Days for which values of five minutes are kept", default=180, low=1, high=3650)
    hour_days: int = setting("Days for which values of an hour are kept", default=1830, low=1, high=36500)
    spool_mb: int = setting(
        "Most that may wait for the store, in MB; what comes on top is lost, counted and shown",
        default=512,
        low=10,
        high=100_000,
    )
    guard_mb: int = setting(
        "Room that stays free on the disk, in MB; with less the store takes nothing in, and measurements wait",
        default=1000,
        low=0,
        high=1_000_000,
    )
    query_seconds: float = setting("Longest time for one question to the store", default=10.0, low=0.1, high=600)
    query_mb: int = setting("Most memory for one question to the store, in MB", default=512, low=50, high=100_000)


@dataclass(frozen=True)
class Evidence:
    """Files that prove something."""

    max_mb: int = setting("Largest file that is kept, in MB", default=50, low=1, high=2000)


@dataclass(frozen=True)
class Log:
    """The log of the process tree."""

    level: str = setting("Least important record that processes write", default="info", choices=LEVELS)
    console: str = setting("Least important record shown on the console", default="info", choices=LEVELS)
    file_mb: int = setting("Size at which `log/simpul.log` is put aside, in MB", default=10, low=1, high=1000)
    keep: int = setting("How many files put aside are kept", default=5, low=1, high=100)
