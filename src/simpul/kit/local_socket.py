"""A question to a process of the same machine: one JSON object in a line over its unix socket, one back."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simpul.kit.problem import Problem


def ask(path: Path, request: Mapping[str, Any], who: str, patience_seconds: float) -> dict[str, Any] | None:
    """What `who` answers on its socket; None where none listens. Raises Problem when it does not answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(patience_seconds)
        try:
            line.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError as error:
            raise Problem(f"{path}: {error.strerror or error}. Ask as the owner of the data folder") from None
        try:
            line.sendall(json.dumps(request).encode() + b"\n")
            with line.makefile(encoding="utf-8") as answers:
                answer: dict[str, Any] = json.loads(answers.readline())
        except (OSError, ValueError):
            raise Problem(f"{path}: {who} did not answer. See log/simpul.log in the data folder") from None
    return answer
