"""Judges a list of submissions, one after the other, against what is remembered. Nothing here waits or writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

from moderation.clock import new_id
from moderation.domain import (
    ArticleRef,
    ArticleState,
    Case,
    Decision,
    Delivery,
    History,
    Receipt,
    Repeats,
    Score,
    SealedEmail,
    SealedSubmission,
    Site,
    Writing,
)
from moderation.errors import IdReused, ModerationError
from moderation.policy import RuleBook, decide, refusal
from moderation.storage.articles import KnownArticle
from moderation.storage.authors import KnownAuthor
from moderation.storage.comments import NewComment, Remembered
from moderation.workflows.memory import Memory
from moderation.workflows.repeats import campaign_of, repeats_among


@dataclass(frozen=True, slots=True)
class Accepted:
    """A comment that is in the store: taken in now (`new`), or known before."""

    receipt: Receipt
    new: bool


Outcome = Accepted | ModerationError

_UNKNOWN = History()
_OPEN = ArticleState()


class Judge:
    """Hears submissions one after the other; each is judged as if the ones before it were stored already."""

    def __init__(
        self, site: Site, memory: Memory, *, book: RuleBook, random: Callable[[], float], now: datetime
    ) -> None:
        self._site = site
        self._memory = memory
        self._book = book
        self._random = random
        self._now = now
        self._last_id = UUID(int=0)
        self.new: list[NewComment] = []
        self.receipts: list[Receipt] = []
        self.new_articles: list[tuple[UUID, ArticleRef]] = []
        self.new_authors: list[tuple[UUID, SealedEmail]] = []
        self.obeyed: list[Delivery] = []

    def hear(self, submission: SealedSubmission, score: Score | None) -> Outcome:
        """Returns the receipt, or why there is none."""
        try:
            self._memory.check_delivery(submission.delivery)
            known = self._memory.receipts.get(submission.external_id)
            outcome = self._repeat(submission, known) if known else self._take_in(submission, score)
        except ModerationError as error:
            return error
        self._obey(submission.delivery)
        return outcome

    def _repeat(self, submission: SealedSubmission, known: Remembered) -> Accepted:
        if known.content_digest != submission.content_digest:
            raise IdReused(
                "This external_id or Idempotency-Key was used before, for another comment. The first one stays."
            )
        return Accepted(known.receipt, new=False)

    def _take_in(self, submission: SealedSubmission, score: Score | None) -> Accepted:
        if refused := refusal(self._memory.arrivals(submission, self._site.policy, self._now), self._site.policy):
            raise refused
        article, author = self._article(submission.article), self._author(submission.email)
        said = self._memory.said(submission)
        repeats = repeats_among(said, author=author.id)
        decision = decide(self._case(submission, article, author, score, repeats), self._book, random=self._random)
        comment_id = self._next_id()
        thread = self._memory.thread_of(submission, article.id, comment_id)
        comment = NewComment(comment_id, article.id, author.id, thread, submission, decision, campaign_of(said))
        receipt = first_receipt(comment_id, submission.external_id, decision)
        self.new.append(comment)
        self.receipts.append(receipt)
        self._memory.remember(comment, Remembered(receipt, submission.content_digest), self._now)
        return Accepted(receipt, new=True)

    def _next_id(self) -> UUID:
        """Returns an id above the one before it: ids of the same millisecond must sort as their comments came."""
        made = new_id(self._now)
        self._last_id = made if made.int > self._last_id.int else UUID(int=self._last_id.int + 1)
        return self._last_id

    def _case(
        self,
        submission: SealedSubmission,
        article: KnownArticle,
        author: KnownAuthor,
        score: Score | None,
        repeats: Repeats | None,
    ) -> Case:
        return Case(
            text=submission.text,
            author_name=submission.author_name,
            author_url=submission.author_url,
            site_host=host_of(self._site),
            article=article.state,
            history=author.history,
            score=score,
            trap=submission.trap,
            filled_in_ms=submission.filled_in_ms,
            repeats=repeats,
        )

    def _article(self, ref: ArticleRef) -> KnownArticle:
        known = self._memory.articles.get(ref.id)
        if known is None:
            known = self._memory.articles[ref.id] = KnownArticle(new_id(self._now), _OPEN, None)
            self.new_articles.append((known.id, ref))
        return known

    def _author(self, email: SealedEmail) -> KnownAuthor:
        known = self._memory.authors.get(email.fingerprint)
        if known is None:
            known = self._memory.authors[email.fingerprint] = KnownAuthor(new_id(self._now), _UNKNOWN)
            self.new_authors.append((known.id, email))
        return known

    def _obey(self, delivery: Delivery | None) -> None:
        if delivery and self._memory.deliveries.get(delivery.id) is None:
            self._memory.deliveries[delivery.id] = delivery.digest
            self.obeyed.append(delivery)


def first_receipt(comment: UUID, external_id: str, decision: Decision) -> Receipt:
    """Returns what the site is told about a new comment."""
    score = decision.score
    spam, model = (score.spam, score.model) if score else (None, None)
    return Receipt(comment, external_id, decision.status, decision.reason, spam, model)


def host_of(site: Site) -> str:
    """Returns the host of the site's own pages: links to it are not foreign."""
    return _host(site.url)


@lru_cache(maxsize=256)
def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def writing_of(site: Site, author_name: str, author_url: str | None, text: str) -> Writing:
    """Returns what the classifier is to judge of a comment on this site."""
    return Writing(text, author_name, author_url, host_of(site))
