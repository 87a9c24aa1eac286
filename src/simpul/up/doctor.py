"""`simpul doctor`: names each problem of this machine and this instance, and its remedy."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from simpul.configuration import Configuration, ConfigurationError, load
from simpul.kit.health import Health, read_reports
from simpul.up.check_measurements import measurements
from simpul.up.checks import CHECKS, Check
from simpul.up.database_file import damage, dangling, remedy
from simpul.up.folder import lock_owner
from simpul.up.groups import command
from simpul.up.tree import environment

# So long each of two looks into the file of the database may take.
LOOK_SECONDS = 30.0
MARKS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}


def register(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """0 when nothing fails (warnings may remain), 1 when a check fails, 2 when the settings are wrong."""
    try:
        configuration = load()
    except ConfigurationError as error:
        if not args.json:
            raise
        print(json.dumps({"ok": False, "checks": [asdict(Check("settings", "fail", str(error), "mend it"))]}))
        return 2
    checks = examine(configuration)
    ok = all(check.status != "fail" for check in checks)
    if args.json:
        print(json.dumps({"ok": ok, "checks": [asdict(check) for check in checks]}, ensure_ascii=False))
    else:
        print("\n".join(shown(check) for check in checks))
    return 0 if ok else 1


def examine(configuration: Configuration) -> list[Check]:
    """All checks in the order in which a person mends things."""
    settings = Check("settings", "ok", f"valid; data folder {configuration.data.folder}")
    machine = [check(configuration) for check in CHECKS]
    return [settings, *machine, database(configuration), measurements(configuration), *components(configuration)]


def shown(check: Check) -> str:
    """One line, and a second one with the remedy."""
    line = f"{MARKS[check.status]}  {check.name:<15} {check.what}"
    return f"{line}\n      {'':<15} -> {check.remedy}" if check.remedy else line


def database(configuration: Configuration) -> Check:
    """Is it there, and are its tables up to date? Asked in a process of its own, since only that needs Django."""
    name = "database"
    if not configuration.database.url and not configuration.data.sqlite.exists():
        return Check(name, "ok", "SQLite; made by the first start")
    damaged = None if configuration.database.url else database_file(configuration.data.sqlite)
    if damaged:
        return damaged
    asked = subprocess.run(
        command("run check-database"),
        env=environment(configuration, os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    try:
        answer = json.loads(asked.stdout)
    except ValueError:
        last: Sequence[str] = asked.stderr.strip().splitlines() or ["no answer"]
        return Check(
            name, "fail", f"Django does not start: {last[-1]}", "read log/simpul.log, or run: simpul manage check"
        )
    if "error" in answer:
        return Check(name, "fail", answer["error"], "start the database, or mend database.url")
    pending = answer["pending"]
    if pending:
        return Check(name, "fail", f"{len(pending)} changes to the tables are pending", "simpul manage migrate")
    return Check(name, "ok", f"{answer['vendor']}, tables up to date")


def database_file(path: Path) -> Check | None:
    """What is wrong inside SQLite's file; None for nothing."""
    found = damage(path, LOOK_SECONDS)
    if found:
        return Check("database", "fail", f"{path} is damaged: {found}", remedy(path))
    lost = dangling(path, LOOK_SECONDS)
    if lost:
        return Check("database", "fail", f"{path}: {lost}", "put a backup in its place; a tool has changed the file")
    return None


def components(configuration: Configuration) -> list[Check]:
    """How the running tree is, if it runs."""
    owner = lock_owner(configuration.data)
    if owner is None:
        return [Check("instance", "ok", "does not run now")]
    found = sorted(read_reports(configuration.data.run).items())
    return [Check("instance", "ok", f"runs (pid {owner})"), *(_component(name, health) for name, health in found)]


def _component(name: str, health: Health) -> Check:
    what = f"{health.state}: {health.detail}" if health.detail else health.state
    if health.state == "down":
        return Check(name, "fail", what, "read log/simpul.log in the data folder")
    return Check(name, "ok" if health.state != "starting" else "warn", what)
