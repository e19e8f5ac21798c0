"""Statements of reasons: made with the rejection that they explain, and read again by the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from moderation.domain import Actor, Appeal, Decision, PastDecision, Rejection, Site, Source, Status
from moderation.errors import NotFound
from moderation.policy import needs_statement, statement_json, stored_policy, with_link
from moderation.privacy import EmailVault
from moderation.storage.database import OpenWork
from moderation.storage.rulings import LockedComment, NewRuling
from moderation.storage.work import Work
from moderation.workflows.appeal_links import appeal_key

Statement = Mapping[str, object]


def appeals_page(slug: str) -> str:
    """Returns the path in front of the key of an appeal."""
    return f"/v1/sites/{slug}/appeals/"


def statement_of(
    site: Site, decision: Decision, *, comment: UUID, version: int, article: str | None, now: datetime
) -> Statement | None:
    """Returns the statement about a decision of the machine or the site; None where none is due."""
    if decision.status is not Status.REJECTED or not needs_statement(decision.reason):
        return None
    rejection = Rejection(
        comment_id=comment,
        version=version,
        reason=decision.reason,
        basis=None,
        automated=decision.decided_by is Actor.MACHINE,
        model=decision.score.model if decision.score else None,
        source=Source.OWN_INITIATIVE,
        final=False,
        decided_at=now,
    )
    return statement_json(rejection, site.policy, article=article, page=appeals_page(site.slug))


async def statements_on(
    work: Work,
    rulings: Sequence[NewRuling],
    *,
    sources: Mapping[UUID, Source],
    appeals: Mapping[UUID, Appeal],
    now: datetime,
) -> dict[UUID, Statement]:
    """Returns the statements about rulings that need one, by comment."""
    due = [
        ruling
        for ruling in rulings
        if ruling.decision.status is Status.REJECTED and needs_statement(ruling.decision.reason)
    ]
    sites = await work.sites.with_ids({ruling.comment.site_id for ruling in due}) if due else {}
    statements: dict[UUID, Statement] = {}
    for ruling in due:
        comment, site = ruling.comment, sites[ruling.comment.site_id]
        source = sources.get(comment.id, Source.OWN_INITIATIVE)
        rejection = _of_person(ruling, comment, source=source, final=comment.id in appeals, now=now)
        # Statements do not depend on what the deployment sets.
        statements[comment.id] = statement_json(
            rejection, stored_policy(site.settings), article=comment.article_title, page=appeals_page(site.slug)
        )
    return statements


def _of_person(ruling: NewRuling, comment: LockedComment, *, source: Source, final: bool, now: datetime) -> Rejection:
    score = ruling.decision.score
    return Rejection(
        comment_id=comment.id,
        version=comment.version + 1,
        reason=ruling.decision.reason,
        basis=ruling.basis,
        automated=False,
        model=score.model if score else None,
        source=source,
        final=final,
        decided_at=now,
    )


async def read_statement(
    site: Site, comment: UUID, *, vault: EmailVault, base: str, open_reading: OpenWork
) -> dict[str, object]:
    """Returns the statement about the decision that stands, with the link. Raises NotFound where none is due."""
    async with open_reading() as work:
        found = await rejection_of(work, comment)
        item = await work.rulings.peek(comment, [site.id])
    if found is None or item is None:
        raise NotFound("There is no such comment, or no statement of reasons about it.")
    return linked(found, site, article=item.article_title, vault=vault, base=base)


async def rejection_of(work: Work, comment: UUID, *, version: int | None = None) -> Rejection | None:
    """Returns the latest decision on a comment, or that of a version, if it is a rejection that needs a statement."""
    history = await work.rulings.history(comment)
    chosen = [decision for decision in history if version is None or decision.version == version]
    return await rejection_in(work, chosen[-1]) if chosen else None


async def rejection_in(work: Work, decision: PastDecision) -> Rejection | None:
    """Returns a decision as a rejection that needs a statement, if it is one."""
    if decision.status is not Status.REJECTED or not needs_statement(decision.reason):
        return None
    return Rejection(
        comment_id=decision.comment_id,
        version=decision.version,
        reason=decision.reason,
        basis=decision.basis,
        automated=decision.decided_by is Actor.MACHINE,
        model=decision.model,
        source=await work.reports.source_of(decision.id),
        final=await work.appeals.has_decided(decision.id),
        decided_at=decision.decided_at,
    )


def linked(rejection: Rejection, site: Site, *, article: str | None, vault: EmailVault, base: str) -> dict[str, object]:
    """Returns a statement with the link to the appeal."""
    statement = statement_json(rejection, site.policy, article=article, page=appeals_page(site.slug))
    return with_link(statement, base=base, key=appeal_key(vault, site.id, rejection.comment_id, rejection.version))
