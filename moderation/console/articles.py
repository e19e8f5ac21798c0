"""Articles as a list with their switches: open or closed, and whether a person sees each comment first."""

from __future__ import annotations

from aiohttp import web

from moderation.console.chosen import chosen_site
from moderation.console.lists import PER_PAGE, address_of, asked_in, read_list
from moderation.console.pages import ARTICLES, id_in, page
from moderation.console.returns import back_of, done_on, here
from moderation.domain import Comments, Moderation
from moderation.web.checking import check
from moderation.web.desk_fields import ArticleQuery, SwitchFields
from moderation.web.forms import form_of
from moderation.web.identity import current_moderator, service_of
from moderation.workflows import articles


async def show_articles(request: web.Request) -> web.Response:
    """Shows articles, newest first."""
    chosen, asked = await chosen_site(request), asked_in(request, ArticleQuery)
    query, faults = read_list(request, ArticleQuery)
    found = articles.ArticlePage([], None)
    if query is not None:
        reading = service_of(request).open_reading
        site = chosen.known.site.id
        found = await articles.list_articles(
            site, query.wanted(), after=query.cursor, limit=PER_PAGE, open_reading=reading
        )
    return page(
        request,
        "articles.html",
        status=422 if faults else 200,
        articles=found.articles,
        next=address_of(ARTICLES, chosen, asked, cursor=found.next) if found.next else None,
        asked=asked,
        faults=faults,
        back=here(request),
        comments=list(Comments),
        moderations=list(Moderation),
        site_moderation=chosen.known.site.policy.moderation,
    )


async def send_switch(request: web.Request) -> web.Response:
    """Opens or closes an article, or says who sees its comments first."""
    service, moderator, form = service_of(request), await current_moderator(request), await form_of(request)
    # An empty choice is one: as the site's settings say.
    given = check(SwitchFields, {name: form[name] or None for name in articles.SWITCHES if name in form})
    await articles.switch(moderator, id_in(request, "article"), given.given(), at_once=service.at_once, now=service.now)
    return done_on(back_of(form), done="saved")
