"""Server-sent events: what happens in a queue while somebody looks at it."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID

from aiohttp import web

from moderation.clock import rfc_3339
from moderation.domain import Happening
from moderation.errors import FieldError, Invalid, StorageUnavailable
from moderation.web.feeding import feed_of
from moderation.web.health import DRAINING
from moderation.web.identity import given_site, who_asks_now
from moderation.workflows.feed import Ear

# Then the client comes again by itself, perhaps to an instance that has less to do.
_LONGEST_SECONDS = 900.0
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events back until a page is full
}


async def follow_events(request: web.Request) -> web.StreamResponse:
    """Answers with events until the client leaves, its time is over, or the server stops."""
    known = await given_site(request)
    after = _last_event_id(request)
    response = web.StreamResponse(headers=_HEADERS)
    if request.method == "HEAD":
        return response
    async with feed_of(request).listen(known.site.id, after=after) as (ear, missed):
        await response.prepare(request)
        await response.write(b"retry: 2000\n\n")
        if missed is None:
            await response.write(b"event: reset\ndata: {}\n\n")
        for happening in missed or ():
            await response.write(as_event(happening))
        told = {happening.id for happening in missed or ()}
        stopping = asyncio.create_task(_end_when_stopping(request.app, ear))
        try:
            await _follow(request, response, ear, known.site.id, told)
        finally:
            stopping.cancel()
    await response.write_eof()
    return response


async def _follow(
    request: web.Request, response: web.StreamResponse, ear: Ear, site: UUID, told: set[UUID | None]
) -> None:
    clock = asyncio.get_running_loop().time
    pause = feed_of(request).heartbeat_seconds
    ends_at, ask_at = clock() + _LONGEST_SECONDS, clock() + pause
    while clock() < ends_at:
        happening, silent = None, False
        try:
            async with asyncio.timeout_at(ask_at):
                happening = await ear.get()
        except TimeoutError:
            silent = True
        if clock() >= ask_at:
            if not await _may_still_listen(request, site):
                return
            ask_at = clock() + pause
        if silent:
            await response.write(b": still here\n\n")
        elif happening is None:
            return
        elif happening.id is None or happening.id not in told:
            await response.write(as_event(happening))


async def _may_still_listen(request: web.Request, site: UUID) -> bool:
    try:
        now = await who_asks_now(request)
    except StorageUnavailable:
        return True  # nobody can be asked, and nothing is heard either
    return now is not None and site in now.sites


async def _end_when_stopping(app: web.Application, ear: Ear) -> None:
    await app[DRAINING].wait()
    await ear.put(None)


def as_event(happening: Happening) -> bytes:
    """Returns an event as it is sent. Only decisions have an id: the others are old when somebody comes back."""
    said = {name: value for name, value in _data(happening).items() if value is not None}
    identified = f"id: {happening.id}\n" if happening.id else ""
    return f"{identified}event: {happening.kind}\ndata: {json.dumps(said)}\n\n".encode()


def _data(happening: Happening) -> dict[str, object]:
    return {
        "comment": str(happening.comment_id),
        "version": happening.version,
        "status": happening.status,
        "was": happening.was,
        "reason": happening.reason,
        "decided_by": happening.decided_by,
        "moderator": happening.moderator,
        "batch": str(happening.batch_id) if happening.batch_id else None,
        "undoes": str(happening.undoes_id) if happening.undoes_id else None,
        "expires_at": rfc_3339(happening.expires_at) if happening.expires_at else None,
        "at": rfc_3339(happening.at),
    }


def _last_event_id(request: web.Request) -> UUID | None:
    # The header comes from whoever was here before; browsers cannot set it when they first come.
    name = "Last-Event-ID" if "Last-Event-ID" in request.headers else "after"
    given = request.headers.get(name, "") or request.query.get(name, "")
    try:
        return UUID(given) if given else None
    except ValueError:
        raise Invalid([FieldError(name, "invalid", "Take it from the last event that came.")]) from None
