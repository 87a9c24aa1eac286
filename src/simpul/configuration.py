"""Settings: one `simpul.toml` and the environment become one frozen tree, or an error that names its remedy.

The file is `SIMPUL_CONFIG`, else `./simpul.toml`, else there is none. `SIMPUL_<SECTION>_<KEY>` overrides a key;
a secret may come from the file that `<key>_file` names. No Django here: every process reads its settings through
`load`, and a wrong one stops it before it does anything.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from simpul.kit.sections import ConfigurationError, Key, Source, close_to, describe_section, read_section, setting
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
    check_url,
    check_zone,
)

__all__ = ["Configuration", "ConfigurationError", "Key", "keys", "load"]

PACKAGE = Path(__file__).resolve().parent
LEVELS = ("debug", "info", "warning", "error")
# A unix socket's path holds 107 bytes; the longest name below the data folder is /run/web.sock.
LONGEST_FOLDER = 90


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
        "Believe `X-Forwarded-For` and `X-Forwarded-Proto`; only where every visitor comes through your own proxy",
        default=False,
    )
    threads: int = setting("Requests worked on at the same time; more wait their turn", default=16, low=1, high=256)


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


@dataclass(frozen=True)
class Jobs:
    """Background jobs and the delivery of events."""

    poll_seconds: float = setting("How often new work is looked for", default=0.5, low=0.05, high=60)
    lease_seconds: float = setting(
        "A job whose process has given no sign of life for so long is run again", default=60.0, low=5, high=3600
    )


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


@dataclass(frozen=True)
class Configuration:
    """The whole tree. Hand a section to whoever needs it; nothing reads settings from a global."""

    server: Server = Server()
    data: Data = Data()
    database: Database = Database()
    instance: Instance = Instance()
    demo: Demo = Demo()
    bus: Bus = Bus()
    mail: Mail = Mail()
    oidc: Oidc = Oidc()
    jobs: Jobs = Jobs()
    evidence: Evidence = Evidence()
    log: Log = Log()


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Configuration:
    """Read and validate all settings. Raises ConfigurationError with one line: where, what, remedy."""
    env = os.environ if environ is None else environ
    file = path or _find(env)
    written = _read_toml(file) if file else {}
    sections: dict[str, Any] = {}
    for name, kind in get_type_hints(Configuration).items():
        table = written.pop(name, {})
        if not isinstance(table, dict):
            raise ConfigurationError(f"{file}: {name} is a section. Write [{name}] on a line, its keys below")
        given = {key: Source(f"{file}, [{name}] {key}", value) for key, value in table.items()}
        sections[name] = read_section(kind, given | _from_environment(name, env))
    for name, value in written.items():
        if not isinstance(value, dict):
            raise ConfigurationError(f"{file}: {name} stands outside any section. Put it below its [section] line")
        raise ConfigurationError(f"{file}: section [{name}] is not known{close_to(name, sections)}")
    sections["data"] = Data(_data_folder(sections["data"].folder, file, env))
    return Configuration(**sections)


def keys() -> list[Key]:
    """Every setting as `section.key`, for documentation."""
    return [key for name, kind in get_type_hints(Configuration).items() for key in describe_section(name, kind)]


def _find(env: Mapping[str, str]) -> Path | None:
    named = env.get("SIMPUL_CONFIG")
    if named:
        return Path(named)
    here = Path("simpul.toml")
    return here if here.is_file() else None


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: there is no such file. Create it, or unset SIMPUL_CONFIG") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror}). Check its owner and mode") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: is not valid TOML: {error}. Mend that line") from None


def _from_environment(section: str, env: Mapping[str, str]) -> dict[str, Source]:
    start = f"SIMPUL_{section.upper()}_"
    return {
        name.removeprefix(start).lower(): Source(f"environment, {name}", value, untyped=True)
        for name, value in env.items()
        if name.startswith(start)
    }


def _data_folder(given: Path, file: Path | None, env: Mapping[str, str]) -> Path:
    folder = given.expanduser()
    if given == Path():
        folder = _usual_folder(env)
    elif file is not None and "SIMPUL_DATA_FOLDER" not in env:
        folder = file.resolve().parent / folder
    folder = folder.resolve()
    if len(os.fsencode(folder)) > LONGEST_FOLDER:
        raise ConfigurationError(
            f"data.folder: {folder} has more than {LONGEST_FOLDER} bytes, so the sockets in it would not fit. "
            "Choose a shorter path"
        )
    return folder


def _usual_folder(env: Mapping[str, str]) -> Path:
    clone = PACKAGE.parent.parent
    if (clone / "pyproject.toml").is_file():
        return clone / ".simpul" / "data"
    if os.geteuid() == 0:
        return Path("/var/lib/simpul")
    return Path(env.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "simpul"
