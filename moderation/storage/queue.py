"""The queue: which comments wait for a person, in five orders, page by page.

A page begins behind a place (keyset), so that every page costs the same and new arrivals move nothing. Each order is
walked along an index of pending comments. Where a filter leaves few comments, walking would pass by very many others:
then the few are collected first, by whatever index finds them, and put in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from moderation.domain import Place, QueueFilter, Sort, Status
from moderation.storage.among import in_letters, unindexed
from moderation.storage.campaigns import named, named_in_parts
from moderation.storage.connection import Connection
from moderation.storage.orders import BY_REPORTS, BY_SCORE, BY_TIME, in_order, stages
from moderation.storage.queue_words import (
    Sought,
    Weighed,
    having_words,
    indexed_words,
    parameters,
    read_words,
    sought,
    weigh,
    words_by_the_way,
)
from moderation.storage.tables import articles, comments, is_pending

# As many as can be counted and put in order in a moment.
FEW = 1000

Conditions = list[ColumnElement[bool]]


class Queue:
    """The queue in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._weighed: dict[tuple[UUID, QueueFilter], Weighed] = {}

    async def count(self, site: UUID, wanted: QueueFilter) -> int:
        """Returns how many comments there are, or FEW + 1 when there are more than FEW."""
        weighed = await self._weigh(site, wanted)
        if weighed.frequent and wanted == QueueFilter(words=wanted.words) and len(wanted.words) == 1:
            return FEW + 1
        counting = _counting(self._dialect, site, *_apart(wanted, weighed))
        given = parameters(wanted.words, weighed)
        count: int = (await self._connection.execute(counting, given)).scalar_one()
        return count

    async def page(
        self, site: UUID, wanted: QueueFilter, sort: Sort, *, after: Place | None, limit: int, few: bool
    ) -> list[Place]:
        """Returns the places behind `after`, in order. `few` says that the filter leaves FEW comments at most.

        A place has its score or its reports only where the order needs them.
        """
        weighed = await self._weigh(site, wanted) if few else Weighed()
        # Those of first pages are asked for again and again.
        walking = _walking if after is None else _walking.__wrapped__
        given = parameters(wanted.words, weighed)
        found: list[Place] = []
        for stage in walking(self._dialect, site, *_apart(wanted, weighed), sort, after, few):
            left = limit - len(found)
            rows = [place for walk in stage for place in await self._walk(walk, {**given, "left": left})]
            found += in_order(sort, rows)[:left]
            if len(found) >= limit:
                break
        return found

    async def by_score(self, site: UUID, *, bars: int) -> tuple[list[int], int]:
        """Returns how many pending comments have a score in each of so many equal parts of [0, 1], and how many have
        none. Reads all that is pending."""
        part = comments.c.score * bars
        bar = cast(part if self._dialect == "sqlite" else func.floor(part), Integer)
        query = select(bar.label("bar"), func.count().label("comments")).where(*_on(site, Status.PENDING))
        counts, unscored = [0] * bars, 0
        for row in await self._connection.execute(query.group_by(bar)):
            if row.bar is None:
                unscored = row.comments
            else:
                counts[min(row.bar, bars - 1)] += row.comments  # 1.0 belongs to the last one
        return counts, unscored

    async def lock_all(self, site: UUID, wanted: QueueFilter) -> list[UUID]:
        """Returns the ids of all, FEW + 1 at most, and keeps others from deciding them until the transaction ends."""
        weighed = await self._weigh(site, wanted)
        found = _found(self._dialect, site, *_apart(wanted, weighed))
        query = select(comments.c.id).where(*found).limit(FEW + 1)
        if self._dialect == "postgresql":
            # In this order, so that two who decide many wait for each other, and not in a circle. SQLite locks no rows,
            # and would walk through all that waits to find a few in order.
            query = query.order_by(comments.c.id).with_for_update(of=comments)
        return sorted((await self._connection.execute(query, parameters(wanted.words, weighed))).scalars())

    async def _weigh(self, site: UUID, wanted: QueueFilter) -> Weighed:
        """Returns how dear it is to find words beside all else that is asked for; found out once in a transaction."""
        if not wanted.words or not _looks_up(wanted):
            return Weighed(looked_up=False)
        if (site, wanted) not in self._weighed:
            self._weighed[site, wanted] = await self._weigh_now(site, wanted)
        return self._weighed[site, wanted]

    async def _weigh_now(self, site: UUID, wanted: QueueFilter) -> Weighed:
        if self._dialect == "postgresql":
            # One word alone is counted by it. To choose between several, any that is rare will do.
            enough = FEW + 1 if len(wanted.words) == 1 else FEW // 10
            return await weigh(self._connection, site, wanted.words, enough=enough)
        # SQLite's index hands over one match after the other, and is left when there are enough. But where something
        # else is to hold as well, all matches may be looked at, and to read a few comments is quicker.
        of_one = wanted.author is not None or wanted.article is not None
        return Weighed(looked_up=not of_one or await self.count(site, replace(wanted, words=())) > FEW)

    async def _walk(self, walk: Select[Any], given: Mapping[str, Any]) -> list[Place]:
        rows: Any = await self._connection.execute(walk, given)
        return [Place(key, score, reports or 0) for key, score, reports in rows]


