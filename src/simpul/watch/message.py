"""`run message`: send one message, read from standard input, and say whether it went.

A process of its own: the library behind it takes as much memory as all the rest of the watch, for a few seconds a week;
and a channel that hangs holds up nobody.
"""

from __future__ import annotations

import argparse
import json
import sys

import apprise


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments: secrets do not belong into the list of processes."""


def run(_: argparse.Namespace) -> int:
    """0 sent, 1 not; one JSON object on standard output either way."""
    wish = json.load(sys.stdin)
    channel = apprise.Apprise()
    if not channel.add(wish["url"]):
        answer = {"ok": False, "reason": "watch.notify_url is no address that apprise knows"}
    else:
        sent = channel.notify(title=wish["title"], body=wish["body"])
        answer = {"ok": bool(sent), "reason": "" if sent else "the channel did not take the message"}
    print(json.dumps(answer), flush=True)
    return 0 if answer["ok"] else 1
