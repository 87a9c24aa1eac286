"""How long a stranger waits: clean clone, first start, second start, page one of the demo, its stop.

    python bench/first_start.py [--port N] [--no-demo]

Clones the committed state into a temporary folder and prints one JSON object. Seconds and MB.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 300.0


def megabytes(folder: Path) -> int:
    """Disk that a folder takes."""
    return int(subprocess.run(["du", "-sm", str(folder)], capture_output=True, text=True, check=True).stdout.split()[0])


def seconds_of(clone: Path, *arguments: str) -> float:
    """Wall time of one `./simpul` call that must succeed."""
    begin = time.monotonic()
    subprocess.run([str(clone / "simpul"), *arguments], check=True, stdout=subprocess.DEVNULL)
    return round(time.monotonic() - begin, 2)


def page_one(clone: Path, port: int) -> tuple[float, float]:
    """Seconds from the command to the first page that answers, and from Ctrl-C to the demo's end."""
    begin = time.monotonic()
    demo = subprocess.Popen([str(clone / "simpul"), "demo", "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        while time.monotonic() - begin < PATIENCE_SECONDS:
            if demo.poll() is not None:
                sys.exit(f"first_start: the demo ended with status {demo.returncode} before its first page")
            try:
                with urllib.request.urlopen(f"http://localhost:{port}/", timeout=5):
                    ready = time.monotonic() - begin
                asked = time.monotonic()
                demo.send_signal(signal.SIGINT)
                demo.wait(timeout=30)
                return round(ready, 2), round(time.monotonic() - asked, 2)
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        sys.exit(f"first_start: no page after {PATIENCE_SECONDS:.0f} s")
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8790, help="port of the demo's pages")
    parser.add_argument("--no-demo", action="store_true", help="measure the environment only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simpul-first-start-") as place:
        clone = Path(place) / "simpul"
        subprocess.run(["git", "clone", "-q", str(REPOSITORY), str(clone)], check=True)
        result: dict[str, float | int | None] = {
            "clone_mb": megabytes(clone),
            "first_start_s": seconds_of(clone, "--version"),
            "environment_mb": megabytes(clone / ".venv"),
            "second_start_s": seconds_of(clone, "--version"),
        }
        if not options.no_demo:
            result["page_one_first_s"], result["stop_first_s"] = page_one(clone, options.port)
            result["page_one_second_s"], result["stop_second_s"] = page_one(clone, options.port)
        result["cores"] = os.cpu_count()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
