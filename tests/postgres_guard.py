"""Ends one PostgreSQL server of the tests when the process that started it is gone, however it went.

Run as a script: `python postgres_guard.py FOLDER`, with a pipe as standard input. The pipe closes when its writer ends,
be it by `stop`, by Ctrl-C or by SIGKILL; then the server in FOLDER is ended and FOLDER removed. Only the standard
library is used, so that it starts at once in any Python.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

# An immediate shutdown takes milliseconds; a loaded machine may need more. After that, SIGKILL.
_PATIENCE_SECONDS = 20.0


def read_pid(pid_file: Path) -> int | None:
    """Returns the pid of the running server, or None when there is none: PostgreSQL removes this file as it ends."""
    try:
        return int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def end_server(pid_file: Path) -> None:
    """Asks the server for an immediate shutdown and returns when it is gone."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (pid := read_pid(pid_file)) is not None:
        late = time.monotonic() > deadline
        try:
            # A stopped process takes no other signal before SIGCONT.
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGKILL if late else signal.SIGQUIT)
        except ProcessLookupError:
            return
        if late:
            return
        time.sleep(0.02)


def main() -> None:
    """Waits for the end of standard input, then ends the server and removes its folder."""
    folder = Path(sys.argv[1])
    # Ctrl-C goes to the whole terminal; this process must outlive it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end_server(folder / "home" / "data" / "postmaster.pid")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
