"""Authors by pseudonym: those who are judged, what is known of one, and what is decided about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web

from moderation.console.cards import OTHER_REASONS, age_of, percent_of, quote_of
from moderation.console.chosen import chosen_site, site_of_page
from moderation.console.lists import PER_PAGE, address_of, asked_in, read_list
from moderation.console.pages import AUTHORS, QUEUE, id_in, page, texts_of
from moderation.console.returns import back_of, done_on, here, notice_of
from moderation.domain import Standing, Status
from moderation.errors import FieldError, Invalid
from moderation.web.checking import check
from moderation.web.desk_fields import AuthorQuery
from moderation.web.forms import Form, form_of
from moderation.web.identity import current_moderator, now_of, service_of
from moderation.web.review_fields import StandingFields, moment_or_none
from moderation.workflows import authors
from moderation.workflows.review import MOST_AT_ONCE

# What can be decided, in the order of the buttons. Banned until a day: suspended.
STANDINGS = (Standing.BANNED, Standing.HELD, Standing.TRUSTED, Standing.NORMAL)


@dataclass(frozen=True, slots=True)
class Before:
    """How an author stood before, so that it can be put back."""

    standing: Standing
    until: str  # RFC 3339, or empty: for good


async def show_authors(request: web.Request) -> web.Response:
    """Shows the authors about whom something is decided now."""
    chosen, asked = await chosen_site(request), asked_in(request, AuthorQuery)
    query, faults = read_list(request, AuthorQuery)
    found = authors.AuthorPage([], None)
    if query is not None:
        found = await authors.list_judged(
            chosen.known.site.id,
            query.standing,
            after=query.cursor,
            limit=PER_PAGE,
            open_reading=service_of(request).open_reading,
            now=now_of(request),
        )
    return page(
        request,
        "authors.html",
        status=422 if faults else 200,
        authors=found.authors,
        next=address_of(AUTHORS, chosen, asked, cursor=found.next) if found.next else None,
        asked=asked,
        faults=faults,
        standings=STANDINGS[:-1],
    )


async def show_author(request: web.Request) -> web.Response:
    """Shows what is known of an author."""
    return await _show(request)


async def _show(request: web.Request, *, faults: list[str] | None = None, said: str = "") -> web.Response:
    service, moderator = service_of(request), await current_moderator(request)
    now, texts = now_of(request), texts_of(request)
    key = id_in(request, "author")
    known = await authors.look_up(moderator, key, open_reading=service.open_reading, now=now)
    chosen = await site_of_page(request, known.author.site_id)
    judged = await authors.standings_of(moderator, key, open_reading=service.open_reading, now=now)
    pending = known.author.counts[Status.PENDING]
    return page(
        request,
        "author.html",
        status=422 if faults else 200,
        author=known.author,
        latest=known.latest,
        judged=judged,
        pending=pending,
        too_many=pending > MOST_AT_ONCE,
        most=MOST_AT_ONCE,
        queue=f"{QUEUE}?{urlencode({'site': chosen.slug, 'author': str(key)})}",
        many=f"{QUEUE}/decisions?{urlencode({'site': chosen.slug})}",
        standings=STANDINGS,
        statuses=list(Status),
        other_reasons=OTHER_REASONS,
        notice=notice_of(request, texts),
        before=before_of(request),
        back=here(request),
        faults=faults or [],
        said=said,
        today=now.date(),
        age=lambda moment: age_of(moment, texts=texts, now=now),
        quote=quote_of,
        percent=percent_of,
        moment=lambda told: datetime.fromisoformat(str(told)) if told else None,
    )


def before_of(request: web.Request) -> Before | None:
    """Returns what the notice of a change offers to put back; None unless the address holds such a thing."""
    query = request.query
    try:
        until = moment_or_none(query.get("until") or None)
        return Before(Standing(query["was"]), until.isoformat() if until else "")
    except (KeyError, ValueError):
        return None


async def send_standing(request: web.Request) -> web.Response:
    """Bans, suspends, holds, trusts or frees an author on their site."""
    service, moderator, form = service_of(request), await current_moderator(request), await form_of(request)
    key = id_in(request, "author")
    try:
        given = check(StandingFields, _given(form, now=now_of(request)))
    except Invalid as error:
        faults = [f"author_wrong.{name}" for name in dict.fromkeys(wrong.field for wrong in error.errors)]
        return await _show(request, faults=faults, said=form.get("reason", ""))
    reading = service.open_reading
    was = (await authors.look_up(moderator, key, open_reading=reading, now=now_of(request))).author
    await authors.set_standing(
        moderator,
        key,
        given.standing,
        until=given.until,
        reason=given.reason,
        at_once=service.at_once,
        now=service.now,
    )
    until = was.standing_until.isoformat() if was.standing_until else ""
    return done_on(back_of(form, otherwise=f"{AUTHORS}/{key}"), done="judged", was=was.standing, until=until)


def _given(form: Form, *, now: datetime) -> dict[str, object]:
    """Returns what a form says, with the end of its last day as the moment. Raises Invalid."""
    standing, until = form.get("standing", ""), form.get("until", "")
    given: dict[str, object] = {"standing": standing, "reason": form.get("reason", "")}
    # Nobody who is free again is so until a day, whatever the field beside the button still holds.
    if until and standing != Standing.NORMAL:
        given["until"] = _end_of(until, now=now)
    return given


def _end_of(until: str, *, now: datetime) -> str:
    """Returns the end of a day (UTC); a moment stays as it is. Raises Invalid for what is over."""
    wrong = Invalid([FieldError("until", "invalid", "This must be a day that is not over.")])
    if len(until) > len("2026-11-29"):
        return until
    try:
        last = date.fromisoformat(until)
        if last < now.date():
            raise wrong
        return f"{last + timedelta(days=1)}T00:00:00Z"
    except (ValueError, OverflowError):
        raise wrong from None
