"""What moderators teach: a comment with the label of its latest decision, and how that came about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moderation.domain.words import Actor, Label, Reason


@dataclass(frozen=True, slots=True)
class LabelledComment:
    """A comment whose latest decision carries a label. No address, no IP: neither can be learned.

    `given_by` is who gave the label: a moderator's id, or None for feedback of the site itself. `audited`: it was
    drawn by chance from what the machine would have decided alone. `overturned`: the machine had published or rejected
    it, and the label says the contrary. `disputes`: how many earlier labels said the contrary and were not taken back.
    """

    id: UUID
    author_id: UUID
    author_name: str
    author_url: str | None
    text: str
    label: Label
    reason: Reason
    decided_by: Actor
    given_by: UUID | None
    received_at: datetime
    decided_at: datetime
    score: float | None
    model: str | None
    audited: bool = False
    overturned: bool = False
    disputes: int = 0
