"""Several serving processes behind one port, and the one that looks after them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

import structlog

from moderation.cli.running import STOP_SIGNALS, cannot_listen, serve_until_stopped
from moderation.settings import Settings
from moderation.wiring import open_house

log = structlog.stdlib.get_logger(__name__)

# A worker that cannot start must not be started as fast as the machine allows.
_RESTART_SECONDS = 1.0
_HEARD = {*STOP_SIGNALS, signal.SIGCHLD}


def run_several(settings: Settings) -> None:
    """Keeps `workers` processes serving on one port until it is told to stop; one that ends is replaced.

    Raises what would keep every worker from starting: WrongUse when the port is taken, StorageUnavailable, BadKeys.
    """
    asyncio.run(_try_house(settings))
    with _hold_port(settings) as held:
        _look_after(settings.model_copy(update={"port": held.getsockname()[1]}))


async def _try_house(settings: Settings) -> None:
    async with open_house(settings):
        pass


def _hold_port(settings: Settings) -> socket.socket:
    """Takes the port that the workers will share, without listening there. Raises WrongUse."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # First alone: those who share ports are not told when a stranger shares theirs.
        with socket.socket(family, kind) as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)
        held = socket.socket(family, kind)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(address)
    except OSError as error:
        raise cannot_listen(error, settings.host, settings.port) from error
    return held


def _look_after(settings: Settings) -> None:
    # Signals wait until they are asked for: none arrives between a look at the state and the step that follows from it.
    signal.signal(signal.SIGCHLD, lambda number, frame: None)  # what is ignored is not kept waiting everywhere
    signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    workers = {_start_worker(settings, greets=index == 0) for index in range(settings.workers)}
    while True:
        heard = signal.sigwait(_HEARD)
        if heard in STOP_SIGNALS:
            _stop(workers, heard)
            return
        for worker, status in _ended():
            workers.remove(worker)
            log.error("worker_ended", pid=worker, status=os.waitstatus_to_exitcode(status))
            time.sleep(_RESTART_SECONDS)
            workers.add(_start_worker(settings, greets=False))


def _ended() -> Iterator[tuple[int, int]]:
    """Yields every worker that has ended, with its status."""
    with suppress(ChildProcessError):  # none is left
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended


def _stop(workers: set[int], number: int) -> None:
    """Tells the workers to stop and waits for them. Whoever tells us again does not wait until they are drained."""
    _tell(workers, number)
    while workers := workers - {worker for worker, _ in _ended()}:
        if signal.sigwait(_HEARD) in STOP_SIGNALS:
            _tell(workers, signal.SIGINT)


def _tell(workers: Iterable[int], number: int) -> None:
    for worker in workers:  # who has ended is still there to be told, until it was waited for
        os.kill(worker, number)


def _start_worker(settings: Settings, *, greets: bool) -> int:
    """Returns the pid of a new worker."""
    worker = os.fork()
    if worker:
        return worker
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        asyncio.run(serve_until_stopped(settings, shares_port=True, greets=greets))
    except BaseException as error:
        log.error("worker_failed", exc_info=error)
        os._exit(1)
    os._exit(0)
