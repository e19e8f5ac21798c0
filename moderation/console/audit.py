"""The audit trail as a page, and whole as a table for other programs."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from moderation.console.audit_table import HEADER, as_csv
from moderation.console.chosen import chosen_site
from moderation.console.lists import PER_PAGE, address_of, asked_in, read_list
from moderation.console.pages import AUDIT, name_meant, page, texts_of
from moderation.console.trail_lines import line_of
from moderation.domain import TrailFilter, TrailKind
from moderation.errors import FieldError, Invalid
from moderation.web.desk_fields import TrailQuery
from moderation.web.identity import current_moderator, service_of
from moderation.workflows import trail

TABLE = f"{AUDIT}.csv"


async def show_audit(request: web.Request) -> web.Response:
    """Shows who did what, newest first."""
    chosen, asked = await chosen_site(request), asked_in(request, TrailQuery)
    query, faults = read_list(request, TrailQuery)
    found = trail.TrailPage([], None, frozenset())
    if query is not None:
        found = await trail.list_trail(
            await current_moderator(request),
            chosen.known.site.id,
            _wanted(query, request),
            after=query.cursor,
            limit=PER_PAGE,
            open_reading=service_of(request).open_reading,
        )
    texts = texts_of(request)
    return page(
        request,
        "audit.html",
        status=422 if faults else 200,
        lines=[line_of(entry, texts=texts, gone=found.gone) for entry in found.entries],
        next=address_of(AUDIT, chosen, asked, cursor=found.next) if found.next else None,
        table=address_of(TABLE, chosen, asked),
        asked=asked,
        faults=faults,
        kinds=list(TrailKind),
    )


async def download_audit(request: web.Request) -> web.StreamResponse:
    """Answers with all that a filter finds, as a table (RFC 4180), written out while it is read."""
    chosen, admin = await chosen_site(request), await current_moderator(request)
    query, faults = read_list(request, TrailQuery)
    if query is None:
        names = [fault.removeprefix("lists_wrong.") for fault in faults]
        raise Invalid([FieldError(name, "invalid", "There is no such filter.") for name in names])
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8; header=present",
            "Content-Disposition": f'attachment; filename="audit-{chosen.slug}.csv"',
        }
    )
    if request.method == "HEAD":
        return response
    parts = trail.whole_trail(
        admin, chosen.known.site.id, _wanted(query, request), open_reading=service_of(request).open_reading
    )
    await response.prepare(request)
    await response.write(HEADER)
    async for entries in parts:
        await response.write(as_csv(entries))
    await response.write_eof()
    return response


def _wanted(query: TrailQuery, request: web.Request) -> TrailFilter:
    """Returns the filter, with the person as the trail has it though the page has shown it in another language."""
    wanted = query.wanted()
    return replace(wanted, person=wanted.person and name_meant(wanted.person, texts_of(request)))
