"""The verbs of the command line: which there are, and where each is written.

A verb's module is loaded when the verb is called, and Django only for those that need it, so that a light one
stays light. A target is `module`, or `module:name` where a module holds several verbs; either way it offers
`register(parser)` and `run(args) -> int`. A target with `needs` gets a second argument, a function that returns
what `needs` names: so a room is handed something of a higher floor without importing it.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import importlib
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from simpul import __version__
from simpul.kit.actor import Forbidden
from simpul.kit.logs import SUPERVISED, configure_logging
from simpul.kit.problem import Problem

log = logging.getLogger(__name__)
# What a file or folder may answer that a person can mend.
FILE_REMEDIES = {
    errno.EACCES: "Run as its owner, or mend its mode",
    errno.EPERM: "Run as its owner, or mend its mode",
    errno.EROFS: "Use a disk that can be written",
    errno.ENOSPC: "Free some room on that disk",
}


@dataclass(frozen=True, slots=True)
class Verb:
    """One row of the table. A verb without summary is for the program's own use and not listed.

    `django` loads Django first; `instance` does so only where an instance was started before, and makes none.
    """

    target: str
    summary: str = ""
    django: bool = False
    instance: bool = False
    needs: str = ""


VERBS: dict[str, Verb] = {
    "up": Verb("simpul.up.cli", "start Simpul and keep it running"),
    "demo": Verb(
        "simpul.up.demo",
        "try Simpul with an invented regency; nothing outside its folder is touched",
        needs="simpul.lab.region:settings",
    ),
    "lab": Verb("simpul.lab.cli", "the virtual network: build, look, drill", needs="simpul.up.lab_alone:place"),
    "doctor": Verb("simpul.up.doctor", "check this machine and this instance; say what to mend and how"),
    "user": Verb("simpul.people.cli", "add, invite, list and lock people", instance=True),
    "import": Verb("simpul.register.cli:import_file", "read sites, contracts ... from a file", instance=True),
    "export": Verb("simpul.register.cli:export", "write sites, contracts ... to a file", instance=True),
    "rollout": Verb("simpul.register.cli:rollout", "how far the network had come at a date", instance=True),
    "impact": Verb("simpul.register.cli_impact", "whom it hits when a link, device or way out is gone", instance=True),
    "trace": Verb("simpul.register.cli_trace", "the way of a place to the core and out, hop by hop", instance=True),
    "traffic": Verb(
        "simpul.traffic.cli",
        "how the internet is shared: compare, apply, confirm, go back",
        instance=True,
        needs="simpul.wiring:agent_credential",
    ),
    "agent": Verb("simpul.traffic.agent.cli", "the gateway shares the internet by itself, by plan or by order"),
    "watch": Verb("simpul.watch.cli", "what is up, what is not, and why", instance=True),
    "log": Verb("simpul.record.cli", "verify the log that cannot be changed", instance=True),
    "events": Verb("simpul.record.cli:events", "list events that reached nobody; deliver them again", instance=True),
    "manage": Verb("simpul.up.manage", "Django's own commands, for developers", django=True),
    "traffic allocate": Verb("simpul.traffic.allocate_cli"),
    "run bus": Verb("simpul.up.bus"),
    "run store": Verb("simpul.up.store"),
    "run web": Verb("simpul.web.serve", needs="simpul.asgi:application"),
    "run control": Verb("simpul.up.control", django=True, needs="simpul.wiring:control_components"),
    "run watch": Verb("simpul.watch.process", django=True, needs="simpul.wiring:watch_components"),
    "run message": Verb("simpul.engines.messages"),
    "run prepare": Verb("simpul.up.prepare", django=True, needs="simpul.wiring:prepare_demo"),
    "run check-database": Verb("simpul.up.check_database", django=True),
    "run sandbox": Verb("simpul.up.inside"),
    "run lab": Verb("simpul.lab.process", django=True, needs="simpul.wiring:lab_components"),
    "run agent": Verb("simpul.lab.gateway"),
    "run lab-people": Verb("simpul.lab.people.process"),
    "run lab-snmp": Verb("simpul.lab.snmp.responder"),
}


class Parser(argparse.ArgumentParser):
    """Argparse whose errors are one line that names the remedy; exit status 2."""

    def error(self, message: str) -> NoReturn:
        """End the program."""
        self.exit(2, f"{self.prog}: {message}. See: {self.prog} --help\n")


def main(argv: Sequence[str]) -> int:
    """Run one verb. 0 done, 1 the answer is no, 2 the call or the input is wrong (one line on stderr)."""
    try:
        status = _main(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone; nothing is left to say, not even by Python at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status


def _main(argv: Sequence[str]) -> int:
    name, rest = _split(argv)
    if name in ("", "help", "-h", "--help"):
        print(overview())
        return 0 if name else 2
    if name in ("--version", "-V"):
        print(f"simpul {__version__}")
        return 0
    if name not in VERBS:
        print(f"simpul: there is no verb {name}. See: simpul help", file=sys.stderr)
        return 2
    configure_logging(os.environ.get("SIMPUL_LOG_LEVEL") or "info", as_json=SUPERVISED in os.environ)
    return _run(name, rest)


def overview() -> str:
    """What `simpul help` prints: every verb for people with its one-line summary."""
    rows = [f"  {name:<10} {verb.summary}" for name, verb in VERBS.items() if verb.summary]
    head = ["Simpul, the command center of a regional government's network.", "", "simpul VERB ...", ""]
    return "\n".join([*head, *rows, "", "simpul VERB --help says more. Settings: docs/85-settings.md"])


def load(target: str) -> Any:
    """What `module` or `module:name` means."""
    module, _, name = target.partition(":")
    found: Any = importlib.import_module(module)
    return getattr(found, name) if name else found


def _split(argv: Sequence[str]) -> tuple[str, list[str]]:
    """The verb's name and its arguments; the program's own verbs have names of two words."""
    two = " ".join(argv[:2])
    if two in VERBS:
        return two, list(argv[2:])
    return (argv[0] if argv else ""), list(argv[1:])


def _run(name: str, rest: Sequence[str]) -> int:
    verb = VERBS[name]
    try:
        with contextlib.ExitStack() as until_the_end:
            if verb.instance:
                _at_instance(rest, until_the_end)
            elif verb.django:
                _set_up()
            return _call(name, verb, rest)
    except (Problem, Forbidden) as problem:
        return _refuse(name, str(problem))
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if SUPERVISED not in os.environ:
            line = _explained(verb, error)
            if line is None:
                raise
            log.debug("%s was refused", name, exc_info=True)
            return _refuse(name, line)
        # One entry of the log with its traceback, instead of thirty lines that look harmless.
        log.exception("%s ended by an error that was not foreseen", name)
        return 1


def _explained(verb: Verb, error: Exception) -> str | None:
    """One line for an error of a file or the database; None for any other, which nobody foresaw."""
    if isinstance(error, OSError) and error.filename is not None and error.errno in FILE_REMEDIES:
        return f"{error.filename}: {error.strerror}. {FILE_REMEDIES[error.errno]}"
    if (verb.django or verb.instance) and isinstance(error, load("django.db:Error")):
        line: str = load("simpul.up.instance:explain")(error, load("simpul.configuration:load")())
        return line
    return None


def _call(name: str, verb: Verb, rest: Sequence[str]) -> int:
    module = load(verb.target)
    parser = Parser(prog=f"simpul {name}", description=verb.summary or module.__doc__)
    module.register(parser)
    args = parser.parse_args(rest)
    run: Callable[..., int] = module.run
    return run(args, _provider(verb.needs)) if verb.needs else run(args)


def _at_instance(rest: Sequence[str], until_the_end: contextlib.ExitStack) -> None:
    """Set Django up for an instance that is there. Who only asks for help needs none, and none is made."""
    help_only = bool({"-h", "--help"} & set(rest))
    configuration = load("simpul.configuration:load")()
    try:
        load("simpul.up.instance:require_folder")(configuration)
    except (Problem, OSError):
        if not help_only:
            raise
        os.environ["SIMPUL_DATA_FOLDER"] = until_the_end.enter_context(tempfile.TemporaryDirectory())
    _set_up()
    if not help_only:
        load("simpul.up.instance:require_tables")(configuration)


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "simpul.settings")
    load("django:setup")()


def _provider(target: str) -> Callable[[], Any]:
    return lambda: load(target)


def _refuse(name: str, line: str) -> int:
    if SUPERVISED in os.environ:
        log.error("%s", line)
    else:
        print(f"simpul {name}: {line}", file=sys.stderr)
    return 2
