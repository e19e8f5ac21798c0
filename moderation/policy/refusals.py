"""What is not taken in at all: a refusal is no decision, nothing is stored, and the site is told why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from moderation.domain import ArticleState, Comments, SitePolicy
from moderation.errors import CommentsClosed, DuplicateComment, Flood, ModerationError


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What we remember when a new comment arrives; the comment itself is not counted."""

    article: ArticleState
    duplicate: bool = False  # the same author sent the same text within the last 24 hours
    author_recent: int = 0  # comments of this author at this site within the last `flood_seconds`
    address_recent: int = 0  # the same for the network address; 0 when it is unknown
    retry_after: int = 1  # seconds until the older ones among them leave the window


Refusal = Callable[[Arrivals, SitePolicy], ModerationError | None]


def closed(arrivals: Arrivals, policy: SitePolicy) -> ModerationError | None:
    """The article takes no more comments."""
    return CommentsClosed() if arrivals.article.comments is Comments.CLOSED else None


def duplicate(arrivals: Arrivals, policy: SitePolicy) -> ModerationError | None:
    """The author says the same again."""
    return DuplicateComment() if arrivals.duplicate else None


def author_flood(arrivals: Arrivals, policy: SitePolicy) -> ModerationError | None:
    """The author has sent `flood_count` comments within `flood_seconds`."""
    return _flood(arrivals.author_recent, arrivals, policy)


def address_flood(arrivals: Arrivals, policy: SitePolicy) -> ModerationError | None:
    """`flood_count` comments have come from the network address within `flood_seconds`."""
    return _flood(arrivals.address_recent, arrivals, policy)


def _flood(recent: int, arrivals: Arrivals, policy: SitePolicy) -> Flood | None:
    limit, window = policy.flood_count, policy.flood_seconds
    if limit == 0 or window == 0 or recent < limit:
        return None
    # Never 0, which would invite the caller to repeat at once; never longer than all of them can stay in the window.
    return Flood(limit=limit, window=window, retry_after=max(1, min(arrivals.retry_after, window)))


# First what waiting does not help, so that nobody is asked to come back for it.
REFUSALS: tuple[Refusal, ...] = (closed, duplicate, author_flood, address_flood)


def refusal(arrivals: Arrivals, policy: SitePolicy) -> ModerationError | None:
    """Returns why this comment is not taken in, as an error to raise or to report, or None if it is."""
    return next((error for refuse in REFUSALS if (error := refuse(arrivals, policy))), None)
