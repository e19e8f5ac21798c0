"""The queue as a page: what waits, filtered and in order; and decisions on many comments at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web
from multidict import MultiDict

from moderation.console.cards import OTHER_REASONS, Card, card_of
from moderation.console.chosen import Chosen, chosen_site
from moderation.console.pages import QUEUE, page, texts_of
from moderation.console.returns import back_of, done_on, here, notice_of
from moderation.domain import Actor, Reason, Sort, Status
from moderation.errors import FieldError, Invalid
from moderation.web.checking import check
from moderation.web.cursors import read_cursor, write_cursor
from moderation.web.feeding import feed_of
from moderation.web.forms import Form, form_of
from moderation.web.identity import current_moderator, now_of, service_of
from moderation.web.review_fields import FilterFields, QueueQuery, RulingFields, read_query
from moderation.workflows import queue, review
from moderation.workflows.items import items_of

PER_PAGE = 25
_MAX_DIGITS = 9  # of a number of comments

# What a filter is made of; all else in the address is not its own.
FILTER = ("status", "reason", "article", "author", "min_score", "max_score", "q", "reported", "like")
# Whoever decides all of a campaign says up to which of its comments they have been told.
_DECIDED = (*FILTER, "up_to")
# What readers have reported and nobody has looked at since, while it is public.
REPORTED = {"status": "approved", "reported": "true", "sort": "reports"}
_LISTED = (*FILTER, "sort", "cursor")
_KNOWN_WRONG = {"q", "author", "article", "min_score", "max_score", "cursor"}

# What single keys do, as it is told; `queue.js` does it.
HELP_KEYS = (
    (("j", "Page Down"), "help.next"),
    (("k", "Page Up"), "help.previous"),
    (("a",), "help.approve"),
    (("s",), "help.spam"),
    (("r",), "help.reject"),
    (("u",), "help.undo"),
    (("x",), "help.tick"),
    (("l",), "campaign.help"),
    (("o",), "help.open"),
    (("/",), "help.search"),
    (("?",), "help.help"),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the queue, as it is shown. `since` is the decision before which all is known."""

    cards: Sequence[Card]
    total: int
    exact: bool
    next: str | None
    since: UUID | None


EMPTY = Listing([], 0, exact=True, next=None, since=None)


async def show_queue(request: web.Request) -> web.Response:
    """Shows what waits, or what a filter finds; an order or filter that makes no sense is told, and finds nothing."""
    chosen = await chosen_site(request)
    try:
        query = read_query(MultiDict((name, value) for name, value in request.query.items() if name in _LISTED))
        listing = await _listing(request, chosen, query)
    except Invalid as error:
        return _show(request, chosen, query=QueueQuery(), listing=EMPTY, faults=_faults(error))
    return _show(request, chosen, query=query, listing=listing)


async def _listing(request: web.Request, chosen: Chosen, query: QueueQuery) -> Listing:
    site, wanted, sort = chosen.known.site, query.wanted(), query.order()
    after = read_cursor(query.cursor, site.id, wanted, sort) if query.cursor is not None else None
    if query.cursor is not None and after is None:
        raise Invalid([FieldError("cursor", "invalid", "This is no page of this list.")])
    service, now = service_of(request), now_of(request)
    # First, so that whatever happens while the page is made is told to it afterwards.
    async with service.open_reading() as work:
        since = await work.happenings.latest()
    found = await queue.list_queue(
        site.id, wanted, sort, after=after, limit=PER_PAGE, read_at_once=service.read_at_once, now=now
    )
    items = await items_of(
        site,
        found.comments,
        campaigns=found.campaigns,
        read_at_once=service.read_at_once,
        scorer=service.scorer,
        now=now,
    )
    texts, viewer = texts_of(request), await current_moderator(request)
    cards = [card_of(item, viewer, texts=texts, now=now, page=found.comments) for item in items]
    further = None
    if found.next is not None:
        cursor = write_cursor(found.next, site.id, wanted, sort)
        further = address_of(request, cursor=cursor)
    return Listing(cards, found.total, found.exact, further, since)


