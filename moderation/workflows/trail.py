"""The audit trail, for administrators: who did what and when, on a site and to the accounts that they may see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from moderation.domain import Moderator, TrailEntry, TrailFilter
from moderation.storage.database import OpenWork
from moderation.storage.work import Work
from moderation.workflows.accounts import sees, sites_of

_AT_ONCE = 500  # entries that are read in one transaction while the whole trail is written out


@dataclass(frozen=True, slots=True)
class TrailPage:
    """A part of the trail. `next` is the entry behind which the next page begins; None on the last page. `gone` are the
    subjects of entries about authors that were erased, or their comments."""

    entries: list[TrailEntry]
    next: UUID | None
    gone: frozenset[str]


async def list_trail(
    admin: Moderator, site: UUID, wanted: TrailFilter, *, after: UUID | None, limit: int, open_reading: OpenWork
) -> TrailPage:
    """Returns what was done, newest first."""
    async with open_reading() as work:
        found, ours = await _page(work, admin, site, wanted, after=after, limit=limit + 1), await _slugs(work, admin)
        gone = await work.trail.gone(found[:limit])
    entries = [_without_others(entry, ours) for entry in found[:limit]]
    return TrailPage(entries, entries[-1].id if len(found) > limit else None, gone)


async def whole_trail(
    admin: Moderator, site: UUID, wanted: TrailFilter, *, open_reading: OpenWork
) -> AsyncIterator[Sequence[TrailEntry]]:
    """Yields all that was done, newest first, part by part. No transaction stays open in between."""
    after: UUID | None = None
    while True:
        page = await list_trail(admin, site, wanted, after=after, limit=_AT_ONCE, open_reading=open_reading)
        if page.entries:
            yield page.entries
        if page.next is None:
            return
        after = page.next


async def _page(
    work: Work, admin: Moderator, site: UUID, wanted: TrailFilter, *, after: UUID | None, limit: int
) -> list[TrailEntry]:
    seen = [account.moderator.name for account in await work.moderators.accounts() if sees(admin, account.moderator)]
    return await work.trail.page(site, wanted, accounts=seen, after=after, limit=limit)


async def _slugs(work: Work, admin: Moderator) -> frozenset[str]:
    return frozenset((await sites_of(work, admin)).values())


def _without_others(entry: TrailEntry, ours: frozenset[str]) -> TrailEntry:
    """Returns the entry without the names of sites that the reader is not given."""
    sites = entry.details.get("sites")
    if not isinstance(sites, list):
        return entry
    return replace(entry, details={**entry.details, "sites": [slug for slug in sites if slug in ours]})