def _apart(wanted: QueueFilter, weighed: Weighed) -> tuple[QueueFilter, Sought | None]:
    """Returns a filter without its words, and how these are looked for. No word that anybody looks for is kept in mind
    with the statements."""
    return replace(wanted, words=()), sought(wanted.words, weighed) if wanted.words else None


@lru_cache(maxsize=256)
def _counting(dialect: str, site: UUID, wanted: QueueFilter, words: Sought | None) -> Select[Any]:
    some: Any = select(literal_column("1")).where(*_found(dialect, site, wanted, words)).limit(FEW + 1)
    if ways := _along_campaign(site, wanted, words):
        parts: list[Select[Any]] = [select(comments.c.id).where(*way) for way in ways]
        some = union_all(*parts).limit(FEW + 1)
    if dialect == "sqlite" and words is not None and wanted == QueueFilter():
        some = having_words(site).limit(FEW + 1)
    if words is None and wanted == QueueFilter(status=wanted.status):
        # Along the index. PostgreSQL hopes to come upon so many soon, whatever it reads, and would read all comments.
        some = some.order_by(comments.c.id)
    return select(func.count()).select_from(some.subquery())


@lru_cache(maxsize=256)
def _walking(
    dialect: str,
    site: UUID,
    wanted: QueueFilter,
    words: Sought | None,
    sort: Sort,
    after: Place | None,
    few: bool,
) -> list[list[Select[Any]]]:
    """Returns the walks of each stage, with `left` for how many places are asked for."""
    at: FromClause = comments
    ways = _along_campaign(site, wanted, words) if sort in BY_TIME else None
    if ways is None and few:
        at = _places(comments, _found(dialect, site, wanted, words), sort).limit(FEW).subquery()
        ways = [[]]
    elif ways is None:
        ways = [_passed_by(dialect, site, wanted, words, sort)]
    return [
        [
            _places(at, [*way, *walk.conditions], sort).order_by(*walk.order).limit(bindparam("left"))
            for walk in walks
            for way in ways
        ]
        for walks in stages(sort, at, after)
    ]


def _looks_up(wanted: QueueFilter) -> bool:
    """Returns whether words may be looked up. A campaign has fewer comments than many a word."""
    return wanted.status is Status.PENDING and wanted.campaign is None


def _along_campaign(site: UUID, wanted: QueueFilter, words: Sought | None) -> list[Conditions] | None:
    """Returns the conditions for what waits of a campaign, all of it or up to a comment, in parts that are each found
    by one index in the order of time. None where more is asked for.

    Those who were given a name are not asked for their site, which is that of the comment they are named after: so
    they are counted without being read.
    """
    alone = QueueFilter(like=wanted.like, up_to=wanted.up_to, campaign=wanted.campaign)
    if wanted.campaign is None or words is not None or wanted != alone:
        return None
    members, itself = named_in_parts(wanted.campaign)
    earlier = [comments.c.id <= wanted.up_to] if wanted.up_to is not None else []
    return [[members, is_pending, *earlier], [itself, is_pending, comments.c.site_id == site, *earlier]]


