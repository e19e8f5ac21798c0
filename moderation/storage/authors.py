"""Authors: one per address and site, known by the fingerprint of the address."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, literal, select, update

from moderation.domain import History, SealedEmail, Standing, Status
from moderation.privacy import sealed_with
from moderation.storage.among import in_letters
from moderation.storage.connection import Connection
from moderation.storage.keeping import keep
from moderation.storage.questions import Lists, Prepared, Question, Rows
from moderation.storage.tables import authors, comments


@dataclass(frozen=True, slots=True)
class KnownAuthor:
    """An author in the store, and what the site knows of them."""

    id: UUID
    history: History


@dataclass(frozen=True, slots=True)
class SealedAuthor:
    """An author's sealed address, for sealing it again with another key."""

    id: UUID
    site_id: UUID
    email: SealedEmail


class Authors:
    """The authors of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(
        self, site: UUID, fingerprints: Collection[bytes], *, now: datetime
    ) -> Question[dict[bytes, KnownAuthor]]:
        """Asks for the known ones by fingerprint and locks them: one author's comments are judged one after another."""

        def read(rows: Rows) -> dict[bytes, KnownAuthor]:
            return {
                fingerprint: KnownAuthor(author, History(standing_at(now, standing, until)[0], bool(has_approved)))
                for author, fingerprint, standing, until, has_approved in rows
            }

        # Always in this order, so that two instances cannot lock each other out.
        return Question(_known, read, site=site, lists={"fingerprints": sorted(fingerprints)})

    async def add_all(self, site: UUID, emails: Sequence[tuple[UUID, SealedEmail]], *, now: datetime) -> None:
        """Adds authors under the ids given."""
        rows = [
            {
                "id": author,
                "site_id": site,
                "email_fingerprint": email.fingerprint,
                "email_sealed": email.ciphertext,
                "sealing_key": sealed_with(email.ciphertext),
                "standing": Standing.NORMAL,
                "created_at": now,
            }
            for author, email in sorted(emails, key=lambda pair: pair[1].fingerprint)
        ]
        await keep(self._connection, authors, rows)

    async def set_standing(self, author: UUID, standing: Standing, *, until: datetime | None = None) -> None:
        """Bans, holds or trusts an author; for good, or until a moment."""
        await self._connection.execute(
            update(authors).where(authors.c.id == author).values(standing=standing, standing_until=until)
        )

    async def sealed_otherwise(self, sealing_key: bytes, *, limit: int) -> list[SealedAuthor]:
        """Returns authors whose address is sealed with another key than this."""
        columns = (authors.c.id, authors.c.site_id, authors.c.email_fingerprint, authors.c.email_sealed)
        query = select(*columns).where(authors.c.sealing_key != sealing_key).limit(limit).with_for_update()
        return [
            SealedAuthor(row.id, row.site_id, SealedEmail(row.email_fingerprint, row.email_sealed))
            for row in await self._connection.execute(query)
        ]

    async def count_sealed_otherwise(self, sealing_key: bytes) -> int:
        """Returns how many addresses are sealed with another key than this."""
        query = select(func.count()).select_from(authors).where(authors.c.sealing_key != sealing_key)
        return (await self._connection.execute(query)).scalar_one()

    async def sealing_keys_in_use(self) -> set[bytes]:
        """Returns the ids of the keys that some address is sealed with."""
        return set((await self._connection.execute(select(authors.c.sealing_key).distinct())).scalars())

    async def reseal_all(self, emails: Sequence[tuple[UUID, SealedEmail]]) -> None:
        """Replaces sealed addresses."""
        statement = (
            update(authors)
            .where(authors.c.id == bindparam("author"))
            .values(email_sealed=bindparam("sealed"), sealing_key=bindparam("key"))
        )
        await self._connection.execute(
            statement,
            [
                {"author": author, "sealed": email.ciphertext, "key": sealed_with(email.ciphertext)}
                for author, email in emails
            ],
        )


def standing_at(now: datetime, standing: str, until: datetime | None) -> tuple[Standing, datetime | None]:
    """Returns how somebody stands now, and until when (None: for good), from what is stored: that may be over."""
    return (Standing(standing), until) if until is None or until > now else (Standing.NORMAL, None)


@Prepared
def _known(lists: Lists) -> Select[Any]:
    # The order names the index to look into. For `EXISTS`, PostgreSQL may read all approved comments first. The status
    # stands in the text: SQLite plans a statement anew each time where an index could depend on a parameter.
    approved = in_letters(Status.APPROVED)
    has_approved = (
        select(literal(True))
        .where(comments.c.author_id == authors.c.id, comments.c.status == approved)
        .order_by(comments.c.received_at)
        .limit(1)
        .scalar_subquery()
    )
    known = (
        select(
            authors.c.id,
            authors.c.email_fingerprint,
            authors.c.standing,
            authors.c.standing_until,
            has_approved.label("has_approved"),
        )
        .where(authors.c.site_id == bindparam("site"))
        .with_for_update(of=authors)
    )
    return lists.look_up(known, authors.c.email_fingerprint, "fingerprints")
