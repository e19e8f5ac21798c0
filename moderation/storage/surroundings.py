"""What stands around comments: what their authors have written, what was decided and noted about them, what they
answer. Each question is asked once for all comments of a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from moderation.domain import AuthorRecord, Note, PastDecision, QueuedComment, Status
from moderation.storage.authors import standing_at
from moderation.storage.connection import Connection
from moderation.storage.rulings import past_decision, past_decisions
from moderation.storage.tables import authors, comments, decisions, moderators, notes


class Surroundings:
    """What stands around comments, in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def records(self, ids: Collection[UUID], *, now: datetime) -> dict[UUID, AuthorRecord]:
        """Returns how authors stand, by pseudonym, and how many of their comments have which status."""
        counts: dict[UUID, dict[Status, int]] = {author: dict.fromkeys(Status, 0) for author in ids}
        alive = (comments.c.author_id.in_(ids), comments.c.deleted_at.is_(None))
        query = select(comments.c.author_id, comments.c.status, func.count().label("comments")).where(*alive)
        for row in await self._connection.execute(query.group_by(comments.c.author_id, comments.c.status)):
            counts[row.author_id][Status(row.status)] = row.comments
        known = select(authors.c.id, authors.c.standing, authors.c.standing_until).where(authors.c.id.in_(ids))
        records = {}
        for row in await self._connection.execute(known):
            records[row.id] = AuthorRecord(*standing_at(now, row.standing, row.standing_until), counts[row.id])
        return records

    async def decisions_on(self, ids: Collection[UUID]) -> dict[UUID, list[PastDecision]]:
        """Returns every decision on each comment, oldest first."""
        query = past_decisions().where(decisions.c.comment_id.in_(ids)).order_by(decisions.c.version)
        found: dict[UUID, list[PastDecision]] = defaultdict(list)
        for row in await self._connection.execute(query):
            found[row.comment_id].append(past_decision(row))
        return found

    async def notes_about(self, ids: Collection[UUID]) -> dict[UUID, list[Note]]:
        """Returns the notes about each comment, oldest first."""
        query = (
            select(notes, moderators.c.name)
            .join(moderators, moderators.c.id == notes.c.moderator_id)
            .where(notes.c.comment_id.in_(ids))
            .order_by(notes.c.id)
        )
        found: dict[UUID, list[Note]] = defaultdict(list)
        for row in await self._connection.execute(query):
            found[row.comment_id].append(Note(row.id, row.name, row.text, row.written_at))
        return found

    async def answered_by(self, page: Iterable[QueuedComment]) -> dict[tuple[UUID, str], UUID]:
        """Returns the ids of the comments that are answered, by site and the site's own id."""
        named: dict[UUID, set[str]] = defaultdict(set)
        for comment in page:
            if comment.parent_id is not None:
                named[comment.site_id].add(comment.parent_id)
        found = {}
        for site, external_ids in named.items():
            query = select(comments.c.id, comments.c.external_id).where(
                comments.c.site_id == site, comments.c.external_id.in_(external_ids), comments.c.deleted_at.is_(None)
            )
            for row in await self._connection.execute(query):
                found[site, row.external_id] = row.id
        return found
