"""Runs the command in this process and, between SIGUSR1 and SIGUSR2, looks where its CPU time goes.

A timer looks a thousand times a second at every thread: the CPU time that a thread has used since the last look, which
the kernel counts exactly, is put down to the place where the thread is now. What a thread used before it came to wait
for more is put down to its other places, in proportion. So waiting costs nothing, no call is made slower than another,
and the sum is right; single places are as exact as a sample is. A tracing profiler such as
cProfile would make small functions look large, and sees one thread only from Python 3.12 on.
"""

from __future__ import annotations

import gc
import json
import linecache
import signal
import sys
import sysconfig
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_ROOT))

_EVERY_SECONDS = 0.001
# The look is taken by the main thread, which has to get hold of the interpreter first. With Python's 5 ms most threads
# would be done by then, and all their work would be put down to where they wait for more.
_SWITCH_SECONDS = 0.00005
_NAMED = 40  # functions
_STANDARD_LIBRARY = sysconfig.get_path("stdlib")
_SITE_PACKAGES = "/site-packages/"
_PACKAGE = str(_ROOT / "moderation")

# Libraries that count for themselves. What others do counts for who has called them.
_LIBRARIES = {
    **dict.fromkeys(("aiohttp", "multidict", "yarl", "aiosignal", "frozenlist", "propcache"), "aiohttp"),
    **dict.fromkeys(("sqlalchemy", "greenlet"), "sqlalchemy"),
    **dict.fromkeys(("aiosqlite", "psycopg", "psycopg_binary", "sqlite3"), "driver"),
    **dict.fromkeys(("asyncio", "selectors.py", "concurrent", "threading.py", "queue.py"), "asyncio"),
    "prometheus_client": "metrics",
    "structlog": "logs",
}

# How the event loop, the threads of asyncio, and those of aiosqlite wait.
_WAITS = ("_selector.poll(", "queue.get(", "tx.get(", ".acquire(")

# CPU seconds by room and function.
Places = defaultdict[tuple[str, str], float]


class Sampler:
    """What was seen so far: CPU seconds by room and kind of thread, and by function."""

    def __init__(self) -> None:
        self._main = threading.main_thread().ident or 0
        self._clocks: dict[int, float] = {}
        self._collecting: dict[int, float] = {}
        self._own = 0.0
        self._begin = 0.0
        self._seen: defaultdict[int, Places] = defaultdict(lambda: defaultdict(float))
        self._waiting: defaultdict[int, float] = defaultdict(float)

    def start(self, *_signal: Any) -> None:
        """Begins to look."""
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._clocks = {ident: _cpu_of(ident) for ident in sys._current_frames()}
        self._begin = time.process_time()
        gc.callbacks.append(self._collect)
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, _EVERY_SECONDS, _EVERY_SECONDS)

    def stop(self) -> dict[str, object]:
        """Ends it and returns what was seen, in seconds. `unseen` is work outside of Python's threads."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        unseen = time.process_time() - self._begin - self._own
        rooms: tuple[defaultdict[str, float], ...] = (defaultdict(float), defaultdict(float))
        functions: defaultdict[str, float] = defaultdict(float)
        for ident, places in self._seen.items():
            working = sum(places.values())
            scale = 1 + self._waiting[ident] / working if working else 0.0
            unseen -= scale * working
            for (room, function), used in places.items():
                rooms[ident == self._main][room] += scale * used
                functions[function] += scale * used
        dearest = sorted(functions.items(), key=lambda item: -item[1])[:_NAMED]
        return {"loop": rooms[True], "threads": rooms[False], "unseen": max(0.0, unseen), "functions": dict(dearest)}

    def _look(self, _number: int, interrupted: FrameType | None) -> None:
        begin = _cpu_of(self._main)
        frames = sys._current_frames()
        if interrupted is not None:
            frames[self._main] = interrupted
        for ident, frame in frames.items():
            if ident in self._collecting:
                continue  # counted when it is done
            now = begin if ident == self._main else _cpu_of(ident)
            # A thread that is new has used all its time since the last look.
            used = now - self._clocks.get(ident, 0.0)
            self._clocks[ident] = now
            if used > 0:
                self._put_down(ident, frame, used)
        end = _cpu_of(self._main)
        self._clocks[self._main] = end
        self._own += end - begin

    def _collect(self, phase: str, _about: Mapping[str, int]) -> None:
        """Puts a run of the garbage collector down to itself, and not to the function that happened to set it off."""
        ident = threading.get_ident()
        now = _cpu_of(ident)
        if phase == "start":
            self._collecting[ident] = now
        elif ident in self._collecting:
            used = now - self._collecting.pop(ident)
            self._clocks[ident] = self._clocks.get(ident, 0.0) + used
            self._seen[ident]["garbage", "garbage: gc.collect"] += used

    def _put_down(self, ident: int, frame: FrameType | None, used: float) -> None:
        if frame is not None and waits_in(frame.f_code.co_filename, frame.f_lineno):
            self._waiting[ident] += used
            return
        while frame is not None:
            file = frame.f_code.co_filename
            room = room_of(file)
            if room is not None:
                self._seen[ident][room, f"{room}: {frame.f_code.co_qualname} ({_short(file)})"] += used
                return
            frame = frame.f_back
        self._seen[ident]["python", "python"] += used


@cache
def waits_in(file: str, line: int | None) -> bool:
    """Returns whether a thread that is at this line (None: before the first one) waits for something to do."""
    return (
        line is not None
        and room_of(file) in {"asyncio", "driver"}
        and any(call in linecache.getline(file, line) for call in _WAITS)
    )


@cache
def room_of(file: str) -> str | None:
    """Returns the room or the library that a source file belongs to; None when it works for whoever calls it."""
    if file.startswith(_PACKAGE):
        return Path(file).relative_to(_PACKAGE).parts[0].removesuffix(".py")
    _, installed, path = file.partition(_SITE_PACKAGES)  # they may be those of another virtual environment
    if installed:
        return _LIBRARIES.get(path.split("/")[0])
    if file.startswith(_STANDARD_LIBRARY):
        return _LIBRARIES.get(Path(file).relative_to(_STANDARD_LIBRARY).parts[0])
    return None


@cache
def _short(file: str) -> str:
    return "/".join(Path(file).parts[-2:])


def _cpu_of(ident: int) -> float:
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(ident))
    except OSError:  # it has ended a moment ago
        return 0.0


def main() -> None:
    """Serves; the first argument is the file for the report, the rest goes to `moderation serve`."""
    report, sampler = Path(sys.argv[1]), Sampler()

    def write(*_signal: Any) -> None:
        draft = report.with_suffix(".new")
        draft.write_text(json.dumps(sampler.stop()), encoding="utf-8")
        draft.replace(report)

    signal.signal(signal.SIGUSR1, sampler.start)
    signal.signal(signal.SIGUSR2, write)
    sys.argv = ["moderation", "serve", *sys.argv[2:]]

    from moderation.__main__ import main as command

    command()


if __name__ == "__main__":
    main()
