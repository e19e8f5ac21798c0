"""What happens at the doors for articles, authors, the audit trail, figures, settings and the service's condition."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from aiohttp import web

from moderation.api import desk_answers as told
from moderation.api import desk_shown as shown
from moderation.api.answers import answer
from moderation.api.given import given_body, given_id
from moderation.domain import SitePolicy
from moderation.errors import Invalid
from moderation.web.desk_fields import (
    ArticleQuery,
    AuthorQuery,
    ChangeFields,
    SettingsFields,
    SwitchFields,
    TrailQuery,
    TryFields,
    read_listing,
)
from moderation.web.identity import current_moderator, given_site, now_of, service_of
from moderation.workflows import articles, authors, site_settings, statistics, trail
from moderation.workflows.budget import with_budgets
from moderation.workflows.condition import look_over
from moderation.workflows.directory import KnownSite


async def list_articles(request: web.Request) -> web.Response:
    """Answers with a page of articles."""
    known, query = await given_site(request), read_listing(ArticleQuery, request.query)
    page = await articles.list_articles(
        known.site.id,
        query.wanted(),
        after=query.cursor,
        limit=query.limit,
        open_reading=service_of(request).open_reading,
    )
    return answer(told.ArticlesBody(items=[shown.article(each) for each in page.articles], next_cursor=page.next))


async def switch_article(request: web.Request) -> web.Response:
    """Opens or closes an article, or lets a person see each of its comments first."""
    service, moderator = service_of(request), await current_moderator(request)
    given = await given_body(request, SwitchFields)
    article = await articles.switch(
        moderator, given_id(request), given.given(), at_once=service.at_once, now=service.now
    )
    return answer(shown.article(article))


async def list_authors(request: web.Request) -> web.Response:
    """Answers with authors about whom something is decided."""
    known, query = await given_site(request), read_listing(AuthorQuery, request.query)
    page = await authors.list_judged(
        known.site.id,
        query.standing,
        after=query.cursor,
        limit=query.limit,
        open_reading=service_of(request).open_reading,
        now=now_of(request),
    )
    items = [shown.judged(author) for author in page.authors]
    return answer(told.JudgedAuthorsBody(items=items, next_cursor=page.next))


async def list_trail(request: web.Request) -> web.Response:
    """Answers with a page of the audit trail."""
    admin, known, query = (
        await current_moderator(request),
        await given_site(request),
        read_listing(TrailQuery, request.query),
    )
    page = await trail.list_trail(
        admin,
        known.site.id,
        query.wanted(),
        after=query.cursor,
        limit=query.limit,
        open_reading=service_of(request).open_reading,
    )
    return answer(told.TrailBody(items=[shown.entry(each) for each in page.entries], next_cursor=page.next))


async def get_figures(request: web.Request) -> web.Response:
    """Answers with one's own figures."""
    moderator, known = await current_moderator(request), await given_site(request)
    service = service_of(request)
    figures = await statistics.own_figures(
        moderator, known.site.id, open_reading=service.open_reading, now=service.now()
    )
    days = [shown.day(each) for each in figures.days]
    return answer(told.FiguresBody(days=days, total=shown.day(figures.total)))


async def get_condition(request: web.Request) -> web.Response:
    """Answers with how the service is."""
    known, service = await given_site(request), service_of(request)
    condition = await look_over(
        known.site.id,
        database=service.house.database,
        scorer=service.scorer,
        keeper=service.keeper,
        vault=service.house.vault,
        diary=service.diary,
        now=service.now(),
    )
    return answer(shown.condition(condition))


async def get_settings(request: web.Request) -> web.Response:
    """Answers with all settings of a site."""
    return answer(shown.settings(await _settings(request, await given_site(request))))


async def change_settings(request: web.Request) -> web.Response:
    """Changes settings of a site."""
    service, admin, known = service_of(request), await current_moderator(request), await given_site(request)
    given = await given_body(request, ChangeFields)
    with _below_settings():
        seen = await site_settings.read_settings(
            known.site, defaults=service.house.defaults, open_reading=service.open_reading
        )
        wanted = await with_budgets(
            seen.site,
            site_settings.proposed(seen, given.settings),
            given.settings,
            folder=service.house.models,
            open_reading=service.open_reading,
            now=service.now(),
        )
        after = await site_settings.write_settings(
            admin,
            known.site,
            wanted,
            version=given.version,
            defaults=service.house.defaults,
            at_once=service.at_once,
            now=service.now,
        )
    return answer(shown.settings(after))


async def preview_settings(request: web.Request) -> web.Response:
    """Answers with what other settings would change."""
    service, known = service_of(request), await given_site(request)
    given = await given_body(request, SettingsFields)
    seen = await _settings(request, known)
    policy = _proposed(seen, given)
    preview = await site_settings.preview(seen.site, policy, open_reading=service.open_reading, now=service.now())
    return answer(shown.preview(preview))


async def try_text(request: web.Request) -> web.Response:
    """Answers with what a text would meet."""
    known, given = await given_site(request), await given_body(request, TryFields)
    seen = await _settings(request, known)
    policy = _proposed(seen, given)
    return answer(
        shown.tried(await site_settings.try_text(seen.site, policy, given.text, scorer=service_of(request).scorer))
    )


def _proposed(seen: site_settings.SiteSettings, given: SettingsFields | TryFields) -> SitePolicy:
    with _below_settings():
        return site_settings.proposed(seen, given.settings)


@contextmanager
def _below_settings() -> Iterator[None]:
    """Names what is wrong by its place in the body."""
    try:
        yield
    except Invalid as error:
        raise Invalid([replace(wrong, field=f"settings.{wrong.field}") for wrong in error.errors]) from None


async def _settings(request: web.Request, known: KnownSite) -> site_settings.SiteSettings:
    service = service_of(request)
    return await site_settings.read_settings(
        known.site, defaults=service.house.defaults, open_reading=service.open_reading
    )