def address_of(request: web.Request, **changed: str) -> str:
    """Returns the address of this list with some of its query changed."""
    kept = {name: request.query[name] for name in ("site", *FILTER, "sort") if request.query.get(name)}
    return f"{QUEUE}?{urlencode({**kept, **changed})}"


def _show(
    request: web.Request, chosen: Chosen, *, query: QueueQuery, listing: Listing, faults: Sequence[str] = ()
) -> web.Response:
    return page(
        request,
        "queue.html",
        status=422 if faults else 200,
        listing=listing,
        query=query,
        order=query.order(),
        asked=asked(request),
        is_filtered=any(request.query.get(name) for name in FILTER),
        notice=notice_of(request, texts_of(request)),
        back=here(request),
        faults=faults,
        statuses=list(Status),
        sorts=list(Sort),
        reasons=list(Reason),
        other_reasons=OTHER_REASONS,
        actors=list(Actor),
        reported=f"{QUEUE}?{urlencode({'site': chosen.slug, **REPORTED})}",
        many=f"{QUEUE}/decisions?{urlencode({'site': chosen.slug})}",
        help_keys=HELP_KEYS,
    )


def asked(request: web.Request) -> Mapping[str, str]:
    """Returns the filter as it was asked for, to be shown in its form and sent along by others."""
    return {name: request.query.get(name, "") for name in FILTER}


def _faults(error: Invalid) -> list[str]:
    names = dict.fromkeys(wrong.field if wrong.field in _KNOWN_WRONG else "other" for wrong in error.errors)
    return [f"faults.filter_{name}" for name in names]


async def send_many(request: web.Request) -> web.Response:
    """Decides many comments of a site at once: those that are ticked, or all that a filter finds."""
    moderator, chosen, form = await current_moderator(request), await chosen_site(request), await form_of(request)
    which = _filtered(form) if "expected" in form else _ticked(form)
    if which is None:
        return done_on(back_of(form), done="nothing_ticked")
    ruling = ruling_in(form)
    service = service_of(request)
    batch = await review.rule_on_many(
        moderator, chosen.known.site.id, which, ruling.ruling(), at_once=service.at_once, now=service.now
    )
    feed_of(request).wake()
    return done_on(back_of(form), done=ruling.status, batch=batch.id, count=batch.count)


def ruling_in(form: Form) -> RulingFields:
    """Returns what a form decides, with its status and reason in two fields or in one. Raises Invalid."""
    if "ruling" in form:
        # Where many are decided, `status` and `reason` are what the filter looks for.
        status, _, reason = form["ruling"].partition(":")
        given = {"status": status, "reason": reason}
    else:
        given = {name: form.get(name, "") for name in ("status", "reason", "note", "basis")}
    return check(RulingFields, {name: value for name, value in given.items() if value})


def _filtered(form: Form) -> review.Filtered:
    expected = form["expected"]
    if not expected.isdecimal() or len(expected) > _MAX_DIGITS:
        raise Invalid([FieldError("expected", "invalid", "This must be a number.")])
    wanted = check(FilterFields, {name: form[name] for name in _DECIDED if form.get(name)})
    return review.Filtered(wanted.wanted(), int(expected))


def _ticked(form: Form) -> review.Chosen | None:
    """Returns the comments that are ticked, each with the version that was seen."""
    ids, versions = [], []
    for ticked in form.getall("comment", []):
        key, _, version = ticked.partition(":")
        try:
            ids.append(UUID(key))
            versions.append(int(version))
        except ValueError:
            raise Invalid([FieldError("comment", "invalid", "This is none of the comments of the page.")]) from None
    return review.Chosen(tuple(ids), tuple(versions)) if ids else None
