"""The door through which a submission loses its addresses: below it nobody sees one."""

from __future__ import annotations

from moderation.digests import content_digest, text_digest
from moderation.domain import Delivery, SealedSubmission, Site, Submission
from moderation.policy import sketch_of
from moderation.privacy import EmailVault


def seal(submission: Submission, delivery: Delivery | None, *, site: Site, vault: EmailVault) -> SealedSubmission:
    """Returns the submission with its addresses sealed and its digests and sketch made."""
    author = submission.author
    return SealedSubmission(
        external_id=submission.external_id,
        article=submission.article,
        author_name=author.name,
        author_url=author.url,
        email=vault.seal_email(site.id, author.email),
        address=vault.seal_address(site.id, author.ip) if author.ip else None,
        user_agent=author.user_agent,
        text=submission.text,
        parent_id=submission.parent_id,
        submitted_at=submission.submitted_at,
        trap=submission.trap,
        filled_in_ms=submission.filled_in_ms,
        text_digest=text_digest(submission.text),
        content_digest=content_digest(submission, keyed=vault.keyed_digest(site.id)),
        delivery=delivery,
        sketch=sketch_of(submission.text) if site.policy.repeat_limit else None,
    )
