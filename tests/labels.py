"""Makes labelled comments, as decisions would leave them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from moderation.domain import Actor, Label, LabelledComment, Reason

FIRST = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
ANA = UUID(int=1)

_numbers = count(1)


def campaign_text(number: int) -> str:
    """Returns one of many copies of an advertisement, each with another ending."""
    return f"Earn money from home with our simple method, ask for the free brochure today, offer {number}"


def a_label(
    *, text: str | None = None, label: Label = Label.SPAM, author: int | None = None, days: float = 0, **more: Any
) -> LabelledComment:
    """Returns a comment that a moderator has labelled; each by another author and with another text."""
    number = next(_numbers)
    moment = FIRST + timedelta(days=days, seconds=number / 1000)
    fields: dict[str, Any] = {
        "id": UUID(int=number),
        "author_id": UUID(int=author if author is not None else 10_000_000 + number),
        "author_name": "Ana",
        "author_url": None,
        "text": text or f"x{number}",
        "label": label,
        "reason": Reason.SPAM if label is Label.SPAM else Reason.APPROVED,
        "decided_by": Actor.MODERATOR,
        "given_by": ANA,
        "received_at": moment,
        "decided_at": moment,
        "score": 0.5,
        "model": "fake-1",
    }
    return LabelledComment(**{**fields, **more})
