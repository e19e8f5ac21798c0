"""Who has said nearly the same before: recalled once for a list of texts, and kept up to date while it is judged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from moderation.clock import new_id
from moderation.domain import Reason, Repeats, Site, Sketch, Status
from moderation.policy import MOST_ALIKE, alike, sketch_of
from moderation.storage.decisions import StoredComment
from moderation.storage.questions import Question
from moderation.storage.sketches import Sketched
from moderation.storage.work import Work

# A campaign seldom lasts longer, and last year's Christmas wishes are none.
WINDOW = timedelta(days=30)


class Sayings:
    """The sketches of earlier comments, by their keys."""

    def __init__(self, known: Iterable[Sketched] = ()) -> None:
        self._by_key: tuple[dict[int, list[Sketched]], ...] = ({}, {}, {}, {})  # for each place of a key
        self.new: list[tuple[UUID, Sketch]] = []
        for sketched in known:
            self._learn(sketched)

    def like(self, sketch: Sketch | None) -> list[Sketched]:
        """Returns the earlier comments whose text is nearly the same."""
        if sketch is None:
            return []
        candidates: dict[UUID, Sketched] = {}
        for by_key, key in zip(self._by_key, sketch.keys, strict=True):
            if known := by_key.get(key):
                candidates.update((each.comment, each) for each in known)
        return [candidate for candidate in candidates.values() if alike(sketch, candidate.sketch)]

    def remember(self, sketched: Sketched) -> None:
        """Takes a comment in. One of very many that are alike would tell nothing new, and is passed over."""
        if len(self.like(sketched.sketch)) < MOST_ALIKE:
            self._learn(sketched)
            self.new.append((sketched.comment, sketched.sketch))

    def _learn(self, sketched: Sketched) -> None:
        for by_key, key in zip(self._by_key, sketched.sketch.keys, strict=True):
            by_key.setdefault(key, []).append(sketched)


def repeats_among(said: Iterable[Sketched], *, author: UUID) -> Repeats | None:
    """Returns what speaks against a comment of this author: what others have said and no person has approved, and
    whatever was rejected, by anyone. None if that is nothing."""
    counted = [sketched for sketched in said if _is_rejected(sketched) or _is_suspicious(sketched, author)]
    if not counted:
        return None
    authors = {sketched.author for sketched in counted}
    return Repeats(len(counted), len(authors), sum(map(_is_rejected, counted)))


def campaign_of(said: Iterable[Sketched]) -> UUID | None:
    """Returns the campaign of a comment that says nearly the same as these: that which began first. None if there are
    none."""
    return min((sketched.campaign for sketched in said), default=None)


def sayings_like(
    work: Work, site: Site, sketches: Iterable[Sketch | None], *, now: datetime
) -> Question[list[Sketched]]:
    """Asks the store for what may be like one of these; for nothing where the site does not want to know."""
    wanted = [sketch for sketch in sketches if sketch is not None] if site.policy.repeat_limit else []
    return work.sketches.known(site.id, wanted, since=now - WINDOW)


async def said_anew(
    work: Work, site: Site, comment: StoredComment, text: str, *, now: datetime
) -> tuple[Repeats | None, UUID]:
    """Puts the sketch of an edited text in the place of the old one. Returns what speaks against the new text, and its
    campaign: a new one if nobody has said it, for its own id may be the name of what says the same as the old text."""
    await work.sketches.drop(comment.id)
    sketch = sketch_of(text) if site.policy.repeat_limit else None
    if sketch is None:
        return None, new_id(now)
    asked = sayings_like(work, site, [sketch], now=now)
    await work.ask(asked)
    sayings = Sayings(asked.answer)
    said = sayings.like(sketch)
    campaign = campaign_of(said) or new_id(now)
    sayings.remember(Sketched(comment.id, comment.author_id, comment.status, comment.reason, campaign, sketch))
    await work.sketches.add_all(site.id, sayings.new)
    return repeats_among(said, author=comment.author_id), campaign


def _is_rejected(sketched: Sketched) -> bool:
    # What is off topic below one article may be to the point below another.
    return sketched.status is Status.REJECTED and sketched.reason is not Reason.OFF_TOPIC


def _is_suspicious(sketched: Sketched, author: UUID) -> bool:
    # `approved` is a person's reason; the machine's is `clean`. Authors may repeat themselves.
    return sketched.author != author and sketched.reason is not Reason.APPROVED
