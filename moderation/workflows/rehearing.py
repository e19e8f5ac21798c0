"""A stored comment as a case for the policy: after an edit, or when a classifier is there at last."""

from __future__ import annotations

from moderation.domain import Actor, Case, Score, Site, Status
from moderation.storage.decisions import StoredComment
from moderation.workflows.judging import host_of


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
