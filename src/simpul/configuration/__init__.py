"""Settings: one `simpul.toml` and the environment become one frozen tree, or an error that names its remedy.

The file is `SIMPUL_CONFIG`, else `./simpul.toml`, else there is none. `SIMPUL_<SECTION>_<KEY>` overrides a key;
a secret may come from the file that `<key>_file` names. No Django here: every process reads its settings through
`load`, and a wrong one stops it before it does anything. The keys themselves stand in `sections.py`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from simpul.configuration.sections import (
    Bus,
    Data,
    Database,
    Demo,
    Evidence,
    Instance,
    Jobs,
    Log,
    Mail,
    Oidc,
    Server,
    Store,
    Watch,
)
from simpul.kit.sections import ConfigurationError, Key, Source, close_to, describe_section, read_section

__all__ = [
    "Bus",
    "Configuration",
    "ConfigurationError",
    "Data",
    "Database",
    "Demo",
    "Evidence",
    "Instance",
    "Jobs",
    "Key",
    "Log",
    "Mail",
    "Oidc",
    "Server",
    "Store",
    "Watch",
    "keys",
    "load",
]

PACKAGE = Path(__file__).resolve().parent.parent
# A unix socket's path holds 107 bytes; the longest name below the data folder is /run/store.sock.
LONGEST_FOLDER = 90


@dataclass(frozen=True)
class Configuration:
    """The whole tree. Hand a section to whoever needs it; nothing reads settings from a global."""

    server: Server = field(default_factory=Server)
    data: Data = field(default_factory=Data)
    database: Database = field(default_factory=Database)
    instance: Instance = field(default_factory=Instance)
    demo: Demo = field(default_factory=Demo)
    bus: Bus = field(default_factory=Bus)
    mail: Mail = field(default_factory=Mail)
    oidc: Oidc = field(default_factory=Oidc)
    jobs: Jobs = field(default_factory=Jobs)
    store: Store = field(default_factory=Store)
    watch: Watch = field(default_factory=Watch)
    evidence: Evidence = field(default_factory=Evidence)
    log: Log = field(default_factory=Log)


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
