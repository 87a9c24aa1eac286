"""One child process: started in its own session, its output read line by line, gone with all its descendants."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence

from simpul.kit.process import signal_group, spawn_tied

LONGEST_LINE = 65536


class Child:
    """Start it once, await `wait` once.

    `on_line` gets every line of stderr, and of stdout unless that goes to the descriptor `stdout`; without
    `on_line` both stay where this process has them.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environ: Mapping[str, str],
        on_line: Callable[[str], None] | None = None,
        stdout: int | None = None,
        keep_open: Sequence[int] = (),
    ) -> None:
        self.argv = argv
        self.environ = environ
        self.on_line = on_line
        self.stdout = stdout
        self.keep_open = keep_open
        self.ended = asyncio.Event()
        self.pid = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._output = -1
        self._pending = b""

    def start(self) -> None:
        """Raises OSError when the program cannot be run."""
        if self.on_line is None:
            self._spawn(self.stdout, None)
            return
        self._output, writing = os.pipe()
        try:
            self._spawn(writing if self.stdout is None else self.stdout, writing)
        except OSError:
            os.close(self._output)
            self._output = -1
            raise
        finally:
            os.close(writing)
        os.set_blocking(self._output, False)
        asyncio.get_running_loop().add_reader(self._output, self._read)

    def _spawn(self, stdout: int | None, stderr: int | None) -> None:
        try:
            self._process = spawn_tied(self.argv, self.environ, stdout=stdout, stderr=stderr, pass_fds=self.keep_open)
        except (OSError, subprocess.SubprocessError) as error:
            raise OSError(f"{self.argv[0]} cannot be run: {error}") from error
        self.pid = self._process.pid

    async def wait(self) -> int:
        """The exit status, negative for a signal. Whatever the child left running is killed first."""
        if self._process is None:
            raise RuntimeError("wait for a child that was not started")
        loop = asyncio.get_running_loop()
        seen = asyncio.Event()
        handle = os.pidfd_open(self.pid)
        loop.add_reader(handle, seen.set)
        try:
            await seen.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)
        # Not reaped yet, so its number cannot belong to anybody else.
        signal_group(self.pid, signal.SIGKILL)
        status = self._process.wait()
        self._read()
        self._close_output()
        self.ended.set()
        return status

    @property
    def running(self) -> bool:
        """Whether its end has not been seen yet."""
        return self._process is not None and self._process.returncode is None

    def signal(self, number: signal.Signals) -> None:
        """Signal the process itself; it tells its own children. Nothing when it has ended."""
        if self.running:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process and all of its session at once."""
        if self.running:
            signal_group(self.pid, signal.SIGKILL)

    def _read(self) -> None:
        while self._output >= 0:
            try:
                data = os.read(self._output, LONGEST_LINE)
            except BlockingIOError:
                return
            if not data:
                self._close_output()
                return
            *lines, self._pending = (self._pending + data).split(b"\n")
            if len(self._pending) > LONGEST_LINE:
                lines.append(self._pending)
                self._pending = b""
            for line in lines:
                self._tell(line)

    def _close_output(self) -> None:
        if self._output < 0:
            return
        asyncio.get_running_loop().remove_reader(self._output)
        os.close(self._output)
        self._output = -1
        self._tell(self._pending)
        self._pending = b""

    def _tell(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if text and self.on_line is not None:
            self.on_line(text)
