"""The door with a key: one comment, or a batch of them."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

from aiohttp import web

from moderation.errors import FieldError, Invalid, Malformed, ModerationError, TooLarge
from moderation.intake.answers import answer_outcome, line_of
from moderation.intake.fields import parse_submission
from moderation.web.body import DEFAULT_MAX_BYTES, read_body, require_json, require_ndjson
from moderation.web.identity import now_of, service_of, site_with_key
from moderation.web.strict_json import loads
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Outcome
from moderation.workflows.submit import Arrival

MAX_LINES = 1000
# A thousand comments of a page each; the longest possible ones go in smaller batches.
MAX_BATCH_BYTES = 8 * 1024 * 1024

# A structured-field string, or the same without its quotes, as most clients send it.
_IDEMPOTENCY_KEY = re.compile(r'"?([!#-~]{1,200})"?')


async def post_comment(request: web.Request) -> web.Response:
    """Takes one comment."""
    known = await site_with_key(request)
    require_json(request)
    external_id = _idempotency_key(request)
    body = await read_body(request)
    submission = parse_submission(loads(body), now=now_of(request), external_id=external_id)
    return answer_outcome(await service_of(request).submissions.put((known, Arrival(submission))))


async def post_batch(request: web.Request) -> web.Response:
    """Takes up to a thousand comments, one a line; answers one line for each, in their order."""
    known = await site_with_key(request)
    require_ndjson(request)
    lines = _lines(await read_body(request, max_bytes=MAX_BATCH_BYTES))
    now, service = now_of(request), service_of(request)
    outcomes = await asyncio.gather(*(_take(service, known, line, now) for line in lines))
    return web.Response(body=b"".join(map(line_of, outcomes)), content_type="application/x-ndjson")


async def _take(service: Service, known: KnownSite, line: bytes, now: datetime) -> Outcome:
    try:
        if len(line) > DEFAULT_MAX_BYTES:
            raise TooLarge(f"A line has at most {DEFAULT_MAX_BYTES} bytes.")
        return await service.submissions.put((known, Arrival(parse_submission(loads(line), now=now))))
    except ModerationError as error:
        return error


def _lines(body: bytes) -> list[bytes]:
    body = body.rstrip()
    if not body:
        raise Malformed("The batch is empty: one JSON object a line.")
    # Eight million empty lines would be a list of 64 MB.
    lines = body.split(b"\n", MAX_LINES)
    if len(lines) > MAX_LINES:
        raise TooLarge(f"A batch has at most {MAX_LINES} lines.")
    return lines


def _idempotency_key(request: web.Request) -> str | None:
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    match = _IDEMPOTENCY_KEY.fullmatch(header.strip())
    if match is None:
        raise Invalid([FieldError("Idempotency-Key", "invalid", "1 to 200 visible ASCII characters.")])
    return match[1]
