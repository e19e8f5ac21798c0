"""What a person's decision settles beside the comment itself: readers' reports about it, and the author's appeal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from moderation.domain import Appeal, AppealState, Event, Finding, Source, Status
from moderation.errors import OwnDecision
from moderation.storage.rulings import NewRuling
from moderation.storage.work import Work
from moderation.workflows.events import appeal_event

_FINDINGS = {Status.APPROVED: Finding.DISMISSED, Status.REJECTED: Finding.UPHELD}
_OUTCOMES = {Status.APPROVED: AppealState.GRANTED, Status.REJECTED: AppealState.REFUSED}


async def appeals_before(work: Work, rulings: Sequence[NewRuling]) -> dict[UUID, Appeal]:
    """Returns the open appeals on which these rulings decide, by comment. Raises OwnDecision when one of them is
    against a rejection by the same moderator."""
    found = await work.appeals.open_on([ruling.comment.id for ruling in rulings])
    for ruling in rulings:
        appeal = found.get(ruling.comment.id)
        if appeal is not None and appeal.first == ruling.moderator:
            raise OwnDecision
    decided = {ruling.comment.id for ruling in rulings if ruling.decision.status in _OUTCOMES}
    return {comment: appeal for comment, appeal in found.items() if comment in decided}


async def sources_of(work: Work, rulings: Sequence[NewRuling]) -> dict[UUID, Source]:
    """Returns, for those of the comments that have open reports, what led to the ruling."""
    return await work.reports.sources([ruling.comment.id for ruling in rulings])


async def settle(
    work: Work,
    rulings: Sequence[tuple[UUID, NewRuling]],
    *,
    sources: Mapping[UUID, Source],
    appeals: Mapping[UUID, Appeal],
    now: datetime,
) -> list[Event]:
    """Settles reports and appeals by rulings that are appended, each with its id. Returns what sites are told."""
    undone = [ruling.undoes_id for _, ruling in rulings if ruling.undoes_id is not None]
    if undone:
        await work.reports.reopen(undone)
        await work.appeals.reopen(undone)
    events = []
    for key, ruling in rulings:
        comment, status = ruling.comment, ruling.decision.status
        if status in _FINDINGS and (comment.id in sources or ruling.undoes_id is not None):
            await work.reports.settle(comment.id, key, _FINDINGS[status], until=ruling.hears_until, now=now)
        if appeal := appeals.get(comment.id):
            state = _OUTCOMES[status]
            await work.appeals.decide(comment.id, state, key, answer=ruling.answer, now=now)
            receipt = ruling.receipt
            events.append(
                appeal_event(appeal, receipt, article=comment.article, state=state, answer=ruling.answer, now=now)
            )
    return events
