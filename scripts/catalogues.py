"""Keep the gettext catalogues in step with the texts in the code.

    python scripts/catalogues.py            add and drop messages, compile the .mo files
    python scripts/catalogues.py --check    change nothing; status 1 names each catalogue that is out of step

A catalogue is in step when it holds exactly the messages that xgettext finds in its room, each of them is
translated and none is fuzzy, and the .mo beside it says the same. Every room with texts has its own `locale`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import polib

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "simpul"
# Line numbers would change a catalogue with every edit of the code above a text.
MAKE = ["makemessages", "--locale", "id", "--add-location", "file", "--no-wrap", "--no-obsolete"]
HEADER = {
    "Project-Id-Version": "Simpul",
    "Language": "id",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}

Key = tuple[str | None, str, str]


def keys(entries: Iterable[polib.POEntry]) -> set[Key]:
    """Return what tells messages apart: context, text, plural text."""
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in entries}


def extracted(work: Path) -> Path:
    """Copy the package into `work`, let xgettext bring its catalogues up to date there, and return the copy."""
    copy = work / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "*.mo", "vendor"))
    for room in copy.iterdir():  # a room with its first text gets its catalogue
        if room.is_dir():
            (room / "locale").mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    domains = ["django"]
    if any(copy.rglob("djangojs.po")):
        domains.append("djangojs")
    for domain in domains:
        command = [sys.executable, "-m", "django", *MAKE, "--domain", domain]
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip()
            if "Unable to find a locale path" in said:
                said = "a text for people stands in src/simpul/*.py; move it into a room, which has a catalogue"
            sys.exit(f"catalogues: {said}")
    return copy


def faults(committed: Path, fresh: Path) -> Iterator[str]:
    """Say in which ways the catalogue `committed` is out of step with `fresh`, what the code holds now."""
    wanted = polib.pofile(str(fresh))
    have = polib.pofile(str(committed)) if committed.exists() else polib.POFile()
    for _, text, _ in sorted(keys(wanted) - keys(have), key=str):
        yield f"lacks {text!r}"
    for _, text, _ in sorted(keys(have) - keys(wanted), key=str):
        yield f"holds {text!r}, which no code says any more"
    for entry in have:
        if "fuzzy" in entry.flags or not entry.translated():
            yield f"has no finished translation of {entry.msgid!r}"
    compiled = committed.with_suffix(".mo")
    if not compiled.exists():
        yield f"is not compiled to {compiled.name}"
    elif {(e.msgctxt, e.msgid): e.msgstr or e.msgstr_plural for e in polib.mofile(str(compiled))} != {
        (e.msgctxt, e.msgid): e.msgstr or e.msgstr_plural for e in have.translated_entries()
    }:
        yield f"says something else than {compiled.name}"


def update(committed: Path, fresh: Path) -> None:
    """Put the messages of `fresh` into `committed` and compile it; an unchanged catalogue keeps its date."""
    committed.parent.mkdir(parents=True, exist_ok=True)
    if not committed.exists():
        catalogue = polib.pofile(str(fresh), wrapwidth=0)
        catalogue.header = f"Indonesian words of the room {fresh.parents[3].name!r}."
        catalogue.metadata_is_fuzzy = False
        catalogue.metadata = HEADER
        catalogue.save(str(committed))
    elif keys(polib.pofile(str(committed))) != keys(polib.pofile(str(fresh))):
        shutil.copyfile(fresh, committed)
    polib.pofile(str(committed)).save_as_mofile(str(committed.with_suffix(".mo")))


def main() -> int:
    """Check or update every catalogue of the package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, only say what is out of step")
    check = parser.parse_args().check
    found = 0
    with tempfile.TemporaryDirectory() as work:
        copy = extracted(Path(work))
        for fresh in sorted(copy.rglob("locale/*/LC_MESSAGES/*.po")):
            committed = PACKAGE / fresh.relative_to(copy)
            if not check:
                update(committed, fresh)
            for fault in faults(committed, fresh):
                found += 1
                print(f"{committed.relative_to(PACKAGE.parent.parent)} {fault}", file=sys.stderr)
    if found:
        remedy = "run scripts/catalogues.py and translate what is new" if check else "translate these"
        print(f"catalogues: {found} out of step; {remedy}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
