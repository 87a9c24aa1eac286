"""`python -m simpul`, and the console script."""

from __future__ import annotations

import sys

from simpul.cli import main as run_verb


def main() -> int:
    """Run the verb named on the command line; the exit status."""
    return run_verb(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
