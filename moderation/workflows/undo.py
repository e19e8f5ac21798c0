"""A decision of a moderator is taken back: one more decision, which says what was said before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from moderation.clock import new_id
from moderation.domain import Actor, Decision, Moderator, PastDecision, Score
from moderation.errors import Gone, NotFound, NotUndoable
from moderation.storage.database import AtOnce
from moderation.storage.rulings import LockedComment, NewRuling
from moderation.storage.work import Work
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.review import Ruled, append, check_version

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Undone:
    """A batch that was taken back: `count` comments are as before; those of `stayed` were decided again since, or
    deleted, and stay as they are; so many `before` were taken back already. The undoing is a batch of its own (None if
    nothing was left to undo)."""

    id: UUID | None
    count: int
    stayed: tuple[UUID, ...]
    before: int

    @property
    def kept(self) -> int:
        """How many stay as they are."""
        return len(self.stayed)


async def undo(moderator: Moderator, decision: UUID, *, at_once: AtOnce, now: Callable[[], datetime]) -> Ruled:
    """Takes back the latest decision on a comment. Raises NotFound, NotUndoable, Gone and AlreadyDecided."""

    async def take_back(work: Work, moment: datetime) -> Ruled:
        past = await work.rulings.find(decision, moderator.sites)
        if past is None:
            raise NotFound
        before = (await work.rulings.before([past.id])).get(past.id)
        if past.decided_by is not Actor.MODERATOR or before is None:
            raise NotUndoable
        [comment] = await work.rulings.lock([past.comment_id], moderator.sites)
        if comment.deleted:
            raise Gone
        await check_version(work, comment, past.version)
        [undone] = await append(work, [_undoing(comment, past, before, moderator)], now=moment)
        return undone

    return await in_one_go(take_back, at_once=at_once, now=now)


async def undo_batch(moderator: Moderator, batch: UUID, *, at_once: AtOnce, now: Callable[[], datetime]) -> Undone:
    """Takes back what is still as a batch has left it. Raises NotFound."""

    async def take_back(work: Work, moment: datetime) -> Undone:
        past = {decision.comment_id: decision for decision in await work.rulings.of_batch(batch, moderator.sites)}
        if not past:
            raise NotFound
        before = await work.rulings.before([decision.id for decision in past.values()])
        comments = await work.rulings.lock(past, moderator.sites)
        untouched = [c for c in comments if c.version == past[c.id].version and not c.deleted]
        undoing = new_id(moment)
        rulings = [_undoing(c, past[c.id], before[past[c.id].id], moderator, batch=undoing) for c in untouched]
        await append(work, rulings, now=moment)
        stayed = past.keys() - {comment.id for comment in untouched}
        now_on = await work.rulings.latest_of(stayed)
        before_now = sum(latest.undoes_id == past[comment].id for comment, latest in now_on.items())
        return Undone(undoing if rulings else None, len(rulings), tuple(sorted(stayed)), before_now)

    return await in_one_go(take_back, at_once=at_once, now=now)


def _undoing(
    comment: LockedComment, past: PastDecision, before: PastDecision, moderator: Moderator, *, batch: UUID | None = None
) -> NewRuling:
    score = Score(before.score, before.model) if before.score is not None and before.model else None
    decision = Decision(before.status, before.reason, score, before.detail, decided_by=Actor.MODERATOR)
    # What the earlier decision taught holds again, or nothing does; so does what it found about reports of before.
    found_until = before.decided_at if before.decided_by is Actor.MODERATOR else _NEVER
    return NewRuling(
        comment,
        decision,
        moderator.id,
        label=before.label,
        batch_id=batch,
        undoes_id=past.id,
        basis=before.basis,
        hears_until=found_until,
    )
