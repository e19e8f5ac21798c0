"""A service that is asked to stop finishes what it has begun."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.process.commands import Serving, eventually, status_of
from tests.process.places import Place
from tests.process.sending import Answer, Delivery, deliveries, send_all, signed

pytestmark = pytest.mark.slow

TOKEN = "t" * 32


async def test_what_was_acknowledged_before_the_stop_is_stored(place: Place) -> None:
    serving = place.serve()
    serving.until_ready()
    heard = 0

    def stop_in_the_middle(_delivery: Delivery, _answer: Answer) -> None:
        nonlocal heard
        heard += 1
        if heard == 100:
            serving.process.send_signal(signal.SIGTERM)

    answers = await send_all(serving.address, deliveries(place.keys, 600), heard=stop_in_the_middle)

    assert serving.process.wait(60) == 0
    assert 100 <= len(answers) < 600
    # Whoever was answered at all was answered well: stopping is no reason for an error.
    assert {answer.status for answer in answers.values()} == {201}
    assert {(name, answer.body["id"]) for name, answer in answers.items()} <= set(place.stored())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_that_has_begun_is_answered(number: signal.Signals, sqlite_place: Place) -> None:
    serving = sqlite_place.serve()
    serving.until_ready()
    delivery = signed(sqlite_place.keys, "c-1", "Thank you, this explains a lot.")
    head = "".join(f"{name}: {value}\r\n" for name, value in delivery.headers.items())
    request = f"POST {delivery.path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(delivery.body)}\r\n{head}\r\n"

    address = urlsplit(serving.address)
    with socket.create_connection((address.hostname, address.port or 0), timeout=30) as connection:
        connection.sendall(request.encode() + delivery.body.encode()[:10])
        # Its head has been read when a later request of somebody else is answered, for the server reads in turn.
        assert status_of(f"{serving.address}/healthz") == 200
        serving.process.send_signal(number)
        eventually(lambda: status_of(f"{serving.address}/healthz") is None, what="the end of listening")
        connection.sendall(delivery.body.encode()[10:])
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert serving.process.wait(60) == 0
    assert answer.startswith(b"HTTP/1.1 201 ")
    receipt = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert sqlite_place.stored() == [("c-1", receipt["id"])]


def test_it_is_not_ready_before_it_stops_taking_requests(place: Place) -> None:
    serving = place.serve(DRAIN_SECONDS="60")
    serving.until_ready()
    serving.process.send_signal(signal.SIGTERM)
    eventually(lambda: status_of(f"{serving.address}/readyz") == 503, what="readiness to end")

    delivery = signed(place.keys, "c-1", "Thank you, this explains a lot.")
    request = Request(serving.address + delivery.path, delivery.body.encode(), {**delivery.headers})
    with urlopen(request, timeout=10) as answer:
        assert answer.status == 201

    assert serving.stop() == 0  # told twice, it waits no longer
    assert [name for name, _ in place.stored()] == ["c-1"]


def test_who_presses_the_keys_to_stop_it_does_not_wait(sqlite_place: Place) -> None:
    serving = sqlite_place.serve(DRAIN_SECONDS="60")
    serving.until_ready()
    serving.process.send_signal(signal.SIGINT)

    assert serving.process.wait(30) == 0


async def test_two_workers_on_postgresql_serve_one_port_and_stop_together(postgresql_place: Place) -> None:
    serving = postgresql_place.serve("--workers", "2", METRICS_TOKEN=TOKEN)
    serving.until_ready()
    eventually(lambda: len(pids(serving)) == 2, what="two workers")

    wanted = deliveries(postgresql_place.keys, 200)
    answers = await send_all(serving.address, wanted, concurrency=64)

    assert serving.stdout.count("Listening on ") == 1
    assert {answer.status for answer in answers.values()} == {201}
    assert sorted(postgresql_place.stored()) == sorted((name, answer.body["id"]) for name, answer in answers.items())
    # Each process counts for itself, and each new connection may reach the other one.
    shares = {decided_by_one_process(serving) for _ in range(64)}
    assert shares == {100} or (len(shares) == 2 and min(shares) > 0 and sum(shares) == 200)
    assert serving.stop() == 0
    assert not any(map(is_alive, pids(serving)))


def test_workers_drain_though_each_is_told_twice_and_stop_when_they_are_told_again(postgresql_place: Place) -> None:
    serving = postgresql_place.serve("--workers", "2", DRAIN_SECONDS="60")
    serving.until_ready()
    eventually(lambda: len(pids(serving)) == 2, what="two workers")

    os.killpg(serving.process.pid, signal.SIGTERM)  # as a service manager does: the workers, and who tells them
    eventually(lambda: serving.stderr.count("stopping") == 2, what="both to leave")

    assert {status_of(f"{serving.address}/readyz") for _ in range(20)} == {503}
    assert {status_of(f"{serving.address}/healthz") for _ in range(20)} == {200}
    assert serving.stop() == 0
    assert not any(map(is_alive, pids(serving)))


def test_a_worker_that_dies_is_replaced(postgresql_place: Place) -> None:
    serving = postgresql_place.serve("--workers", "2")
    eventually(lambda: len(pids(serving)) == 2, what="two workers")

    os.kill(pids(serving)[0], signal.SIGKILL)
    eventually(lambda: len(pids(serving)) == 3, what="a new worker")

    assert "worker_ended" in serving.stderr
    serving.until_ready()
    assert serving.stop() == 0
    assert not any(map(is_alive, pids(serving)))


def test_sqlite_is_served_by_one_process_and_says_why(sqlite_place: Place) -> None:
    serving = sqlite_place.serve("--workers", "2")
    serving.until_ready()

    assert "moderation: SQLite has one writer, so one process serves; use PostgreSQL for more." in serving.stderr
    assert pids(serving) == [serving.process.pid]
    assert serving.stop() == 0


def pids(serving: Serving) -> list[int]:
    """Returns the processes that have said that they serve, in the order in which they did."""
    return [int(pid) for pid in re.findall(r"\] ready .* pid=(\d+)", serving.stderr)]


def is_alive(pid: int) -> bool:
    """Tells whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def decided_by_one_process(serving: Serving) -> int:
    """Returns how many comments the process has decided that answers a new connection."""
    request = Request(f"{serving.address}/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    with urlopen(request, timeout=10) as answer:
        text = answer.read().decode()
    return sum(
        int(float(n)) for n in re.findall(r"^moderation_comments_decided_total\{.*\} (\S+)$", text, re.MULTILINE)
    )
