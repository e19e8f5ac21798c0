"""Authors by pseudonym: what a site knows of them, what it decides about them, and the one look at an address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moderation.domain import AuthorFile, JudgedAuthor, Moderator, QueuedComment, Standing, TrailEntry
from moderation.errors import FieldError, Invalid, NotFound
from moderation.privacy import EmailVault
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.work import Work
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.keys import known_key
from moderation.workflows.queue import SHOWN, present

_STANDING = "author.standing"


@dataclass(frozen=True, slots=True)
class AuthorHistory:
    """What a site knows of an author, with the latest comments, newest first."""

    author: AuthorFile
    latest: list[QueuedComment]


@dataclass(frozen=True, slots=True)
class AuthorPage:
    """Some authors. `next` is the one behind which the next page begins; None on the last page."""

    authors: list[JudgedAuthor]
    next: UUID | None


async def list_judged(
    site: UUID, standing: Standing | None, *, after: UUID | None, limit: int, open_reading: OpenWork, now: datetime
) -> AuthorPage:
    """Returns authors of a site who are banned, held or trusted now, or one of these."""
    async with open_reading() as work:
        found = await work.author_files.judged(site, standing, after=after, limit=limit + 1, now=now)
    return AuthorPage(found[:limit], found[limit - 1].id if len(found) > limit else None)


async def standings_of(
    moderator: Moderator, author_id: UUID, *, open_reading: OpenWork, now: datetime
) -> list[TrailEntry]:
    """Returns who has decided what about an author, newest first. Raises NotFound."""
    async with open_reading() as work:
        await _present(work, author_id, moderator, now)
        return await work.trail.about(str(author_id), _STANDING, limit=SHOWN)


async def look_up(moderator: Moderator, author_id: UUID, *, open_reading: OpenWork, now: datetime) -> AuthorHistory:
    """Returns what is known of an author. Raises NotFound."""
    async with open_reading() as work:
        author = await _present(work, author_id, moderator, now)
        latest = await work.items.all_of(await work.author_files.latest_ids(author_id, limit=SHOWN), now=now)
    return AuthorHistory(author, latest)


async def set_standing(
    moderator: Moderator,
    author_id: UUID,
    standing: Standing,
    *,
    until: datetime | None,
    reason: str | None,
    at_once: AtOnce,
    now: Callable[[], datetime],
) -> AuthorFile:
    """Bans, holds, trusts or frees an author on their site, for good or until a moment that lies ahead.

    Raises NotFound and Invalid.
    """

    async def change(work: Work, moment: datetime) -> AuthorFile:
        if until is not None and until <= moment:
            raise Invalid([FieldError("until", "invalid", "This must lie ahead.")])
        before = await _present(work, author_id, moderator, moment)
        await work.authors.set_standing(author_id, standing, until=until)
        details = {
            "was": before.standing,
            "standing": standing,
            "until": until.isoformat() if until else None,
            "reason": reason,
        }
        site, actor = before.site_id, moderator.name
        await work.audit.add(_STANDING, str(author_id), now=moment, actor=actor, site=site, details=details)
        return await _present(work, author_id, moderator, moment)

    return await in_one_go(change, at_once=at_once, now=now)


async def reveal_email(
    admin: Moderator, comment_id: UUID, *, reason: str, at_once: AtOnce, vault: EmailVault, now: Callable[[], datetime]
) -> str:
    """Returns the address of a comment's author. Who looked, at whose and why is in the audit trail before anything is
    shown. Raises NotFound and Gone."""

    async def look(work: Work, moment: datetime) -> str:
        comment = await present(work, comment_id, admin, now=moment)
        sealed = await work.author_files.sealed_email(comment.author_id)
        if sealed is None:
            raise NotFound
        details = {"author": str(comment.author_id), "reason": reason}
        site, actor = comment.site_id, admin.name
        await work.audit.add("author.email", str(comment_id), now=moment, actor=actor, site=site, details=details)
        with known_key("address"):
            return vault.open_email(comment.site_id, sealed)

    return await in_one_go(look, at_once=at_once, now=now)


async def _present(work: Work, author_id: UUID, moderator: Moderator, now: datetime) -> AuthorFile:
    author = await work.author_files.find(author_id, moderator.sites, now=now)
    if author is None:
        raise NotFound
    return author
