"""What is on its way to endpoints: taken up by a lease, in order for each comment, and every try noted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from moderation.clock import first_id, new_id
from moderation.domain import Attempt, Endpoint, Letter, Outcome, State
from moderation.storage.among import in_letters
from moderation.storage.connection import Connection
from moderation.storage.keeping import keep
from moderation.storage.outgoing_tables import delivery_attempts, dispatches, endpoints
from moderation.storage.tables import outbox


@dataclass(frozen=True, slots=True)
class Sent:
    """An event that was sent, and what became of it."""

    endpoint: Endpoint  # as it was when the event was taken up
    letter: Letter
    attempt: Attempt
    began_at: datetime


# How many that are due are looked at, to find those that wait for nothing else.
_LOOKED_AT = 32


class Dispatches:
    """The dispatches of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def due(self) -> dict[UUID, datetime]:
        """Returns when each endpoint that is on has something to be sent next; not those that have nothing."""
        first = (
            select(func.min(dispatches.c.due_at))
            .where(dispatches.c.endpoint_id == endpoints.c.id, _waits(dispatches))
            .scalar_subquery()
        )
        query = select(endpoints.c.id, first.label("due_at")).where(endpoints.c.disabled_at.is_(None))
        return {row.id: row.due_at for row in await self._connection.execute(query) if row.due_at is not None}

    async def take(self, endpoint: UUID, limit: int, *, now: datetime, until: datetime) -> list[Letter]:
        """Takes up to `limit` events that are due, for until then; whoever has locked the endpoint may call this.

        What is told about a comment waits for what was to be told about it before.
        """
        free: list[int] = []
        after: tuple[datetime, int] | None = None
        while len(free) < limit:
            due = await self._due(endpoint, now=now, after=after)
            first = await self._first(endpoint, {row.subject for row in due})
            free += [row.number for row in due if row.number == first.get(row.subject)]
            if len(due) < _LOOKED_AT:
                break
            after = due[-1].due_at, due[-1].number
        return await self._claim(free[:limit], until=until)

    async def _due(self, endpoint: UUID, *, now: datetime, after: tuple[datetime, int] | None) -> Sequence[Row[Any]]:
        """Returns some of what is due, in order: its numbers, and what it is about."""
        query = (
            select(dispatches.c.number, dispatches.c.subject, dispatches.c.due_at)
            .where(dispatches.c.endpoint_id == endpoint, _waits(dispatches), dispatches.c.due_at <= now)
            .order_by(dispatches.c.due_at, dispatches.c.number)
            .limit(_LOOKED_AT)
        )
        if after is not None:
            moment, number = after
            behind = and_(dispatches.c.due_at == moment, dispatches.c.number > number)
            query = query.where(dispatches.c.due_at >= moment, or_(dispatches.c.due_at > moment, behind))
        return list(await self._connection.execute(query))

    async def _first(self, endpoint: UUID, subjects: Collection[UUID]) -> dict[UUID, int]:
        """Returns what is to be told first about each of some subjects. Asked by itself: while PostgreSQL knows nothing
        of a young table, it would read all of it for each event that is due."""
        if not subjects:
            return {}
        query = (
            select(dispatches.c.subject, func.min(dispatches.c.number).label("number"))
            .where(dispatches.c.endpoint_id == endpoint, _waits(dispatches), dispatches.c.subject.in_(subjects))
            .group_by(dispatches.c.subject)
        )
        return {row.subject: row.number for row in await self._connection.execute(query)}

    async def _claim(self, numbers: Sequence[int], *, until: datetime) -> list[Letter]:
        if not numbers:
            return []
        taken = dispatches.c.number.in_(numbers)
        query = (
            select(dispatches, outbox.c.type, outbox.c.body, outbox.c.occurred_at)
            .join(outbox, outbox.c.id == dispatches.c.event_id)
            .where(taken)
            .order_by(dispatches.c.due_at, dispatches.c.number)
        )
        letters = [_letter(row) for row in await self._connection.execute(query)]
        await self._connection.execute(
            update(dispatches).where(taken).values(due_at=until, claim=dispatches.c.claim + 1)
        )
        return letters

    async def lock(self, sent: Sequence[Sent]) -> list[Sent]:
        """Returns those that are still known, in the order in which they were sent, and keeps others from changing or
        erasing them; not what is told of a comment that was erased meanwhile."""
        numbers = {each.letter.number for each in sent}
        query = select(dispatches.c.number).where(dispatches.c.number.in_(numbers)).order_by(dispatches.c.number)
        there = set((await self._connection.execute(query.with_for_update())).scalars())
        return sorted((each for each in sent if each.letter.number in there), key=lambda each: each.began_at)

    async def note(self, sent: Sequence[Sent]) -> None:
        """Notes tries. What was delivered is delivered, whoever holds it now."""
        if not sent:
            return
        await keep(self._connection, delivery_attempts, [_attempt_row(each) for each in sent])
        await self._connection.execute(_NOTING, [_last(each) for each in sent])
        if delivered := [each.letter for each in sent if each.attempt.outcome is Outcome.DELIVERED]:
            ends = [{"letter": letter.number, "tried": letter.tries + 1} for letter in delivered]
            await self._connection.execute(_DELIVERING, ends)

    async def give_up(self, letter: Letter) -> None:
        """Says that nothing more is tried, unless somebody else has taken it up meanwhile."""
        mine = (dispatches.c.number == letter.number, dispatches.c.claim == letter.claim)
        statement = update(dispatches).where(*mine, _waits(dispatches))
        await self._connection.execute(statement.values(state=State.DEAD, tries=letter.tries + 1))

    async def put_back(self, letter: Letter, *, due_at: datetime) -> None:
        """Has it tried again then, unless somebody else has taken it up meanwhile."""
        mine = (dispatches.c.number == letter.number, dispatches.c.claim == letter.claim)
        statement = update(dispatches).where(*mine, _waits(dispatches))
        await self._connection.execute(statement.values(due_at=due_at, tries=letter.tries + 1))

    async def revive(self, endpoint: UUID, *, now: datetime, since: datetime | None) -> int:
        """Has what was given up sent again, with all its tries before it. Returns how many."""
        dead = [dispatches.c.endpoint_id == endpoint, dispatches.c.state == State.DEAD]
        if since is not None:
            dead.append(dispatches.c.event_id >= first_id(since))
        statement = update(dispatches).where(and_(*dead)).values(state=State.WAITING, tries=0, due_at=now)
        return (await self._connection.execute(statement)).rowcount

    async def revive_one(self, number: int, *, now: datetime) -> bool:
        """Has one event sent again, whatever became of it, with all its tries before it."""
        statement = update(dispatches).where(dispatches.c.number == number)
        changed = await self._connection.execute(statement.values(state=State.WAITING, tries=0, due_at=now))
        return changed.rowcount == 1

    async def add_missed(
        self, endpoint: UUID, site: UUID, kinds: Sequence[str], *, since: datetime, now: datetime
    ) -> int:
        """Has an endpoint told what happened while it was off, or not there yet. Returns how many."""
        known = exists().where(dispatches.c.event_id == outbox.c.id, dispatches.c.endpoint_id == endpoint)
        missed = (
            select(
                literal(endpoint, dispatches.c.endpoint_id.type),
                outbox.c.id,
                func.coalesce(outbox.c.comment_id, outbox.c.id),
                literal(str(State.WAITING)),
                literal(0),
                literal(0),
                literal(now, dispatches.c.due_at.type),
            )
            .where(outbox.c.site_id == site, outbox.c.id >= first_id(since), outbox.c.type.in_(kinds), ~known)
            .order_by(outbox.c.id)
        )
        names = ["endpoint_id", "event_id", "subject", "state", "tries", "claim", "due_at"]
        count = select(func.count()).select_from(missed.subquery())
        number: int = (await self._connection.execute(count)).scalar_one()  # an insertion tells none on PostgreSQL
        await self._connection.execute(insert(dispatches).from_select(names, missed))
        return number