def _found(dialect: str, site: UUID, wanted: QueueFilter, words: Sought | None) -> Conditions:
    """Returns the conditions for collecting: every index may help."""
    by_index = words is not None and words.looked_up
    # SQLite has no statistics, and would take the index of all that waits, or for an author that of the site. Nor has
    # PostgreSQL in its first minutes, and would read all that waits for a word.
    blind = dialect == "sqlite" or (words is not None and words.alone)
    aside = blind and (by_index or wanted.campaign is not None)
    own = wanted.author is not None or (wanted.article is not None and wanted.status is Status.PENDING)
    conditions = [
        *_on(site, wanted.status, aside=aside or (dialect == "sqlite" and own)),
        *_filters(site, wanted, aside=aside),
    ]
    if by_index:
        conditions.append(indexed_words(dialect=dialect))
    if words is not None and not (by_index and words.all_indexed):
        conditions.append(read_words(words, dialect=dialect))
    return conditions


def _passed_by(dialect: str, site: UUID, wanted: QueueFilter, words: Sought | None, sort: Sort) -> Conditions:
    """Returns the conditions for walking: the index is to be that of the order."""
    # An index of the filter would find very many, and all of them be sorted: SQLite has no statistics, and PostgreSQL
    # takes them for few. Those of reasons and articles are in the order of scores as well.
    aside = sort not in BY_SCORE
    conditions = [*_on(site, wanted.status), *_filters(site, wanted, aside=aside)]
    if words is not None and wanted.status is Status.PENDING:
        conditions.append(words_by_the_way(site, words, dialect=dialect))
    elif words is not None:
        conditions.append(read_words(words, dialect=dialect))
    return conditions


def _on(site: UUID, status: Status, *, aside: bool = False) -> Conditions:
    conditions = [
        _beside(comments.c.site_id == site, aside),
        comments.c.status == in_letters(status),
    ]
    if status is Status.REJECTED:  # as all that sites have deleted are
        conditions.append(comments.c.deleted_at.is_(None))
    return conditions


def _filters(site: UUID, wanted: QueueFilter, *, aside: bool = False) -> Conditions:
    conditions: Conditions = []
    if wanted.reason is not None:
        conditions.append(_beside(comments.c.reason == wanted.reason, aside))
    if wanted.article is not None:
        article = select(articles.c.id).where(articles.c.site_id == site, articles.c.external_id == wanted.article)
        conditions.append(_beside(comments.c.article_id == article.scalar_subquery(), aside))
    if wanted.author is not None:
        conditions.append(_beside(comments.c.author_id == wanted.author, aside))
    if wanted.min_score is not None:
        conditions.append(_beside(comments.c.score >= wanted.min_score, aside))
    if wanted.reported:
        # In letters, as the partial index has it.
        conditions.append(literal_column("comments.reports > 0"))
    if wanted.max_score is not None:
        conditions.append(_beside(comments.c.score <= wanted.max_score, aside))
    if wanted.up_to is not None:
        conditions.append(comments.c.id <= wanted.up_to)
    if wanted.campaign is not None:
        conditions.append(named(wanted.campaign))
    return conditions


def _beside(condition: ColumnElement[bool], aside: bool) -> ColumnElement[bool]:
    """Returns a condition; one that is set `aside` is answered by no index."""
    return unindexed(condition) if aside else condition


def _places(at: FromClause, conditions: Sequence[ColumnElement[bool]], sort: Sort) -> Select[Any]:
    # What the order does not need is not asked for: the index alone may do then.
    score = at.c.score if sort in BY_SCORE else null()
    reports = at.c.reports if sort in BY_REPORTS else null()
    return select(at.c.id, score.label("score"), reports.label("reports")).where(*conditions)
