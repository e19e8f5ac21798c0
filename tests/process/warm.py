"""A process that has imported what the commands import, and forks one for each command or service.

Nine tenths of what a short command costs is Python's start and imports, and three quarters of what a service does; the
tests run some hundreds. What is forked is a process like any other: with arguments, environment, standard streams, a
group and an exit status of its own, and with nothing of the test's. Commands that are killed, whatever has code of its
own or promises how fast it starts, and those that hold `--help` to importing nothing heavy start in the ordinary way.
"""

from __future__ import annotations

import atexit
import gc
import os
import pickle
import runpy
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import IO

_MAX_BYTES = 1 << 20
_NUMBER = struct.Struct("i")

# Of scikit-learn, which few commands need, nothing is here: it is imported by those.
_IMPORTED = (
    "aiosqlite",
    "alembic.command",
    "moderation.cli.running",
    "moderation.storage.migrations",
    "moderation.storage.postgresql",
    "moderation.scoring.together",
    "moderation.wiring",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.ext.asyncio",
)


class Forked:
    """A process that was forked, with what the tests use of `subprocess.Popen`."""

    def __init__(
        self, arguments: Sequence[str], *, environ: Mapping[str, str], stdin: IO[bytes], stdout: IO[bytes],
        stderr: IO[bytes],
    ) -> None:  # fmt: skip
        self.args = list(arguments)
        self.returncode: int | None = None
        self._ended, told = socket.socketpair()
        with told:
            order = pickle.dumps((self.args, dict(environ)))
            # One message: two threads that ask at once do not mix theirs.
            socket.send_fds(_server(), [order], [stream.fileno() for stream in (stdin, stdout, stderr, told)])
        (self.pid,) = _NUMBER.unpack(self._ended.recv(_NUMBER.size))

    def wait(self, timeout: float | None = None) -> int:
        """Returns the exit status, or, below 0, the signal that has ended it. Raises TimeoutExpired."""
        if self.returncode is None:
            self._ended.settimeout(timeout)
            try:
                (self.returncode,) = _NUMBER.unpack(self._ended.recv(_NUMBER.size))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0) from None
            self._ended.close()
        return self.returncode

    def poll(self) -> int | None:
        """Returns the same when it has ended, else None."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0.0)
        return None

    def send_signal(self, number: int) -> None:
        """Sends a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it at once."""
        self.send_signal(signal.SIGKILL)


def run_warm(
    arguments: Sequence[str], *, environ: Mapping[str, str], stdin: str, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, as `subprocess.run` would. Raises TimeoutExpired when it has none in time."""
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as stdout,
        tempfile.TemporaryFile() as stderr,
    ):
        given.write(stdin.encode())
        given.seek(0)
        process = Forked(arguments, environ=environ, stdin=given, stdout=stdout, stderr=stderr)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        return subprocess.CompletedProcess(process.args, status, _written(stdout), _written(stderr))


def _written(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@cache
def _server() -> socket.socket:
    """Returns the line to a server, which ends with this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def end() -> None:
        ours.close()
        # Whatever was forked from here without starting another program still holds the line open.
        process.terminate()
        process.wait()

    atexit.register(end)
    return ours


def _serve(line: socket.socket) -> list[str]:
    """Forks for each order; returns only in what was forked, with the arguments of the command."""
    while True:
        order, descriptors, _, _ = socket.recv_fds(line, _MAX_BYTES, 4)
        if not order:
            os._exit(0)
        if os.fork():
            for descriptor in descriptors:
                os.close(descriptor)
            continue
        line.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        *streams, told = descriptors
        if pid := os.fork():
            os.setpgid(pid, pid)  # before anyone is told whom to send signals
            with suppress(OSError):  # nobody wants to know
                os.write(told, _NUMBER.pack(pid))
                os.write(told, _NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
            os._exit(0)
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
        for descriptor in descriptors:
            os.close(descriptor)
        arguments, environ = pickle.loads(order)
        os.environ.clear()
        os.environ.update(environ)
        return list(arguments)


def _main() -> None:
    from moderation.cli import COMMANDS

    for module in (*_IMPORTED, *(where.split(":")[0] for where, _ in COMMANDS.values())):
        import_module(module)
    assert threading.active_count() == 1, "what is forked would miss a thread"
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    sys.argv[1:] = _serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module("moderation", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
