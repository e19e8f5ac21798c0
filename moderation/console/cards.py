"""Comments as pages show them: in words, in pieces, and with the address of all that can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from moderation.console.marks import Piece, Weight, parted, pieces_of, total_of, weights_of
from moderation.console.texts import Texts
from moderation.domain import Moderator, QueuedComment, Reason, Status
from moderation.workflows.campaigns import is_in, others_in
from moderation.workflows.items import Item
from moderation.workflows.review import REASONS

# How a probability is said in words: from here on.
_IN_WORDS = (
    (0.9, "score.surely"),
    (0.6, "score.probably"),
    (0.4, "score.unclear"),
    (0.1, "score.probably_not"),
    (0.0, "score.surely_not"),
)
_UNITS = (("days", timedelta(days=1)), ("hours", timedelta(hours=1)), ("minutes", timedelta(minutes=1)))

# The first is a key and a button of its own.
OTHER_REASONS = tuple(reason for reason in REASONS[Status.REJECTED] if reason is not Reason.SPAM)

_QUOTED = 160


@dataclass(frozen=True, slots=True)
class Card:
    """A comment as pages show it. `rest` is what a long text has behind its beginning; `colleague` looks at it now;
    `beside` are the comments of its campaign that are on the same page, itself among them."""

    item: Item
    age: str
    pieces: Sequence[Piece]
    rest: Sequence[Piece]
    score: str
    percent: str
    weights: Sequence[Weight]
    total: Weight | None
    parent: str  # the beginning of what is answered
    colleague: str = ""
    beside: Sequence[UUID] = ()

    @property
    def level(self) -> str:
        """How much the score speaks for spam: high, middle, low or none."""
        score = self.item.comment.score
        return "none" if score is None else "high" if score >= 0.6 else "middle" if score >= 0.4 else "low"

    @property
    def others(self) -> int:
        """How many pending comments say nearly the same, this one left out."""
        return others_in(self.item.campaign, self.comment) if self.item.campaign else 0

    @property
    def comment(self) -> QueuedComment:
        """The comment itself."""
        return self.item.comment


def card_of(
    item: Item,
    viewer: Moderator,
    *,
    texts: Texts,
    now: datetime,
    whole: bool = False,
    page: Sequence[QueuedComment] = (),
) -> Card:
    """Returns a comment as it is shown to somebody; `whole` however long it is. `page` are the comments that are shown
    with it."""
    comment, claim = item.comment, item.comment.claim
    pieces = pieces_of(comment.text, item.explained)
    shown, rest = (pieces, []) if whole else parted(pieces)
    return Card(
        item,
        age=age_of(comment.received_at, texts=texts, now=now),
        pieces=shown,
        rest=rest,
        score=texts(score_key(comment.score)),
        percent=percent_of(comment.score),
        weights=weights_of(item.explained, texts=texts),
        total=total_of(item.explained, texts=texts),
        parent=quote_of(item.parent.text) if item.parent else "",
        colleague=claim.moderator if claim and claim.moderator_id != viewer.id else "",
        beside=_beside(item, page),
    )


def _beside(item: Item, page: Sequence[QueuedComment]) -> list[UUID]:
    campaign = item.campaign
    if campaign is None:
        return []
    same = (other for other in page if other.campaign == item.comment.campaign and is_in(campaign, other))
    return sorted(other.id for other in same)


def age_of(moment: datetime, *, texts: Texts, now: datetime) -> str:
    """Returns how long ago something was."""
    passed = now - moment
    for name, unit in _UNITS:
        if passed >= unit:
            return texts(f"age.{name}", n=passed // unit)
    return texts("age.now")


def score_key(score: float | None) -> str:
    """Returns the key of the words for a P(spam)."""
    if score is None:
        return "score.none"
    return next(key for least, key in _IN_WORDS if score >= least)


def percent_of(score: float | None) -> str:
    """Returns a P(spam) as a percentage that is never rounded to certainty."""
    if score is None:
        return ""
    percent = score * 100
    if 1 <= percent <= 99:
        return f"{percent:.0f} %"
    return "< 1 %" if percent < 1 else "> 99 %"


def quote_of(text: str) -> str:
    """Returns the beginning of a text in one line."""
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED].rstrip()}…"
