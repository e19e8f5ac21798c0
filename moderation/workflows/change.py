"""What a site tells us later: an edited text, a deleted comment, an article that opens or closes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from moderation.clock import new_id
from moderation.digests import text_digest
from moderation.domain import (
    Actor,
    ArticleRef,
    ArticleState,
    ArticleUpdate,
    Decision,
    Delivery,
    Edit,
    Reason,
    Receipt,
    Site,
    Status,
)
from moderation.errors import IdReused, NotFound
from moderation.policy import RuleBook, decide
from moderation.scoring import Scorer
from moderation.storage.articles import KnownArticle
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.decisions import StoredComment, Verdict
from moderation.storage.work import Work
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.judging import writing_of
from moderation.workflows.rehearing import case_of, receipt_after, verdict_event
from moderation.workflows.repeats import said_anew
from moderation.workflows.scores import scores_or_none

Told = TypeVar("Told")

_NOT_FOUND = "There is no comment with this external_id."


async def edit(
    site: Site,
    change: Edit,
    delivery: Delivery,
    *,
    said_at: datetime,
    at_once: AtOnce,
    open_reading: OpenWork,
    scorer: Scorer,
    book: RuleBook,
    now: Callable[[], datetime],
    random: Callable[[], float],
) -> Receipt:
    """Replaces a text and judges it again. An edit older than the last one changes nothing. Raises NotFound."""
    async with open_reading() as work:
        signed = await work.decisions.name_and_link(site.id, change.external_id)
    # No transaction stays open while the classifier computes. Name and link stay what they were first.
    [score] = await scores_or_none(scorer.of(site.id), [writing_of(site, *signed, change.text)]) if signed else [None]

    async def tell(work: Work, moment: datetime, obeyed: bool) -> Receipt:
        comment = await locked(work, site, change.external_id, moment)
        # A repetition is answered even after the comment was deleted: the first answer may have been lost.
        if comment.deleted_at is not None and not obeyed:
            raise NotFound(_NOT_FOUND)
        if obeyed or _is_old(said_at, comment.edited_at):
            return comment.receipt
        repeats, campaign = await said_anew(work, site, comment, change.text, now=moment)
        case = replace(case_of(site, comment, text=change.text, score=score), repeats=repeats)
        decision = decide(case, book, random=random)
        changes = {
            "text": change.text,
            "text_digest": text_digest(change.text),
            "edited_at": said_at,
            "campaign": campaign,
        }
        return await decide_again(work, site, comment, decision, changes, moment)

    return await once(site, delivery, tell, at_once=at_once, now=now)


async def delete(
    site: Site, external_id: str, delivery: Delivery, *, at_once: AtOnce, now: Callable[[], datetime]
) -> Receipt:
    """Takes a comment out of public and queue, for good. Raises NotFound if we never had it."""

    async def tell(work: Work, moment: datetime, obeyed: bool) -> Receipt:
        comment = await locked(work, site, external_id, moment)
        if comment.deleted_at is not None:
            return comment.receipt
        await work.sketches.drop(comment.id)
        decision = Decision(Status.REJECTED, Reason.DELETED, comment.score, decided_by=Actor.SITE)
        return await decide_again(work, site, comment, decision, {"deleted_at": moment}, moment)

    return await once(site, delivery, tell, at_once=at_once, now=now)


async def update_article(
    site: Site,
    update: ArticleUpdate,
    delivery: Delivery,
    *,
    said_at: datetime,
    at_once: AtOnce,
    now: Callable[[], datetime],
) -> ArticleState:
    """Takes over what a site says about an article; one that we do not know yet is made. Older news change nothing."""

    async def tell(work: Work, moment: datetime, obeyed: bool) -> ArticleState:
        known = await work.articles.find(site.id, update.id)
        if known is None:
            known = KnownArticle(new_id(moment), ArticleState(), None)
            await work.articles.add_all(site.id, [(known.id, ArticleRef(update.id))], now=moment)
        if obeyed or _is_old(said_at, known.said_at):
            return known.state
        changes = {name: getattr(update, name) for name in sorted(update.given)}
        await work.articles.change(known.id, changes, said_at=said_at)
        state = {name: value for name, value in changes.items() if name in ("comments", "moderation")}
        return replace(known.state, **state)

    return await once(site, delivery, tell, at_once=at_once, now=now)


async def once(
    site: Site,
    delivery: Delivery,
    tell: Callable[[Work, datetime, bool], Awaitable[Told]],
    *,
    at_once: AtOnce,
    now: Callable[[], datetime],
) -> Told:
    """Obeys a delivery in one transaction, and remembers its id. `tell` learns whether it was obeyed before."""

    async def obey(work: Work, moment: datetime) -> Told:
        known = await work.deliveries.find(site.id, delivery.id)
        if known is not None and known != delivery.digest:
            raise IdReused("This webhook-id was used before, with another body.")
        told = await tell(work, moment, known is not None)
        if known is None:
            await work.deliveries.add_all(site.id, [delivery], now=moment)
        return told

    return await in_one_go(obey, at_once=at_once, now=now)


def _is_old(said_at: datetime, last: datetime | None) -> bool:
    # Sites tell whole seconds. Of two words within one second the one that comes later counts.
    return last is not None and said_at < last


async def locked(work: Work, site: Site, external_id: str, moment: datetime) -> StoredComment:
    """Returns a comment that nobody else changes until the transaction ends. Raises NotFound if we never had it."""
    comment = await work.decisions.lock(site.id, external_id, now=moment)
    if comment is None:
        raise NotFound(_NOT_FOUND)
    return comment


async def decide_again(
    work: Work, site: Site, comment: StoredComment, decision: Decision, changes: dict[str, object], moment: datetime
) -> Receipt:
    """Appends a decision of the machine or the site on a comment that is locked, with what the site is told."""
    verdict = Verdict(comment, decision)
    await work.decisions.append(verdict, changes, now=moment)
    await work.outbox.add_all([verdict_event(site, verdict, now=moment)])
    return receipt_after(verdict)
