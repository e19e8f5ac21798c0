"""A signed delivery that has come whole and one that has not are obeyed alike, and answered alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from moderation.web.connections import _Connection
from moderation.web.routes import Route
from moderation.web.server import RunningServer
from moderation.wiring import Service
from tests.doors.site_system import SiteSystem
from tests.doors.web_toys import Reply, a_line, a_request
from tests.fakes import DOUBT, SPAM
from tests.makers import a_payload, an_event

ORDINARY: dict[str, str] = {"Content-Encoding": "identity"}
KNOWN = "I have read this before."


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Collects of each request whether it was begun at once. Sites stay at hand, however slow the machine is."""
    monkeypatch.setattr("moderation.workflows.directory.FRESH_SECONDS", 600.0)
    ways: list[bool] = []
    begins = _Connection._begins_at_once

    def watched(connection: _Connection, route: Route | None) -> bool:
        ways.append(begins(connection, route))
        return ways[-1]

    monkeypatch.setattr(_Connection, "_begins_at_once", watched)
    return ways


def a_delivery(site: SiteSystem, body: bytes, *, more: dict[str, str], late: float = 0, **headers: str) -> bytes:
    """Returns a signed delivery in one piece. Each of `headers` goes over what is signed."""
    signed = site.signed(body, late=late) | {name.replace("_", "-"): value for name, value in headers.items()} | more
    return a_request("POST", f"/v1/sites/{site.slug}/webhook", body, **signed)


async def told(server: RunningServer, sent: bytes) -> Reply:
    async with a_line(server) as line:
        await line.send(sent)
        return await line.reply()


def said(external_id: str, /, **fields: Any) -> dict[str, Any]:
    return a_payload(**{"external_id": external_id, "author.email": "ana@example.org", **fields})


def without_ids(reply: Reply) -> tuple[int, dict[str, str], Any]:
    """Returns what two answers must have in common."""
    headers = {name: value for name, value in reply.headers.items() if name not in ("date", "x-request-id")}
    body = json.loads(reply.body)
    return reply.status, headers, {name: value for name, value in body.items() if name not in ("id", "external_id")}


@pytest.mark.parametrize(
    ("fields", "status", "at_once"),
    [
        ({"text": "Calm words."}, 201, True),
        ({"text": f"Please {DOUBT} once."}, 201, True),
        ({"text": f"You can {SPAM} here."}, 201, True),
        ({"external_id": "known", "text": KNOWN}, 200, True),
        ({"external_id": "known", "text": "Something else."}, 409, True),
        ({"text": KNOWN}, 409, True),
        ({"text": ""}, 422, False),
        ({"author.email": "no address"}, 422, False),
    ],
)
async def test_a_comment_is_answered_alike_both_ways(
    server: RunningServer,
    service: Service,
    site: SiteSystem,
    begun: list[bool],
    fields: dict[str, Any],
    status: int,
    at_once: bool,
) -> None:
    await site.deliver(an_event("comment.submitted", said("known", text=KNOWN)))
    await service.directory.find(site.slug)
    begun.clear()

    replies = []
    for name, more in (("one", {}), ("two", ORDINARY)):
        # Another person, so that what was said one way is no repetition of what is said the other way.
        author = {"author.email": f"{name}@example.org"} if status == 201 else {}
        event = an_event("comment.submitted", said(name, **author, **fields))
        replies.append(await told(server, a_delivery(site, json.dumps(event).encode(), more=more)))

    assert begun == [at_once, False]
    assert replies[0].status == status
    assert without_ids(replies[0]) == without_ids(replies[1])


@pytest.mark.parametrize(
    ("body", "headers", "late", "status"),
    [
        (b"no JSON", {}, 0, 400),
        (b'{"type": "comment.submitted"}', {}, 0, 422),
        (b"{}", {"webhook_signature": "v1,bm9uZSBvZiBvdXJz"}, 0, 401),
        (b"{}", {"webhook_id": ""}, 0, 401),
        (b"{}", {}, 301, 401),
        (b"{}", {}, -301, 401),
        (b"{}", {"Content_Type": "text/plain"}, 0, 415),
    ],
)
async def test_a_wrong_delivery_is_refused_alike_both_ways(
    server: RunningServer,
    service: Service,
    site: SiteSystem,
    begun: list[bool],
    body: bytes,
    headers: dict[str, str],
    late: float,
    status: int,
) -> None:
    await service.directory.find(site.slug)

    replies = [await told(server, a_delivery(site, body, more=more, late=late, **headers)) for more in ({}, ORDINARY)]

    assert begun == [False, False]
    assert replies[0].status == status
    assert without_ids(replies[0]) == without_ids(replies[1])