def _waits(some: FromClause) -> ColumnElement[bool]:
    return some.c.state == in_letters(State.WAITING)


_NOTING = (
    update(dispatches)
    .where(dispatches.c.number == bindparam("letter"))
    .values(last_outcome=bindparam("outcome"), last_status=bindparam("answered"), last_at=bindparam("at"))
)
_DELIVERING = (
    update(dispatches)
    .where(dispatches.c.number == bindparam("letter"), _waits(dispatches))
    .values(state=State.DELIVERED, tries=bindparam("tried"))
)


def _attempt_row(sent: Sent) -> dict[str, Any]:
    return {
        "id": new_id(sent.began_at),
        "dispatch_number": sent.letter.number,
        "outcome": sent.attempt.outcome,
        "status": sent.attempt.status,
        "milliseconds": round(sent.attempt.seconds * 1000),
        "began_at": sent.began_at,
    }


def _last(sent: Sent) -> dict[str, Any]:
    attempt = sent.attempt
    return {"letter": sent.letter.number, "outcome": attempt.outcome, "answered": attempt.status, "at": sent.began_at}


def _letter(row: Row[*tuple[Any, ...]]) -> Letter:
    return Letter(row.number, row.claim + 1, row.event_id, row.type, row.body, row.occurred_at, row.tries)
