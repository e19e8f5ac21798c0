"""Steps that many tests of the workflows take, and looks into the store that the house itself has no need of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update

from moderation.clock import new_id
from moderation.domain import Actor, Delivery, Edit, Reason, Receipt, Status
from moderation.policy import rule_book
from moderation.storage.database import Database
from moderation.storage.tables import comments, decisions, moderators, outbox
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Accepted, Outcome
from moderation.workflows.submit import Arrival
from tests.makers import an_arrival


async def sent(service: Service, known: KnownSite, arrival: Arrival) -> Outcome:
    """Sends one submission and returns what became of it."""
    return await service.submissions.put((known, arrival))


async def accepted(service: Service, known: KnownSite, arrival: Arrival | None = None) -> Receipt:
    """Sends one submission, which must be accepted, and returns its receipt."""
    return receipt_of(await sent(service, known, arrival or an_arrival()))


def receipt_of(outcome: Outcome) -> Receipt:
    """Returns the receipt of an outcome that must have one."""
    assert isinstance(outcome, Accepted), repr(outcome)
    return outcome.receipt


def a_delivery(name: str, body: bytes = b"body") -> Delivery:
    """Returns a signed webhook."""
    return Delivery(name, body.ljust(32, b"."))


def with_policy(known: KnownSite, **settings: Any) -> KnownSite:
    """Returns the same site with other settings."""
    policy = replace(known.site.policy, **settings)
    return replace(known, site=replace(known.site, policy=policy), book=rule_book(policy))


async def edited(
    service: Service, known: KnownSite, external_id: str, text: str, *, said_at: datetime, delivery: str = "d-edit"
) -> Receipt:
    """Sends an edit."""
    return await service.edit(known, Edit(external_id, text), a_delivery(delivery, text.encode()[:32]), said_at=said_at)


async def column(database: Database, name: str) -> list[Any]:
    """Returns one column of all comments, in the order of their external ids."""
    async with database.open_reading() as work:
        query = select(comments.c[name]).order_by(comments.c.external_id)
        return list((await work.connection.execute(query)).scalars())


async def count_of(database: Database, table: Any) -> int:
    """Returns how many rows a table has."""
    async with database.open_reading() as work:
        return (await work.connection.execute(select(func.count()).select_from(table))).scalar_one()


async def decisions_of(database: Database, external_id: str) -> Sequence[Any]:
    """Returns version, status, reason and actor of every decision on a comment, oldest first."""
    async with database.open_reading() as work:
        query = (
            select(decisions.c.version, decisions.c.status, decisions.c.reason, decisions.c.decided_by)
            .join(comments, comments.c.id == decisions.c.comment_id)
            .where(comments.c.external_id == external_id)
            .order_by(decisions.c.version)
        )
        return (await work.connection.execute(query)).all()


async def events_of(database: Database, external_id: str) -> Sequence[Any]:
    """Returns type and body of every event about a comment, oldest first."""
    async with database.open_reading() as work:
        query = (
            select(outbox.c.type, outbox.c.body)
            .join(comments, comments.c.id == outbox.c.comment_id)
            .where(comments.c.external_id == external_id)
            .order_by(outbox.c.id)
        )
        return (await work.connection.execute(query)).all()


async def ruled(database: Database, external_id: str, status: Status, reason: Reason, *, now: datetime) -> None:
    """A moderator decides a comment, straight in the tables."""
    async with database.open_work() as work:
        connection = work.connection
        row = (await connection.execute(select(comments).where(comments.c.external_id == external_id))).one()
        moderator: UUID = new_id(now)
        await connection.execute(
            insert(moderators), {"id": moderator, "name": str(moderator), "role": "moderator", "created_at": now}
        )
        decision = {
            "id": new_id(now),
            "comment_id": row.id,
            "site_id": row.site_id,
            "version": row.version + 1,
            "status": status,
            "reason": reason,
            "decided_by": Actor.MODERATOR,
            "moderator_id": moderator,
            "decided_at": now,
        }
        await connection.execute(insert(decisions), decision)
        await connection.execute(
            update(comments)
            .where(comments.c.id == row.id)
            .values(version=row.version + 1, status=status, reason=reason)
        )
        await work.commit()


async def until_somebody_waits_for_a_lock(database: Database) -> None:
    """Returns when a statement waits on PostgreSQL; on SQLite nobody gets as far while another one writes."""
    while database.url.get_backend_name() == "postgresql":
        async with database.open_reading() as work:
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if (await work.connection.execute(waiting)).scalar_one():
                return
