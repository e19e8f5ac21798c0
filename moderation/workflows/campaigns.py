"""Campaigns in the queue: what says nearly the same is found together, decided together and put back together.

Of a flood of one text only the first sketches are kept (`MOST_ALIKE`): the policy needs no more. The other copies that
wait are found by the words that those have in common, by the index of words of what is pending.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from moderation.domain import Campaign, QueuedComment, QueueFilter, Sort, Status
from moderation.policy import MOST_ALIKE, sketches_of
from moderation.storage.database import OpenWork
from moderation.storage.queue import FEW
from moderation.storage.sketches import Sketched
from moderation.storage.word_starts import words_of
from moderation.storage.work import Work
from moderation.workflows.repeats import WINDOW, Sayings

# Not all of a campaign are alike to each other: with so many known, there may be copies of which no sketch was kept.
_MANY = MOST_ALIKE // 2
# So many are asked for what they have in common, and so many of their longest words are looked up.
_ASKED = 8
_WORDS = 3
# Of copies as long as the text itself, so much is read: a thousand ordinary ones, a hundred of the longest there are.
_CHARACTERS = 2_000_000

_Alike = dict[UUID, list[Sketched]]


async def campaigns_of(
    work: Work, site: UUID, comments: Sequence[QueuedComment], *, now: datetime
) -> dict[UUID, Campaign]:
    """Returns the campaign of each of these comments of one site that is part of one; FEW comments at most in each."""
    found = await _said_like(work, site, comments, now=now)
    groups = {comment.id: _waiting(comment, found[comment.id]) for comment in comments}
    return {key: Campaign(ids) for key, ids in groups.items() if set(ids) - {key}}


async def campaigns_in(
    site: UUID, comments: Sequence[QueuedComment], *, open_reading: OpenWork, now: datetime
) -> dict[UUID, Campaign]:
    """Returns the same in a transaction of its own."""
    async with open_reading() as work:
        return await campaigns_of(work, site, comments, now=now)


async def meant(work: Work, site: UUID, wanted: QueueFilter, *, now: datetime) -> QueueFilter:
    """Returns a filter that says by ids what `like` means; a comment that is not there is like nothing."""
    if wanted.like is None:
        return wanted
    comment = await work.items.find(wanted.like, [site], now=now)
    if comment is None or comment.deleted_at is not None:
        return replace(wanted, among=())
    alike = (await _said_like(work, site, [comment], now=now))[comment.id]
    if wanted.status is Status.PENDING:
        return replace(wanted, among=_waiting(comment, alike))
    return replace(wanted, among=tuple({comment.id, *(each.comment for each in alike)}))


def _waiting(comment: QueuedComment, alike: Iterable[Sketched]) -> tuple[UUID, ...]:
    """Returns what is pending of it, oldest first. What comes later moves nothing, however many there are."""
    others = sorted(each.comment for each in alike if each.status is Status.PENDING and each.comment != comment.id)
    own = [comment.id] if comment.status is Status.PENDING else []
    return tuple(sorted(own + others[: FEW - 1]))


async def _said_like(work: Work, site: UUID, comments: Sequence[QueuedComment], *, now: datetime) -> _Alike:
    """Returns for each comment what says nearly the same, of whatever status; itself may be among it. What is found for
    one does not depend on the others: what a page has counted is decided by one of its comments."""
    sketches = sketches_of([comment.text for comment in comments])
    asked = work.sketches.known(site, [sketch for sketch in sketches if sketch is not None], since=now - WINDOW)
    await work.ask(asked)
    known = asked.answer
    sayings, copies = Sayings(known), _Copies(work, site, known)
    found: dict[str, list[Sketched]] = {}
    for text, sketch in {comment.text: sketch for comment, sketch in zip(comments, sketches, strict=True)}.items():
        alike = sayings.like(sketch)
        found[text] = (await copies.beside(alike, text)).like(sketch) if len(alike) >= _MANY else alike
    return {comment.id: found[comment.text] for comment in comments}


class _Copies:
    """The copies of which no sketch was kept. Most comments of a page ask for the same, which is looked up once."""

    def __init__(self, work: Work, site: UUID, known: Sequence[Sketched]) -> None:
        self._work = work
        self._site = site
        self._known = {each.comment: each for each in known}
        self._texts: dict[tuple[UUID, ...], list[str]] = {}
        self._sayings: dict[tuple[tuple[str, ...], int], Sayings] = {}

    async def beside(self, alike: Sequence[Sketched], text: str) -> Sayings:
        """Returns what is known, and what is pending and has the words that are common to a text and what is like it;
        the oldest, if there is very much."""
        latest = tuple(sorted(each.comment for each in alike)[-_ASKED:])
        if latest not in self._texts:
            self._texts[latest] = [each.text for each in await self._work.items.texts_of(latest)]
        words = _common_words([text, *self._texts[latest]])
        # A power of two, so that copies with some more signs ask for the same.
        length = 1 << len(text).bit_length() - 1
        if (words, length) not in self._sayings:
            copies = await self._with(words, length) if words else []
            known = {each.comment: each for each in copies} | self._known
            self._sayings[words, length] = Sayings(known.values())
        return self._sayings[words, length]

    async def _with(self, words: tuple[str, ...], length: int) -> list[Sketched]:
        wanted = QueueFilter(words=words)
        few = await self._work.queue.count(self._site, wanted) <= FEW
        most = max(1, min(FEW, _CHARACTERS // length))
        places = await self._work.queue.page(self._site, wanted, Sort.OLDEST, after=None, limit=most, few=few)
        # Half as long or twice as long: then they cannot have 0.7 of their runs in common.
        lengths = (length // 2, length * 4)
        found = await self._work.items.texts_of([place.id for place in places], lengths=lengths)
        drawn = sketches_of([each.text for each in found])
        return [
            Sketched(each.comment, each.author, each.status, each.reason, sketch)
            for each, sketch in zip(found, drawn, strict=True)
            if sketch is not None
        ]


def _common_words(texts: Sequence[str]) -> tuple[str, ...]:
    common = set.intersection(*(set(words_of(text.lower())) for text in texts))
    return tuple(sorted(common, key=lambda word: (-len(word), word))[:_WORDS])
