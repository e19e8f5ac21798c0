"""Moderators hear what happens in their queue, wherever it happens, and whatever they have missed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession, StreamReader

from moderation.app import service_app
from moderation.settings import Settings
from moderation.storage.work import Work
from moderation.web.feeding import FEED
from moderation.web.server import RunningServer, start_server
from moderation.wiring import Service, open_house
from moderation.workflows import feed
from moderation.workflows.feed import Feed
from moderation.workflows.moderators import disable_moderator
from tests.doors.newsroom import Desk, held
from tests.doors.site_system import SiteSystem
from tests.doors.web_toys import until
from tests.fakes import FakeClock, FakeScorer
from tests.makers import a_payload, an_event

PATIENCE_SECONDS = 15.0

pytestmark = pytest.mark.usefixtures("no_flood_limit")


def a_feed(service: Service, *, heartbeat_seconds: float = 60) -> Feed:
    return Feed(
        open_reading=service.open_reading, now=service.now, look_seconds=0.02, heartbeat_seconds=heartbeat_seconds
    )


@asynccontextmanager
async def an_instance(
    service: Service, *, look_seconds: float = 0.02, heartbeat_seconds: float = 60
) -> AsyncIterator[RunningServer]:
    """A server that looks often, so that tests need not wait."""
    app = service_app(service)
    app[FEED] = Feed(
        open_reading=service.open_reading,
        now=service.now,
        look_seconds=look_seconds,
        heartbeat_seconds=heartbeat_seconds,
    )
    async with await start_server(app, host="127.0.0.1", port=0) as server:
        yield server


@pytest.fixture
async def server(service: Service) -> AsyncIterator[RunningServer]:
    async with an_instance(service) as server:
        yield server


@dataclass
class Stream:
    """What comes in, event by event."""

    content: StreamReader

    async def line(self) -> str:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return (await self.content.readline()).decode()

    async def next(self) -> dict[str, Any]:
        """Returns the next event with its kind and id."""
        event: dict[str, Any] = {}
        while True:
            line = await self.line()
            assert line, "the stream has ended"
            name, _, value = line.rstrip("\n").partition(": ")
            if name == "data":
                event |= json.loads(value)
            elif name in ("event", "id"):
                event[name] = value
            elif not name and "event" in event:
                return event

    async def ends(self) -> bool:
        """Returns when the stream has ended."""
        while await self.line():
            pass
        return True


@asynccontextmanager
async def listening(
    desk: Desk, *, after: str | None = None, client: ClientSession | None = None
) -> AsyncIterator[Stream]:
    headers = {"Authorization": f"Bearer {desk.token}", **({"Last-Event-ID": after} if after else {})}
    async with (client or desk.site.client).get(f"/v1/sites/{desk.site.slug}/events", headers=headers) as response:
        assert (response.status, response.headers["Content-Type"]) == (200, "text/event-stream")
        stream = Stream(response.content)
        assert await stream.line() == "retry: 2000\n"
        yield stream


async def test_what_enters_and_leaves_is_told_with_who_and_why(site: SiteSystem, kim: Desk, lee: Desk) -> None:
    before = await held(site, "before")
    async with listening(kim) as stream:
        await site.post(a_payload(external_id="fine"))  # never in the queue
        comment = await held(site, "c-1")
        entered = await stream.next()
        ruled = (await lee.decide(comment, "rejected", "spam")).json["id"]
        left = await stream.next()
        await lee.ask("POST", f"/v1/decisions/{ruled}/undo")
        again = await stream.next()
        await site.deliver(an_event("comment.deleted", {"external_id": "before"}))
        deleted = await stream.next()

    assert (entered["event"], entered["comment"], entered["version"]) == ("entered", comment, 1)
    assert (left["event"], left["id"], left["moderator"], left["status"], left["reason"], left["was"]) == (
        "left",
        ruled,
        "lee",
        "rejected",
        "spam",
        "pending",
    )
    assert (again["event"], again["comment"], again["undoes"]) == ("entered", comment, ruled)
    assert (deleted["event"], deleted["comment"], deleted["decided_by"]) == ("left", before, "site")


async def test_claims_of_colleagues_are_told(site: SiteSystem, kim: Desk, lee: Desk) -> None:
    comment = await held(site, "c-1")
    async with listening(kim) as stream:
        await lee.ask("POST", f"/v1/comments/{comment}/claim")
        claimed = await stream.next()
        await lee.ask("DELETE", f"/v1/comments/{comment}/claim")
        released = await stream.next()

    assert (claimed["event"], claimed["comment"], claimed["moderator"]) == ("claimed", comment, "lee")
    assert claimed["expires_at"] == "2026-11-23T10:02:00Z"
    assert (released["event"], released["comment"]) == ("released", comment)


async def test_what_happens_at_another_instance_is_told_too(
    settings: Settings, clock: FakeClock, site: SiteSystem, kim: Desk
) -> None:
    async with open_house(settings, now=clock) as house:
        other = Service(house, scorer=FakeScorer())
        async with (
            an_instance(other) as server,
            ClientSession(f"http://127.0.0.1:{server.port}") as client,
            listening(kim, client=client) as stream,
        ):
            comment = await held(site, "c-1")
            entered = await stream.next()
            await kim.decide_many("rejected", "spam", ids=[comment])
            left = await stream.next()
        await other.submissions.close()

    assert (entered["event"], left["event"], left["comment"]) == ("entered", "left", comment)
    assert left["batch"]


async def test_only_what_happens_on_the_site_is_told(
    service: Service, site: SiteSystem, other_site: SiteSystem, kim: Desk
) -> None:
    async with listening(kim) as stream:
        await held(other_site, "abroad")
        comment = await held(site, "c-1")

        assert (await stream.next())["comment"] == comment
    for path in (f"/v1/sites/{other_site.slug}/events", "/v1/sites/nowhere/events"):
        assert (await kim.ask("GET", path)).verdict == (404, "not_found")


async def test_what_was_missed_is_told_after_coming_back(site: SiteSystem, kim: Desk, clock: FakeClock) -> None:
    async with listening(kim) as stream:
        await held(site, "c-1")
        last = (await stream.next())["id"]
    clock.advance(seconds=1)
    missed = [await held(site, f"missed-{number}") for number in range(3)]

    async with listening(kim, after=last) as stream:
        assert [(await stream.next())["comment"] for _ in range(3)] == missed
        new = await held(site, "new")
        assert (await stream.next())["comment"] == new


async def test_who_comes_back_is_told_what_began_before_and_ended_after_they_had_left(
    site: SiteSystem, kim: Desk, lee: Desk, clock: FakeClock
) -> None:
    async with listening(lee) as others:
        async with listening(kim) as stream:
            await held(site, "c-1")
            last = (await stream.next())["id"]
        clock.advance(seconds=-3)  # as a transaction that took so long, at an instance that is slower
        late = await held(site, "late")
        assert [(await others.next())["comment"] for _ in range(2)][1] == late

        async with listening(kim, after=last) as stream:
            told = await stream.next()

    assert told["comment"] == late
    assert told["id"] < last


async def test_who_has_missed_too_much_is_told_to_read_the_queue_anew(
    site: SiteSystem, kim: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_MOST_MISSED", 2)
    async with listening(kim) as stream:
        await held(site, "c-1")
        last = (await stream.next())["id"]
    for number in range(3):
        await held(site, f"missed-{number}")

    async with listening(kim, after=last) as stream:
        assert await stream.next() == {"event": "reset"}


async def test_more_than_one_look_takes_in_is_told_all_the_same(
    site: SiteSystem, kim: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_MOST_AT_A_LOOK", 3)
    ids = [await held(site, f"c-{number}") for number in range(10)]

    async with listening(kim) as stream:
        await kim.decide_many("rejected", "spam", ids=ids)

        assert {(await stream.next())["comment"] for _ in ids} == set(ids)


async def test_an_id_that_is_none_is_invalid(site: SiteSystem, kim: Desk) -> None:
    headers = {"Authorization": f"Bearer {kim.token}", "Last-Event-ID": "ana@example.org"}
    answer = await site.ask("GET", f"/v1/sites/{site.slug}/events", headers=headers)

    assert answer.wrong_fields == {"Last-Event-ID": "invalid"}
    unknown = str(uuid4())
    async with listening(kim, after=unknown) as stream:
        comment = await held(site, "c-1")
        assert (await stream.next())["comment"] == comment


async def test_head_does_not_wait(site: SiteSystem, kim: Desk) -> None:
    assert (await kim.ask("HEAD", f"/v1/sites/{site.slug}/events")).status == 200


async def test_a_stream_ends_when_the_server_stops(service: Service, site: SiteSystem, kim: Desk) -> None:
    async with an_instance(service) as server, ClientSession(f"http://127.0.0.1:{server.port}") as client:
        async with listening(kim, client=client) as stream:
            server.drain()

            assert await stream.ends()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.stop()


async def test_silence_is_filled_until_the_account_is_gone(
    service: Service, site: SiteSystem, kim: Desk, clock: FakeClock
) -> None:
    async with (
        an_instance(service, heartbeat_seconds=0.02) as server,
        ClientSession(f"http://127.0.0.1:{server.port}") as client,
        listening(kim, client=client) as stream,
    ):
        heard = [await stream.line() for _ in range(6)]
        await disable_moderator("kim", open_work=service.open_work, now=clock())

        assert await stream.ends()
    assert ": still here\n" in heard


async def test_nobody_looks_when_nobody_listens(service: Service, site: SiteSystem, kim: Desk) -> None:
    looks: list[None] = []
    looked_thrice = asyncio.Event()

    def open_reading() -> Any:
        looks.append(None)
        if len(looks) == 3:
            looked_thrice.set()
        return service.open_reading()

    silent = Feed(open_reading=open_reading, now=service.now, look_seconds=0)
    async with silent.listen(uuid4(), after=None):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await looked_thrice.wait()
    seen = len(looks)
    async with service.open_reading() as work:  # takes longer than a look would
        await work.moderators.count()

    assert len(looks) == seen


async def test_a_look_that_was_begun_ends_by_itself_when_the_last_one_leaves(service: Service) -> None:
    # Cut off while it connects, it would leave PostgreSQL with a connection that says nothing for a minute.
    ends: list[str] = []
    looking, left = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def open_reading() -> AsyncIterator[Work]:
        async with service.open_reading() as work:
            yield work
        looking.set()
        if len(ends) == 1:
            try:
                await left.wait()
            except asyncio.CancelledError:
                ends.append("cut off")
                raise
        ends.append("by itself")

    silent = Feed(open_reading=open_reading, now=service.now, look_seconds=0)
    async with asyncio.timeout(PATIENCE_SECONDS):
        async with silent.listen(uuid4(), after=None):
            looking.clear()
            await looking.wait()
            asyncio.get_running_loop().call_soon(left.set)

    assert ends == ["by itself"] * 2


async def test_who_does_not_read_is_told_to_come_again(
    service: Service, site: SiteSystem, kim: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_MOST_UNREAD", 3)
    known = await service.directory.find(site.slug)
    assert known is not None
    slow = a_feed(service)
    async with slow.listen(known.site.id, after=None) as (ear, _):
        for number in range(5):
            await held(site, f"c-{number}")
        await until(lambda: ear.qsize() == 3)
        heard = [await ear.get() for _ in range(3)]

    assert [each is None for each in heard] == [False, False, True]
