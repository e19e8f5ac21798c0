"""Readers' reports: kept, settled by what people decide, and counted by comment and by reporter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, func, insert, or_, select, update

from moderation.domain import Complaint, Finding, Grievance, Report, ReportReceipt, Source
from moderation.storage.connection import Connection
from moderation.storage.tables import comments, reports

# From this many findings on, it counts how often somebody was right.
RECORD_COUNTS_FROM = 3
# How much of a pseudonym says who it is; the rest of a notice of illegal content's says which notice it is.
PERSON_BYTES = 16
# How much of a pseudonym is shown: enough to tell the reporters of a site apart.
_SHOWN_BYTES = 6


class Reports:
    """The reports of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self,
        key: UUID,
        site: UUID,
        comment: UUID,
        grievance: Grievance,
        *,
        reference: str,
        sealed: bytes | None,
        now: datetime,
    ) -> None:
        """Keeps a report, and counts it on its comment, which must be locked."""
        row = {
            "id": key,
            "site_id": site,
            "comment_id": comment,
            "reference": reference,
            "complaint": grievance.complaint,
            "text": grievance.text,
            "reporter": grievance.reporter,
            "contact_sealed": sealed,
            "finding": Finding.OPEN,
            "reported_at": now,
        }
        await self._connection.execute(insert(reports), row)
        await self._recount([comment])

    async def by(self, reporter: bytes, comment: UUID) -> ReportReceipt | None:
        """Returns what somebody has reported about a comment before."""
        return await self._receipt(reports.c.comment_id == comment, reports.c.reporter == reporter)

    async def named(self, site: UUID, reference: str) -> ReportReceipt | None:
        """Returns a report of a site by its reference."""
        return await self._receipt(reports.c.site_id == site, reports.c.reference == reference)

    async def credible(self, comment: UUID) -> int:
        """Returns how many people have reported a comment, as far as their reports are open, without those who were
        more often wrong than right. Where nobody is named, each report is somebody else's."""
        open_here = (reports.c.comment_id == comment, reports.c.finding == Finding.OPEN)
        right, wrong = _record()
        doubtful = (wrong > right) & (right + wrong >= RECORD_COUNTS_FROM)
        people = func.count(func.substr(reports.c.reporter, 1, PERSON_BYTES).distinct())
        nameless = func.count() - func.count(reports.c.reporter)
        query = select(people + nameless).select_from(reports).where(*open_here)
        trusted = or_(reports.c.reporter.is_(None), ~doubtful)
        return (await self._connection.execute(query.where(trusted))).scalar_one()

    async def about(self, comment: UUID) -> list[Report]:
        """Returns the reports about a comment, newest first."""
        right, wrong = _record()
        query = (
            select(reports, right.label("right_before"), wrong.label("wrong_before"))
            .where(reports.c.comment_id == comment)
            .order_by(reports.c.id.desc())
        )
        return [_report(row) for row in await self._connection.execute(query)]

    async def reopen(self, decisions: Collection[UUID]) -> None:
        """Opens again what was settled by decisions that are taken back."""
        settled = reports.c.decision_id.in_(decisions)
        query = select(reports.c.comment_id).where(settled).distinct()
        touched = list((await self._connection.execute(query)).scalars())
        if touched:
            values = {"finding": Finding.OPEN, "decision_id": None, "settled_at": None}
            await self._connection.execute(update(reports).where(settled).values(values))
            await self._recount(touched)

    async def sources(self, ids: Collection[UUID]) -> dict[UUID, Source]:
        """Returns, for those of the comments that have open reports, whether one of them is a notice."""
        notices = func.sum(case((reports.c.complaint == Complaint.ILLEGAL, 1), else_=0)).label("notices")
        here = (reports.c.comment_id.in_(ids), reports.c.finding == Finding.OPEN)
        query = select(reports.c.comment_id, notices).where(*here).group_by(reports.c.comment_id)
        rows = await self._connection.execute(query)
        return {row.comment_id: Source.NOTICE if row.notices else Source.REPORT for row in rows}

    async def source_of(self, decision: UUID) -> Source:
        """Returns whether a decision has settled reports, and whether one of them was a notice."""
        query = select(reports.c.complaint).where(reports.c.decision_id == decision)
        complaints = set((await self._connection.execute(query)).scalars())
        if Complaint.ILLEGAL in complaints:
            return Source.NOTICE
        return Source.REPORT if complaints else Source.OWN_INITIATIVE

    async def settle(
        self, comment: UUID, decision: UUID, finding: Finding, *, until: datetime | None, now: datetime
    ) -> None:
        """Settles the open reports about a comment, which must be locked; those up to a moment, if one is given."""
        conditions = [reports.c.comment_id == comment, reports.c.finding == Finding.OPEN]
        conditions += [] if until is None else [reports.c.reported_at <= until]
        values = {"finding": finding, "decision_id": decision, "settled_at": now}
        await self._connection.execute(update(reports).where(*conditions).values(values))
        await self._recount([comment])

    async def contact(self, report: UUID, sites: Collection[UUID]) -> tuple[UUID, UUID, bytes | None] | None:
        """Returns site, comment and sealed contact of a report of one of these sites."""
        query = select(reports.c.site_id, reports.c.comment_id, reports.c.contact_sealed)
        row = (
            await self._connection.execute(query.where(reports.c.id == report, reports.c.site_id.in_(sites)))
        ).one_or_none()
        return (row.site_id, row.comment_id, row.contact_sealed) if row else None

    async def sealed_contacts(self, site: UUID | None = None) -> list[tuple[UUID, bytes]]:
        """Returns every sealed contact, or those of a site, with the id of its report."""
        query = select(reports.c.id, reports.c.contact_sealed).where(reports.c.contact_sealed.is_not(None))
        query = query if site is None else query.where(reports.c.site_id == site)
        return [(row.id, row.contact_sealed) for row in await self._connection.execute(query.with_for_update())]

    async def reseal_contact(self, report: UUID, sealed: bytes) -> None:
        """Replaces a sealed contact."""
        await self._connection.execute(update(reports).where(reports.c.id == report).values(contact_sealed=sealed))

    async def forget_contact(self, report: UUID) -> None:
        """Forgets who has sent a notice."""
        values = {"contact_sealed": None, "reporter": None}
        await self._connection.execute(update(reports).where(reports.c.id == report).values(values))

    async def forget_reporters_before(self, moment: datetime, *, limit: int) -> int:
        """Forgets who has reported, and how to reach them, in older reports. Returns of how many."""
        some = or_(reports.c.reporter.is_not(None), reports.c.contact_sealed.is_not(None))
        query = select(reports.c.id).where(reports.c.reported_at < moment, some)
        old = query.limit(limit)
        statement = update(reports).where(reports.c.id.in_(old)).values(reporter=None, contact_sealed=None)
        return (await self._connection.execute(statement)).rowcount

    async def _receipt(self, *conditions: ColumnElement[bool]) -> ReportReceipt | None:
        row = (await self._connection.execute(select(reports).where(*conditions))).one_or_none()
        if row is None:
            return None
        finding, complaint = Finding(row.finding), Complaint(row.complaint)
        return ReportReceipt(row.reference, row.comment_id, complaint, finding, row.reported_at, row.settled_at)

    async def _recount(self, ids: Sequence[UUID]) -> None:
        """Shows on comments how many open reports they have."""
        here = (reports.c.comment_id == comments.c.id, reports.c.finding == Finding.OPEN)
        count = select(func.count()).select_from(reports).where(*here).scalar_subquery()
        await self._connection.execute(update(comments).where(comments.c.id.in_(ids)).values(reports=count))


def _record() -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Returns how often the reporter of a row was right and wrong on the same site."""
    past = reports.alias("past")
    same = (past.c.site_id == reports.c.site_id, past.c.reporter == reports.c.reporter)

    def number(finding: Finding) -> ColumnElement[int]:
        return select(func.count()).select_from(past).where(*same, past.c.finding == finding).scalar_subquery()

    return number(Finding.UPHELD), number(Finding.DISMISSED)


def _report(row: Row[*tuple[Any, ...]]) -> Report:
    return Report(
        id=row.id,
        comment_id=row.comment_id,
        reference=row.reference,
        complaint=Complaint(row.complaint),
        text=row.text,
        reporter=row.reporter[:_SHOWN_BYTES].hex() if row.reporter else None,
        right=row.right_before,
        wrong=row.wrong_before,
        has_contact=row.contact_sealed is not None,
        finding=Finding(row.finding),
        reported_at=row.reported_at,
        settled_at=row.settled_at,
    )
