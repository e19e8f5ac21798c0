"""The door through which a submission loses its addresses: below it nobody sees one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from moderation.digests import content_digest, text_digest
from moderation.domain import Delivery, SealedSubmission, Site, Sketch, Submission
from moderation.policy import sketches_of
from moderation.privacy import EmailVault


def seal(
    arrivals: Sequence[tuple[Submission, Delivery | None]], *, site: Site, vault: EmailVault
) -> list[SealedSubmission]:
    """Returns submissions, each of which a signed webhook may have brought, with their addresses sealed and their
    digests and sketches made."""
    texts = [submission.text for submission, _ in arrivals]
    sketches = sketches_of(texts) if site.policy.repeat_limit else [None] * len(texts)
    keyed = vault.keyed_digest(site.id)
    return [
        _sealed(submission, delivery, sketch, site, vault, keyed)
        for (submission, delivery), sketch in zip(arrivals, sketches, strict=True)
    ]


def _sealed(
    submission: Submission,
    delivery: Delivery | None,
    sketch: Sketch | None,
    site: Site,
    vault: EmailVault,
    keyed: Callable[[bytes], bytes],
) -> SealedSubmission:
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
        content_digest=content_digest(submission, keyed=keyed),
        delivery=delivery,
        sketch=sketch,
    )
