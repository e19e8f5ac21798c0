"""What happens at the doors for moderators. Each handler reads, calls one workflow, and answers."""

from __future__ import annotations

from aiohttp import web

from moderation.api import shown
from moderation.api.answers import BatchBody, EmailBody, QueueBody, UndoneBody, answer
from moderation.api.given import given_body, given_id
from moderation.errors import FieldError, Invalid
from moderation.web.cursors import read_cursor, write_cursor
from moderation.web.feeding import feed_of
from moderation.web.identity import current_moderator, given_site, now_of, service_of
from moderation.web.review_fields import (
    DecisionFields,
    EmailFields,
    ManyFields,
    NoteFields,
    StandingFields,
    read_query,
)
from moderation.workflows import authors, queue, review, undo


async def list_queue(request: web.Request) -> web.Response:
    """Answers with a page of comments."""
    service, now = service_of(request), now_of(request)
    known, query = await given_site(request), read_query(request.query)
    site, wanted, sort = known.site.id, query.wanted(), query.order()
    after = read_cursor(query.cursor, site, wanted, sort) if query.cursor is not None else None
    if query.cursor is not None and after is None:
        sentence = "Take it from `next_cursor` of the page before, with the same filter and order."
        raise Invalid([FieldError("cursor", "invalid", sentence)])
    page = await queue.list_queue(
        site,
        wanted,
        sort,
        after=after,
        limit=query.limit,
        read_at_once=service.read_at_once,
        now=now,
    )
    body = QueueBody(
        items=[shown.item(comment, page.campaigns.get(comment.id)) for comment in page.comments],
        next_cursor=write_cursor(page.next, site, wanted, sort) if page.next else None,
        total=page.total,
        total_is="exact" if page.exact else "at_least",
    )
    return answer(body)


async def get_comment(request: web.Request) -> web.Response:
    """Answers with a comment and all that belongs to it."""
    service, moderator = service_of(request), await current_moderator(request)
    file = await queue.open_case(
        moderator,
        given_id(request),
        open_reading=service.open_reading,
        directory=service.directory,
        scorer=service.scorer,
        now=service.now(),
    )
    return answer(shown.case(file, moderator))


async def decide(request: web.Request) -> web.Response:
    """Decides a comment."""
    service, moderator = service_of(request), await current_moderator(request)
    given = await given_body(request, DecisionFields)
    ruled = await review.rule(
        moderator, given_id(request), given.ruling(), version=given.version, at_once=service.at_once, now=service.now
    )
    return _ruled(request, ruled)


async def decide_many(request: web.Request) -> web.Response:
    """Decides many comments of a site, all or none."""
    service, moderator, known = service_of(request), await current_moderator(request), await given_site(request)
    given = await given_body(request, ManyFields)
    batch = await review.rule_on_many(
        moderator, known.site.id, given.which(), given.ruling(), at_once=service.at_once, now=service.now
    )
    feed_of(request).wake()
    return answer(BatchBody(batch=batch.id, count=batch.count), status=201)


async def undo_decision(request: web.Request) -> web.Response:
    """Takes a decision back."""
    service, moderator = service_of(request), await current_moderator(request)
    return _ruled(request, await undo.undo(moderator, given_id(request), at_once=service.at_once, now=service.now))


async def undo_batch(request: web.Request) -> web.Response:
    """Takes back what is still as a batch has left it."""
    service, moderator = service_of(request), await current_moderator(request)
    undone = await undo.undo_batch(moderator, given_id(request), at_once=service.at_once, now=service.now)
    feed_of(request).wake()
    body = UndoneBody(batch=undone.id, count=undone.count, kept=undone.kept, stayed=[*undone.stayed])
    return answer(body, status=201)


async def claim(request: web.Request) -> web.Response:
    """Claims a comment, or goes on with one's claim."""
    service, moderator = service_of(request), await current_moderator(request)
    taken = await queue.claim(moderator, given_id(request), at_once=service.at_once, now=service.now)
    feed_of(request).wake()
    return answer(shown.claim(taken))


async def release(request: web.Request) -> web.Response:
    """Ends one's claim."""
    service, moderator = service_of(request), await current_moderator(request)
    await queue.release(moderator, given_id(request), at_once=service.at_once, now=service.now)
    feed_of(request).wake()
    return web.Response(status=204)


async def add_note(request: web.Request) -> web.Response:
    """Notes something for colleagues."""
    service, moderator = service_of(request), await current_moderator(request)
    given = await given_body(request, NoteFields)
    note = await queue.note(moderator, given_id(request), given.text, at_once=service.at_once, now=service.now)
    return answer(shown.note(note), status=201)


async def get_author(request: web.Request) -> web.Response:
    """Answers with what is known of an author."""
    service, moderator = service_of(request), await current_moderator(request)
    known = await authors.look_up(moderator, given_id(request), open_reading=service.open_reading, now=service.now())
    return answer(shown.history(known))


async def set_standing(request: web.Request) -> web.Response:
    """Decides about an author."""
    service, moderator = service_of(request), await current_moderator(request)
    given = await given_body(request, StandingFields)
    author = await authors.set_standing(
        moderator,
        given_id(request),
        given.standing,
        until=given.until,
        reason=given.reason,
        at_once=service.at_once,
        now=service.now,
    )
    return answer(shown.author(author))


async def reveal_email(request: web.Request) -> web.Response:
    """Shows an administrator the address of a comment's author."""
    service, admin = service_of(request), await current_moderator(request)
    given = await given_body(request, EmailFields)
    email = await authors.reveal_email(
        admin,
        given_id(request),
        reason=given.reason,
        at_once=service.at_once,
        vault=service.house.vault,
        now=service.now,
    )
    return answer(EmailBody(email=email))


def _ruled(request: web.Request, ruled: review.Ruled) -> web.Response:
    feed_of(request).wake()
    return answer(shown.ruled(ruled), status=201)
