"""What lies on a moderator's desk is read along an index, on both databases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from moderation.clock import first_id, new_id
from moderation.domain import ArticleFilter, TrailFilter, TrailKind
from moderation.storage import tables
from moderation.storage.work import Work
from tests.storage.crowd import NOW, SITE, Crowded
from tests.storage.test_query_plans import is_used, reads_all_comments

FAR = first_id(NOW - timedelta(hours=50))
OTHER = UUID(int=2)
PEOPLE = [UUID(int=number) for number in range(7, 107)]
ROWS = 2000
Ask = Callable[[Work], Awaitable[object]]


async def busy_desk(work: Work) -> None:
    """Another site, and two thousand things that a hundred people have done."""
    moments = [NOW - timedelta(hours=number) / 10 for number in range(ROWS)]
    site = {"url": "https://o.example", "settings": {}, "revision": 0, "created_at": NOW}
    for table, rows in {
        tables.sites: [{"id": OTHER, "slug": "o", **site}],
        tables.moderators: [_person(key) for key in PEOPLE],
        tables.articles: [_article(number, moment) for number, moment in enumerate(moments)],
        tables.authors: [_author(number, moment) for number, moment in enumerate(moments)],
        tables.audit_entries: [_entry(number, moment) for number, moment in enumerate(moments)],
    }.items():
        await work.connection.execute(insert(table), rows)
    known = await work.connection.execute(select(tables.comments.c.id).limit(ROWS))
    comments = list(known.scalars())
    ruled = [_ruling(comment, number, moments[number]) for number, comment in enumerate(comments)]
    await work.connection.execute(insert(tables.decisions), ruled)


FILLS = (busy_desk,)


def _person(key: UUID) -> dict[str, Any]:
    return {"id": key, "name": f"kim {key.int}", "role": "moderator", "created_at": NOW}


def _article(number: int, moment: datetime) -> dict[str, Any]:
    site = {"id": new_id(moment), "site_id": OTHER if number % 20 else SITE, "external_id": f"o-{number}"}
    return {**site, "comments": "open", "created_at": moment}


def _author(number: int, moment: datetime) -> dict[str, Any]:
    sealed = {"email_fingerprint": f"{number}".encode(), "email_sealed": b"sealed", "sealing_key": b"key"}
    standing = "normal" if number % 20 else "banned"
    return {"id": new_id(moment), "site_id": OTHER, **sealed, "standing": standing, "created_at": moment}


def _entry(number: int, moment: datetime) -> dict[str, Any]:
    site = {0: SITE, 1: None}.get(number % 20, OTHER)
    said = {"actor": "kim 7", "action": "author.standing", "subject": f"subject {number}", "details": {}}
    return {"id": new_id(moment), "site_id": site, "occurred_at": moment, **said}


def _ruling(comment: UUID, number: int, moment: datetime) -> dict[str, Any]:
    said = {"status": "approved", "reason": "approved", "decided_by": "moderator", "version": 2}
    person = PEOPLE[number % len(PEOPLE)]
    return {
        "id": new_id(moment),
        "comment_id": comment,
        "site_id": SITE,
        "moderator_id": person,
        "decided_at": moment,
        **said,
    }


def trail(wanted: TrailFilter) -> Ask:
    return lambda work: work.trail.page(SITE, wanted, accounts=["kim"], after=FAR, limit=20)


async def articles(work: Work) -> object:
    return await work.article_list.page(SITE, ArticleFilter(), after=FAR, limit=20)


async def judged(work: Work) -> object:
    return await work.author_files.judged(OTHER, None, after=FAR, limit=20, now=NOW)


async def lately(work: Work) -> object:
    return await work.decisions.lately(SITE, limit=50, now=NOW)


async def own_days(work: Work) -> object:
    return await work.figures.days_of(UUID(int=7), SITE, since=NOW - timedelta(days=30))


async def backlog(work: Work) -> object:
    return await work.figures.backlog(SITE)


async def standings(work: Work) -> object:
    return await work.trail.about("an author", "author.standing", limit=20)


@pytest.mark.parametrize(
    ("ask", "indexes"),
    [
        (trail(TrailFilter()), ["ix_decisions_of_site_by_people", "ix_audit_entries_site_id_id"]),
        (trail(TrailFilter(TrailKind.DECISION, person="kim 7")), ["ix_decisions_of_moderator"]),
        (trail(TrailFilter(comment=UUID(int=5))), ["ix_audit_entries_subject_id"]),
        (articles, ["ix_articles_site_id_id"]),
        (judged, ["ix_authors_judged"]),
        (lately, ["ix_comments_site_id_status_id"]),
        (own_days, ["ix_decisions_of_moderator"]),
        (backlog, ["ix_comments_site_id_status_id"]),
        (standings, ["ix_audit_entries_subject_id"]),
    ],
    ids=["trail", "person", "comment", "articles", "judged", "lately", "figures", "backlog", "standings"],
)
async def test_a_question_of_the_desk_uses_its_index(crowded: Crowded, ask: Ask, indexes: list[str]) -> None:
    plan = await crowded.plan_of(ask)

    assert all(is_used(index, plan) for index in indexes), plan
    assert not reads_all_comments(plan), plan
    for table in ("decisions", "audit_entries", "articles", "authors"):
        assert f"Seq Scan on {table}" not in plan, plan
        assert f"SCAN {table}\n" not in f"{plan}\n", plan
