"""Who trains for which site, by a lease; and every run of training with what it found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, or_, select, update

from moderation.clock import new_id
from moderation.domain import RunState, TrainingRun
from moderation.storage.connection import Connection
from moderation.storage.moments import database_time
from moderation.storage.training_tables import training_leases, training_runs


class Training:
    """Leases and runs in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def moment(self) -> datetime:
        """Returns the present moment by the clock of the database."""
        return await database_time(self._connection)

    async def take(self, site: UUID, holder: UUID, *, lease: timedelta) -> bool:
        """Takes the lease of a site, or goes on with one's own. Returns False while another's is alive.

        Raises Raced if somebody else does the same for the first time.
        """
        now = await self.moment()
        free = or_(training_leases.c.holder == holder, training_leases.c.expires_at <= now)
        statement = update(training_leases).where(training_leases.c.site_id == site, free)
        taken = await self._connection.execute(statement.values(holder=holder, expires_at=now + lease))
        if taken.rowcount == 1:
            return True
        known = select(training_leases.c.site_id).where(training_leases.c.site_id == site)
        if (await self._connection.execute(known)).one_or_none() is not None:
            return False
        row = {"site_id": site, "holder": holder, "expires_at": now + lease}
        await self._connection.execute(insert(training_leases), row)
        return True

    async def hold(self, site: UUID, holder: UUID, *, lease: timedelta) -> bool:
        """Holds on to one's lease, and keeps others from taking it until the transaction ends. Returns False when it
        is another's by now."""
        mine = (training_leases.c.site_id == site, training_leases.c.holder == holder)
        until = await self.moment() + lease
        held = await self._connection.execute(update(training_leases).where(*mine).values(expires_at=until))
        return held.rowcount == 1

    async def holder(self, site: UUID) -> UUID | None:
        """Returns who trains for a site now."""
        query = select(training_leases.c.holder).where(
            training_leases.c.site_id == site, training_leases.c.expires_at > await self.moment()
        )
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def ask(self, site: UUID, *, by: str, now: datetime, state: RunState = RunState.ASKED) -> UUID:
        """Notes that somebody wants a run. Returns its id."""
        run = new_id(now)
        row = {"id": run, "site_id": site, "asked_by": by, "state": state, "asked_at": now, "report": {}}
        await self._connection.execute(insert(training_runs), row)
        return run

    async def end(
        self,
        run: UUID,
        state: RunState,
        *,
        now: datetime,
        version: str | None = None,
        report: Mapping[str, object] | None = None,
    ) -> None:
        """Says what became of a run."""
        values = {"state": state, "ended_at": now, "version": version, "report": dict(report or {})}
        await self._connection.execute(update(training_runs).where(training_runs.c.id == run).values(values))

    async def begin_asked(self, site: UUID) -> UUID | None:
        """Takes up the oldest run that somebody has asked for."""
        waits = (training_runs.c.site_id == site, training_runs.c.state == RunState.ASKED)
        query = select(training_runs.c.id).where(*waits).order_by(training_runs.c.id).limit(1)
        run: UUID | None = (await self._connection.execute(query)).scalar_one_or_none()
        if run is not None:
            await self._connection.execute(
                update(training_runs).where(training_runs.c.id == run).values(state=RunState.RUNNING)
            )
        return run

    async def give_up(self, site: UUID, *, now: datetime, run: UUID | None = None) -> None:
        """Says of runs that never came to their end that they failed; for whoever holds the lease. With `run`: of that
        one, by whoever has seen its process end."""
        lost = [training_runs.c.site_id == site, training_runs.c.state == RunState.RUNNING]
        if run is not None:
            lost.append(training_runs.c.id == run)
        values = {"state": RunState.FAILED, "ended_at": now, "report": {"problem": "It never came to its end."}}
        await self._connection.execute(update(training_runs).where(*lost).values(values))

    async def runs(self, site: UUID, *, limit: int = 50) -> list[TrainingRun]:
        """Returns the latest runs of a site, newest first."""
        query = select(training_runs).where(training_runs.c.site_id == site)
        rows = await self._connection.execute(query.order_by(training_runs.c.id.desc()).limit(limit))
        return [_run(row, row.report) for row in rows]

    async def runs_in_short(self, site: UUID, *, limit: int = 50) -> list[TrainingRun]:
        """Returns the latest runs of a site, newest first, without their reports, for who looks every few seconds."""
        columns = [column for column in training_runs.c if column is not training_runs.c.report]
        query = select(*columns).where(training_runs.c.site_id == site)
        rows = await self._connection.execute(query.order_by(training_runs.c.id.desc()).limit(limit))
        return [_run(row, {}) for row in rows]

    async def verdicts(self, version: str | None = None) -> dict[str, TrainingRun]:
        """Returns the latest run that has judged each version, or only this one, against another model. The same labels
        make the same version again, and none is better than itself."""
        query = select(training_runs).where(training_runs.c.version.is_not(None))
        query = query if version is None else query.where(training_runs.c.version == version)
        rows = await self._connection.execute(query.order_by(training_runs.c.id))
        runs = [_run(row, row.report) for row in rows]
        return {run.version: run for run in runs if run.version and run.report.get("champion") != run.version}


def _run(row: Row[*tuple[Any, ...]], report: Mapping[str, object]) -> TrainingRun:
    return TrainingRun(
        row.id, row.site_id, row.asked_by, RunState(row.state), row.asked_at, row.ended_at, row.version, report
    )
