"""The signed door: what a site's own system tells us, each delivery obeyed once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from aiohttp import hdrs, web

from moderation.domain import ArticleState, Delivery, Grievance, Receipt
from moderation.errors import ModerationError, UnsupportedMediaType
from moderation.intake.answers import answer_outcome, article_answer, outcome_json, receipt_answer
from moderation.intake.envelope import Envelope, EventType, parse_envelope
from moderation.intake.fields import parse_article_update, parse_deletion, parse_edit, parse_submission
from moderation.intake.reported import Reported, parse_report
from moderation.intake.signature import TOLERANCE_SECONDS, verify
from moderation.web.body import read_body
from moderation.web.identity import SERVICE, named_site, service_of
from moderation.web.strict_json import loads
from moderation.web.whole import Promise, Whole
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.reports import named_pseudonym, report_by_site
from moderation.workflows.submit import Arrival

# What clients send that name no type of their own; the signature covers the bytes, whatever they are called.
_UNNAMED = "application/octet-stream"
# As nearly every client writes it.
_JSON = frozenset({"application/json", "application/json; charset=utf-8"})
_CLOCKS_DIFFER = timedelta(seconds=TOLERANCE_SECONDS)


async def receive_webhook(request: web.Request) -> web.Response:
    """Takes one signed delivery."""
    known = await named_site(request)
    if request.content_type not in ("application/json", _UNNAMED):
        raise UnsupportedMediaType("A webhook's body is application/json.")
    body = await read_body(request)
    service = service_of(request)
    now = service.now()
    delivery, envelope = _opened(service, known, request.headers, body, now)
    return await _obey(service, known, delivery, envelope, now)


def receive_at_once(app: web.Application, given: Whole) -> Promise | None:
    """Takes one signed delivery that holds a comment with nothing wrong about it. Does what `receive_webhook` does."""
    service = app[SERVICE]
    known = service.directory.at_hand(given.path.removeprefix("/v1/sites/").removesuffix("/webhook"))
    if known is None or given.headers.get(hdrs.CONTENT_TYPE) not in _JSON:
        return None
    now = service.now()
    try:
        delivery, envelope = _opened(service, known, given.headers, given.body, now)
        if envelope.type is not EventType.COMMENT_SUBMITTED:
            return None
        arrival = Arrival(parse_submission(envelope.data, now=now), delivery)
        return Promise(service.submissions.promise((known, arrival)), outcome_json)
    except ModerationError:
        return None  # the handler finds the same again, and answers it


def _opened(
    service: Service, known: KnownSite, headers: Mapping[str, str], body: bytes, now: datetime
) -> tuple[Delivery, Envelope]:
    # Nothing of the body is looked at before this has returned.
    name = verify(headers=headers, body=body, secrets=known.live_secrets(now=now), now=now)
    delivery = Delivery(name, service.house.vault.keyed_digest(known.site.id)(body))
    return delivery, parse_envelope(loads(body))


async def _obey(
    service: Service, known: KnownSite, delivery: Delivery, envelope: Envelope, now: datetime
) -> web.Response:
    if envelope.type is EventType.COMMENT_SUBMITTED:
        arrival = Arrival(parse_submission(envelope.data, now=now), delivery)
        return answer_outcome(await service.submissions.put((known, arrival)))
    # A clock that runs ahead must not make every later edit look old.
    said_at = min(envelope.timestamp, now + _CLOCKS_DIFFER)
    match envelope.type:
        case EventType.COMMENT_EDITED:
            edit = parse_edit(envelope.data)
            return receipt_answer(await service.edit(known, edit, delivery, said_at=said_at))
        case EventType.COMMENT_DELETED:
            return receipt_answer(await service.delete(known, parse_deletion(envelope.data), delivery))
        case EventType.COMMENT_REPORTED:
            return receipt_answer(await _report(service, known, delivery, parse_report(envelope.data)))
        case EventType.ARTICLE_UPDATED:
            update = parse_article_update(envelope.data)
            state: ArticleState = await service.update_article(known, update, delivery, said_at=said_at)
            return article_answer(update.id, state)


async def _report(service: Service, known: KnownSite, delivery: Delivery, told: Reported) -> Receipt:
    site, vault = known.site, service.house.vault
    reporter = named_pseudonym(vault, site.id, told.reporter) if told.reporter else None
    grievance = Grievance(told.complaint, told.text, reporter)
    return await report_by_site(
        site, told.external_id, grievance, delivery, at_once=service.at_once, vault=vault, now=service.now
    )
