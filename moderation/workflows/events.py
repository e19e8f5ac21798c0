"""What sites are told later about their comments: ids and the decision, nothing of the author."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from moderation.clock import new_id
from moderation.domain import Event, EventKind, Receipt


def decided_event(site: UUID, receipt: Receipt, *, article: str, now: datetime) -> Event:
    """Returns `comment.approved`, `comment.pending` or `comment.rejected`."""
    body = {
        "id": str(receipt.id),
        "external_id": receipt.external_id,
        "article": article,
        "status": receipt.status,
        "reason": receipt.reason,
        "score": receipt.score,
        "model": receipt.model,
    }
    return Event(new_id(now), site, f"comment.{receipt.status}", receipt.id, body, now)


def promoted_events(sites: Sequence[UUID], model: str, *, now: datetime) -> list[Event]:
    """Returns `model.promoted` for each of these sites: another classifier serves now."""
    return [Event(new_id(now), site, EventKind.MODEL_PROMOTED, None, {"model": model}, now) for site in sites]
