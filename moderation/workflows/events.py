"""What sites are told later about their comments: ids and the decision, nothing of the author."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from moderation.clock import new_id
from moderation.domain import Appeal, AppealState, Event, EventKind, Receipt


def decided_event(
    site: UUID, receipt: Receipt, *, article: str, now: datetime, statement: Mapping[str, object] | None = None
) -> Event:
    """Returns `comment.approved`, `comment.pending` or `comment.rejected`, the last with its statement of reasons."""
    body: dict[str, object] = {
        "id": str(receipt.id),
        "external_id": receipt.external_id,
        "article": article,
        "status": receipt.status,
        "reason": receipt.reason,
        "score": receipt.score,
        "model": receipt.model,
    }
    if statement is not None:
        body["statement"] = statement
    return Event(new_id(now), site, f"comment.{receipt.status}", receipt.id, body, now)


def promoted_events(sites: Sequence[UUID], model: str, *, now: datetime) -> list[Event]:
    """Returns `model.promoted` for each of these sites: another classifier serves now."""
    return [Event(new_id(now), site, EventKind.MODEL_PROMOTED, None, {"model": model}, now) for site in sites]


def appeal_event(
    appeal: Appeal, receipt: Receipt, *, article: str, state: AppealState, answer: str | None, now: datetime
) -> Event:
    """Returns `appeal.decided`: what was found on an appeal, and the answer to whoever has appealed."""
    body = {
        "id": str(receipt.id),
        "external_id": receipt.external_id,
        "article": article,
        "appeal": str(appeal.id),
        "outcome": state,
        "status": receipt.status,
        "answer": answer,
    }
    return Event(new_id(now), appeal.site_id, EventKind.APPEAL_DECIDED, receipt.id, body, now)


def erased_events(site: UUID, erased: Sequence[tuple[UUID, str, str]], *, now: datetime) -> list[Event]:
    """Returns `comment.erased` for comments: our id, the site's, and that of the article. It is about no comment of
    ours any more, so that it outlives what it tells of."""
    return [
        Event(
            new_id(now),
            site,
            EventKind.ERASED,
            None,
            {"id": str(key), "external_id": external_id, "article": article},
            now,
        )
        for key, external_id, article in erased
    ]
