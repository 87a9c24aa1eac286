"""A small clone whose `./simpul` sees only the programs, Pythons and packages that the test gives it."""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
# What the script may take for granted on Debian and Ubuntu: all of these are in essential packages.
ESSENTIAL = ["bash", "cat", "chmod", "cut", "date", "dirname", "du", "env", "flock", "grep", "id", "ls", "mkdir", "mv"]
ESSENTIAL += ["readlink", "rm", "sed", "sha256sum", "sh", "stat", "tail", "touch"]
POSTGRESQL = 'POSTGRESQL="/usr/lib/postgresql/*/bin/postgres"'
SYSTEM_FOLDERS = 'SYSTEM_FOLDERS="/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"'
STUB = """import json, os, sys
import simpul_sample
print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), "python": sys.executable}))
"""


def wheel(folder: Path, name: str, modules: dict[str, str], entry: str = "") -> str:
    """Write the wheel `name` 1.0 into `folder` and return its line for a hashed list."""
    info = f"{name}-1.0.dist-info"
    files = dict(modules)
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if entry:
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{entry}\n"
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text.encode())}\n")
    files[f"{info}/RECORD"] = "".join(rows) + f"{info}/RECORD,,\n"
    target = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return f"{name}==1.0 \\\n    --hash=sha256:{hashlib.sha256(target.read_bytes()).hexdigest()}\n"


class Clone:
    """A clone of the bootstrap with a stub of the product, one tiny package and a PATH of its own."""

    def __init__(self, root: Path, empty: Path) -> None:
        self.empty = empty
        self.place = root / "a clone"
        self.programs = root / "bin"
        self.wheels = root / "wheels"
        self.elsewhere = root / "else where"
        self.call: list[str] = []  # how the script is called, if not by its own path
        for folder in (self.programs, self.wheels, self.elsewhere, self.place / "requirements"):
            folder.mkdir(parents=True)
        script = (REPOSITORY / "simpul").read_text(encoding="utf-8")
        assert script.count(SYSTEM_FOLDERS) == script.count(POSTGRESQL) == 1
        script = script.replace(POSTGRESQL, f'POSTGRESQL="{root}/postgresql/*/bin/postgres"')
        self.write("simpul", script.replace(SYSTEM_FOLDERS, f"SYSTEM_FOLDERS={shlex.quote(str(self.programs))}"))
        (self.place / "simpul").chmod(0o755)
        self.write("src/simpul/__init__.py", "")
        self.write("src/simpul/__main__.py", STUB)
        self.write("requirements/run.txt", wheel(self.wheels, "simpul_sample", {"simpul_sample.py": "kept = True\n"}))
        self.write("requirements/uv.txt", "uv==1.0 --hash=sha256:" + "0" * 64 + "\n")
        for name in ESSENTIAL:
            (self.programs / name).symlink_to(str(shutil.which(name)))
        self.python("python3")
        self.user("1000")

    @property
    def environment(self) -> Path:
        """Where the environment is to be."""
        return self.place / ".venv"

    def write(self, path: str, text: str) -> None:
        """Write a file of the clone."""
        target = self.place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def program(self, name: str, script: str = "exit 0") -> None:
        """Put a program on the clone's PATH."""
        target = self.programs / name
        target.unlink(missing_ok=True)
        target.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        target.chmod(0o755)

    def python(self, name: str, before: str = "", *, quick: bool = True) -> None:
        """Put a Python on the PATH that runs `before` first. A quick one copies environments instead of making them."""
        real = shlex.quote(sys.executable)
        copy = f"{shutil.which('cp')} -a {shlex.quote(str(self.empty))}/."
        if quick:
            before += (
                f'\ncase "$*" in *ensurepip*) said=$({real} "$@") && echo "${{said%% *}} $0"; exit ;; esac'
                f'\ncase "$1 $2" in "-m venv") exec {copy} "$3" ;; esac'
            )
        self.program(name, f'{before}\nexec {real} "$@"')

    def user(self, number: str) -> None:
        """Let `id` say that this is user `number` (0: root)."""
        self.program("id", f'case "$1" in -un) echo somebody ;; *) echo {number} ;; esac')

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start `./simpul` from another folder, in a process group of its own."""
        environment = {
            "PATH": str(self.programs),
            "HOME": str(self.elsewhere),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
            "PYTHONPATH": str(self.elsewhere),
        }
        return subprocess.Popen(
            [*(self.call or [str(self.place / "simpul")]), *arguments],
            cwd=self.elsewhere,
            env=environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `./simpul` to its end."""
        with self.start(*arguments, **variables) as process:
            out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.fixture(scope="session")
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing in it: making one takes seconds, copying it does not."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder


@pytest.fixture
def clone(tmp_path: Path, empty_environment: Path) -> Clone:
    """A clone nobody has started yet."""
    return Clone(tmp_path, empty_environment)


@pytest.fixture
def add_package(clone: Clone) -> Callable[[str], None]:
    """Add a package to the clone's list, as an update of Simpul would."""

    def add(name: str) -> None:
        line = wheel(clone.wheels, name, {f"{name}.py": ""})
        clone.write("requirements/run.txt", (clone.place / "requirements/run.txt").read_text() + line)

    return add
