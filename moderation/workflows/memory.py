"""What we know when a list of submissions comes in: recalled once, and kept up to date while the list is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from moderation.domain import ArticleState, Delivery, History, SealedSubmission, Site, SitePolicy, Status
from moderation.errors import IdReused
from moderation.policy import Arrivals
from moderation.storage.articles import KnownArticle
from moderation.storage.authors import KnownAuthor
from moderation.storage.comments import NewComment, Remembered
from moderation.storage.outbox import Listening
from moderation.storage.sketches import Sketched
from moderation.storage.work import Work
from moderation.workflows.repeats import Sayings, sayings_like

SAME_TEXT_WINDOW = timedelta(hours=24)


@dataclass
class Memory:
    """What is known of one site, as far as a list of submissions asks for it."""

    deliveries: dict[str, bytes]
    receipts: dict[str, Remembered]
    articles: dict[str, KnownArticle]
    authors: dict[bytes, KnownAuthor]
    threads: dict[str, tuple[UUID, str]] = field(default_factory=dict)
    same_texts: set[tuple[UUID, bytes]] = field(default_factory=set)
    author_times: dict[UUID, list[datetime]] = field(default_factory=dict)
    address_times: dict[bytes, list[datetime]] = field(default_factory=dict)
    sayings: Sayings = field(default_factory=Sayings)
    listening: Listening = field(default_factory=dict)  # who of the site is to be told what was decided

    def check_delivery(self, delivery: Delivery | None) -> None:
        """Raises IdReused when a delivery's id was used before for another body."""
        known = self.deliveries.get(delivery.id) if delivery else None
        if delivery and known is not None and known != delivery.digest:
            raise IdReused("This webhook-id was used before, with another body.")

    def arrivals(self, submission: SealedSubmission, policy: SitePolicy, now: datetime) -> Arrivals:
        """Returns what the policy wants to know before it takes a submission in."""
        article = self.articles.get(submission.article.id)
        author = self.authors.get(submission.email.fingerprint)
        by_author = self.author_times.get(author.id, []) if author else []
        by_address = self.address_times.get(submission.address.fingerprint, []) if submission.address else []
        return Arrivals(
            article=article.state if article else ArticleState(),
            duplicate=author is not None and (author.id, submission.text_digest) in self.same_texts,
            author_recent=len(by_author),
            address_recent=len(by_address),
            retry_after=_until_room(by_author, by_address, policy, now),
        )

    def thread_of(self, submission: SealedSubmission, article: UUID, comment: UUID) -> str:
        """Returns the ids of the comment's ancestors and its own, so that sorting by it gives the tree.

        A parent that we do not know, or that stands under another article, is none: the reply begins a thread.
        """
        parent = self.threads.get(submission.parent_id) if submission.parent_id else None
        if parent is None or parent[0] != article:
            return comment.hex
        ancestors = parent[1][: (_DEEPEST - 1) * len(comment.hex)]
        return ancestors + comment.hex

    def said(self, submission: SealedSubmission) -> Sequence[Sketched]:
        """Returns the comments that say nearly the same as a submission."""
        return self.sayings.like(submission.sketch)

    def remember(self, comment: NewComment, remembered: Remembered, now: datetime) -> None:
        """Takes a comment in, so that the next one in the list is judged as if it had come later."""
        submission = comment.submission
        self.receipts[submission.external_id] = remembered
        self.threads[submission.external_id] = (comment.article_id, comment.thread)
        self.same_texts.add((comment.author_id, submission.text_digest))
        self.author_times.setdefault(comment.author_id, []).append(now)
        if submission.address:
            self.address_times.setdefault(submission.address.fingerprint, []).append(now)
        if submission.sketch:
            decision = comment.decision
            self.sayings.remember(
                Sketched(
                    comment.id, comment.author_id, decision.status, decision.reason,
                    comment.campaign or comment.id, submission.sketch,
                )
            )  # fmt: skip
        if comment.decision.status is Status.APPROVED:
            author = self.authors[submission.email.fingerprint]
            if not author.history.has_approved:
                approved = History(author.history.standing, has_approved=True)
                self.authors[submission.email.fingerprint] = KnownAuthor(author.id, approved)


# Deeper replies stand beside their parent: a thread of a thousand replies must not make a key of 32 000 characters.
_DEEPEST = 32


async def recall(work: Work, site: Site, submissions: Sequence[SealedSubmission], *, now: datetime) -> Memory:
    """Asks the store for everything that judging these submissions needs, and locks their authors."""
    emails = Counter(submission.email.fingerprint for submission in submissions)
    addresses = Counter(submission.address.fingerprint for submission in submissions if submission.address)
    texts = {(submission.email.fingerprint, submission.text_digest) for submission in submissions}
    # Authors first, because this may wait for another instance that has them: what is asked after it sees what that
    # instance stored meanwhile. Asked before it, a repetition would pass for a new comment with an old text.
    authors = work.authors.known(site.id, emails, now=now)
    receipts = work.comments.known(site.id, [submission.external_id for submission in submissions])
    deliveries = work.deliveries.known(site.id, {one.delivery.id for one in submissions if one.delivery})
    articles = work.articles.known(site.id, {submission.article.id for submission in submissions})
    threads = work.comments.threads(site.id, {one.parent_id for one in submissions if one.parent_id})
    same_texts = work.comments.same_texts(site.id, texts, since=now - SAME_TEXT_WINDOW)
    said = sayings_like(work, site, [submission.sketch for submission in submissions], now=now)
    by_author = work.comments.times_by_author(
        site.id,
        _watched(emails, site.policy),
        since=_window(site.policy, now),
        at_least=_noteworthy(site.policy, emails),
    )
    by_address = work.comments.times_by_address(
        _watched(addresses, site.policy), since=_window(site.policy, now), at_least=_noteworthy(site.policy, addresses)
    )
    listening = work.outbox.listening([site.id])
    await work.ask(authors, receipts, deliveries, articles, threads, same_texts, said, by_author, by_address, listening)
    return Memory(
        deliveries=deliveries.answer,
        receipts=receipts.answer,
        articles=articles.answer,
        authors=authors.answer,
        threads=threads.answer,
        same_texts=same_texts.answer,
        author_times=by_author.answer,
        address_times=by_address.answer,
        sayings=Sayings(said.answer),
        listening=listening.answer,
    )


def _watched(senders: Counter[bytes], policy: SitePolicy) -> Sequence[bytes]:
    """Returns whose earlier comments count; nobody's where there is no limit."""
    return [*senders] if policy.flood_count > 0 and policy.flood_seconds > 0 else []


def _noteworthy(policy: SitePolicy, senders: Counter[bytes]) -> int:
    """Returns the earlier comments from which on a sender can reach the limit, with those of the present list."""
    return max(1, policy.flood_count - max(senders.values(), default=0) + 1)


def _window(policy: SitePolicy, now: datetime) -> datetime:
    return now - timedelta(seconds=policy.flood_seconds)


def _until_room(
    by_author: Sequence[datetime], by_address: Sequence[datetime], policy: SitePolicy, now: datetime
) -> int:
    """Returns after how many seconds both the author and the address may send again; at least 1."""
    most = policy.flood_count
    if most == 0 or (len(by_author) < most and len(by_address) < most):
        return 1
    window = timedelta(seconds=policy.flood_seconds)
    # The flood ends when so many have left the window that fewer than `flood_count` remain in it.
    blocking = [times[len(times) - most] for times in (by_author, by_address) if len(times) >= most]
    return max(1, *(ceil((moment + window - now).total_seconds()) for moment in blocking))
