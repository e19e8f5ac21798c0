"""The service is killed again and again while a receiver fails: every event arrives all the same, under its own id."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.process.commands import eventually, obeyed
from tests.process.places import Place
from tests.process.sending import deliveries, send_all

pytestmark = pytest.mark.slow

KILLS = 2
COMMENTS = 20  # before each kill


class Receiver(ThreadingHTTPServer):
    """Takes nearly everything, and remembers what: some it refuses the first time, of some it loses its own answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.came: Counter[str] = Counter()
        self.taken: dict[str, set[bytes]] = {}
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message = str(self.headers["webhook-id"])
        with self.server.lock:
            self.server.came[message] += 1
            odd = int(message[-1], 16) if self.server.came[message] == 1 else 0
            if odd != 1:
                self.server.taken.setdefault(message, set()).add(body)
        if odd == 2:
            self.close_connection = True  # it has taken the event, and nobody hears so
            return
        self.send_response(500 if odd == 1 else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


@contextmanager
def a_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()


async def test_every_event_arrives_though_the_service_is_killed_and_the_receiver_fails(sqlite_place: Place) -> None:
    place = sqlite_place
    with a_receiver() as receiver:
        networks = "127.0.0.1/32"
        url = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
        environ = {**place.environ, "MODERATION_ENDPOINT_NETWORKS": networks}
        wanted = deliveries(place.keys, COMMENTS * (KILLS + 1))
        obeyed("endpoint", "add", place.keys.site, url, environ=environ)
        serving = place.serve(ENDPOINT_NETWORKS=networks)
        for kill in range(KILLS + 1):
            serving.until_ready()
            answers = await send_all(serving.address, wanted[kill * COMMENTS : (kill + 1) * COMMENTS], concurrency=4)
            assert {answer.status for answer in answers.values()} == {201}
            if kill < KILLS:
                serving.kill()
                serving = place.serve(ENDPOINT_NETWORKS=networks)

        events = {f"msg_{row[0]}" for row in place.query("SELECT id FROM outbox")}
        assert len(events) == COMMENTS * (KILLS + 1)
        # What a killed service had taken up waits half a minute for its lease, and what was refused for its next try.
        eventually(lambda: set(receiver.taken) >= events, seconds=150, what="every event")
        assert set(receiver.taken) == events
        assert all(len(bodies) == 1 for bodies in receiver.taken.values())
        assert serving.stop() == 0
