"""A stored comment is judged again: as a case for the policy, and as what its site is told of the verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from moderation.domain import Actor, Case, Event, Receipt, Score, Site, Status
from moderation.storage.decisions import StoredComment, Verdict
from moderation.workflows.events import decided_event
from moderation.workflows.judging import host_of
from moderation.workflows.statements import statement_of


def case_of(site: Site, comment: StoredComment, *, text: str, score: Score | None) -> Case:
    """Returns the case. How the form was filled in is not stored, only what the machine has found in it."""
    return Case(
        text=text,
        author_name=comment.author_name,
        author_url=comment.author_url,
        site_host=host_of(site),
        article=comment.article,
        history=comment.history,
        score=score,
        rejected_by_moderator=comment.decided_by is Actor.MODERATOR and comment.status is Status.REJECTED,
        found_before=comment.found_before,
    )


def receipt_after(verdict: Verdict) -> Receipt:
    """Returns the receipt of the comment once the verdict is appended."""
    decision = verdict.decision
    return replace(verdict.comment, status=decision.status, reason=decision.reason, score=decision.score).receipt


def verdict_event(site: Site, verdict: Verdict, *, now: datetime) -> Event:
    """Returns what the site is told of a verdict of the machine or its own: a rejection with its statement."""
    comment = verdict.comment
    statement = statement_of(
        site,
        verdict.decision,
        comment=comment.id,
        version=comment.version + 1,
        article=comment.article_title,
        now=now,
    )
    article = comment.article_external_id
    return decided_event(site.id, receipt_after(verdict), article=article, now=now, statement=statement)
