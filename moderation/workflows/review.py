"""Moderators rule: on one comment, on many at once, and back again. Nothing that was decided is ever changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from moderation import metrics
from moderation.clock import new_id, rfc_3339
from moderation.domain import Actor, Decision, Event, Label, Moderator, QueueFilter, Reason, Ruling, Status
from moderation.errors import AlreadyDecided, CountChanged, FieldError, Gone, Invalid, NotFound
from moderation.storage.database import AtOnce
from moderation.storage.queue import FEW
from moderation.storage.rulings import LockedComment, NewRuling
from moderation.storage.work import Work
from moderation.workflows.campaigns import meant
from moderation.workflows.events import decided_event
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.settling import appeals_before, settle, sources_of
from moderation.workflows.statements import statements_on

# Decided in one transaction: a fraction of a second, so that comments that come in hardly wait for it.
MOST_AT_ONCE = FEW

# What a person may give as the reason. "Off topic" is a good reason to reject, and teaches nothing about spam.
REASONS: Mapping[Status, tuple[Reason, ...]] = {
    Status.APPROVED: (Reason.APPROVED, Reason.OTHER),
    Status.REJECTED: (
        Reason.SPAM,
        Reason.ABUSE,
        Reason.HATE,
        Reason.OFF_TOPIC,
        Reason.ILLEGAL,
        Reason.PERSONAL_DATA,
        Reason.OTHER,
    ),
    Status.PENDING: (Reason.OTHER,),
}
_LABELS = {(Status.APPROVED, Reason.APPROVED): Label.HAM, (Status.REJECTED, Reason.SPAM): Label.SPAM}


@dataclass(frozen=True, slots=True)
class Ruled:
    """A decision that was taken, and how the comment stands now."""

    id: UUID
    comment_id: UUID
    version: int
    status: Status
    reason: Reason


@dataclass(frozen=True, slots=True)
class Batch:
    """Decisions that were taken together."""

    id: UUID
    count: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """Comments by their ids; with the versions that were seen, those decided since are noticed."""

    ids: tuple[UUID, ...]
    versions: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Filtered:
    """All comments that a filter finds, as many as were expected."""

    wanted: QueueFilter
    expected: int


async def rule(
    moderator: Moderator,
    comment_id: UUID,
    ruling: Ruling,
    *,
    version: int,
    at_once: AtOnce,
    now: Callable[[], datetime],
) -> Ruled:
    """Decides a comment as it was at `version`. Raises NotFound, Gone, AlreadyDecided and Invalid."""

    async def decide(work: Work, moment: datetime) -> Ruled:
        [comment] = await _locked(work, [comment_id], moderator.sites)
        await check_version(work, comment, version)
        [decided] = await append(work, [_ruling(comment, ruling, moderator)], now=moment)
        return decided

    return await in_one_go(decide, at_once=at_once, now=now)


async def rule_on_many(
    moderator: Moderator,
    site: UUID,
    which: Chosen | Filtered,
    ruling: Ruling,
    *,
    at_once: AtOnce,
    now: Callable[[], datetime],
) -> Batch:
    """Decides comments of one site, all or none. Raises NotFound, Gone, AlreadyDecided, CountChanged and Invalid."""

    async def decide(work: Work, moment: datetime) -> Batch:
        ids = which.ids if isinstance(which, Chosen) else await _found(work, site, which, now=moment)
        comments = await _locked(work, ids, [site])
        if isinstance(which, Chosen) and which.versions is not None:
            seen = dict(zip(which.ids, which.versions, strict=True))
            for comment in comments:
                await check_version(work, comment, seen[comment.id], field="versions")
        batch = new_id(moment)
        rulings = [replace(_ruling(comment, ruling, moderator), batch_id=batch) for comment in comments]
        await append(work, rulings, now=moment)
        return Batch(batch, len(rulings))

    return await in_one_go(decide, at_once=at_once, now=now)


async def append(work: Work, rulings: Sequence[NewRuling], *, now: datetime) -> list[Ruled]:
    """Appends decisions, with what their sites are told, and ends the claims on their comments. Reports about them and
    appeals are settled by it. Raises OwnDecision."""
    appeals, sources = await appeals_before(work, rulings), await sources_of(work, rulings)
    ids = await work.rulings.append_all(rulings, now=now)
    statements = await statements_on(work, rulings, sources=sources, appeals=appeals, now=now)
    events = [_event(ruling, statements.get(ruling.comment.id), now) for ruling in rulings]
    events += await settle(work, list(zip(ids, rulings, strict=True)), sources=sources, appeals=appeals, now=now)
    await work.outbox.add_all(events)
    await work.claims.end([ruling.comment.id for ruling in rulings], now=now)
    ruled = [_ruled(key, ruling) for key, ruling in zip(ids, rulings, strict=True)]
    for each in ruled:
        metrics.RULINGS.labels(each.status).inc()
    return ruled


async def check_version(work: Work, comment: LockedComment, seen: int, *, field: str = "version") -> None:
    """Raises AlreadyDecided, with who and what, unless the comment is as it was seen; and Invalid for a version that it
    has never had: nobody was faster then."""
    if comment.version == seen:
        return
    if seen > comment.version:
        raise Invalid([FieldError(field, "invalid", f"The comment has no such version: it is at {comment.version}.")])
    latest = (await work.rulings.latest_of([comment.id]))[comment.id]
    by = latest.moderator or latest.decided_by
    raise AlreadyDecided(
        f"In the meantime {by} has decided: {latest.status}, {latest.reason}.",
        decision={
            "id": str(latest.id),
            "comment": str(comment.id),
            "version": latest.version,
            "status": latest.status,
            "reason": latest.reason,
            "decided_by": latest.decided_by,
            "moderator": latest.moderator,
            "decided_at": rfc_3339(latest.decided_at),
        },
    )


async def _locked(work: Work, ids: Sequence[UUID], sites: Sequence[UUID] | frozenset[UUID]) -> list[LockedComment]:
    comments = await work.rulings.lock(ids, sites)
    if len(comments) < len(set(ids)):
        raise NotFound("There is no such comment, or not all of them are there.")
    if any(comment.deleted for comment in comments):
        raise Gone
    return comments


async def _found(work: Work, site: UUID, which: Filtered, *, now: datetime) -> list[UUID]:
    ids = await work.queue.lock_all(site, await meant(work, site, which.wanted, now=now))
    if len(ids) > MOST_AT_ONCE:
        sentence = f"The filter finds more than {MOST_AT_ONCE} comments; they are decided part by part."
        raise Invalid([FieldError("filter", "too_long", sentence)])
    if len(ids) != which.expected:
        raise CountChanged(f"The filter finds {len(ids)} comments now; nothing was decided.", count=len(ids))
    return ids


def _ruling(comment: LockedComment, ruling: Ruling, moderator: Moderator) -> NewRuling:
    decision = Decision(ruling.status, ruling.reason, comment.score, decided_by=Actor.MODERATOR)
    label = _LABELS.get((ruling.status, ruling.reason))
    return NewRuling(
        comment, decision, moderator.id, label=label, note=ruling.note, basis=ruling.basis, answer=ruling.answer
    )


def _event(ruling: NewRuling, statement: Mapping[str, object] | None, now: datetime) -> Event:
    comment = ruling.comment
    return decided_event(comment.site_id, ruling.receipt, article=comment.article, now=now, statement=statement)


def _ruled(key: UUID, ruling: NewRuling) -> Ruled:
    comment, decision = ruling.comment, ruling.decision
    return Ruled(key, comment.id, comment.version + 1, decision.status, decision.reason)
