"""Messages to people by apprise (mail, chat, SMS): `run message` sends one, read from standard input.

A process of its own: apprise takes as much memory as all the rest of the watch, for a few seconds a week, and a
channel that hangs holds up nothing else.
"""

from __future__ import annotations

import argparse
import json
import sys

import apprise


def register(parser: argparse.ArgumentParser) -> None:
    """No arguments: secrets do not belong in the list of processes."""


def run(_: argparse.Namespace) -> int:
    """0 sent, 1 not; one JSON object on standard output either way, `reason` is empty when it was sent."""
    wish = json.load(sys.stdin)
    reason = send(wish["url"], wish["title"], wish["body"])
    print(json.dumps({"ok": not reason, "reason": reason}), flush=True)
    return 1 if reason else 0


def send(url: str, title: str, body: str) -> str:
    """Why the message was not sent; empty when it was."""
    channel = apprise.Apprise()
    if not channel.add(url):
        return "the channel's address (watch.notify_url) is none that apprise knows"
    return "" if channel.notify(title=title, body=body) else "the channel did not take the message"
