"""The pages beside the queue: articles and their switches, authors, one's own figures, and how the service is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from moderation.domain import Role
from moderation.web.server import RunningServer
from moderation.wiring import Service
from tests.doors.browser import OWN_PAGE, Browser, Page, a_browser, an_account
from tests.doors.newsroom import Desk, a_desk, held
from tests.doors.site_system import SiteSystem
from tests.fakes import FakeClock

MARKUP = "<img src=x onerror=alert(1)>"
ODD_ID = "a/2 & <b>?x=1#y"

pytestmark = pytest.mark.usefixtures("no_flood_limit")


@pytest.fixture
async def kim(server: RunningServer, service: Service, site: SiteSystem) -> AsyncIterator[Browser]:
    """The browser of a moderator of `daily-planet`."""
    await an_account(service, "kim", Role.MODERATOR, [site.slug])
    async with a_browser(server) as browser:
        await browser.log_in("kim")
        yield browser


async def press(browser: Browser, page: Page, action: str, **button: str) -> Page:
    """Presses a button of a form, and goes where it leads."""
    kept = [(name, value) for name, value in page.form(action).fields if name not in button]
    sent = await browser.post(action, [*kept, *button.items()], **OWN_PAGE)
    assert sent.status == 303, sent.text
    return await browser.get(sent.location)


async def author_of(desk: Desk, comment: str) -> str:
    author: str = (await desk.case(comment))["author"]["id"]
    return author


async def test_an_article_is_closed_and_its_comments_are_seen_first_by_a_person(
    kim: Browser, site: SiteSystem, lee: Desk
) -> None:
    await held(site, "c-1", article={"id": ODD_ID, "title": MARKUP, "url": "https://planet.example.com/2"})
    page = await kim.get("/console/articles")
    [key] = set(re.findall(r'action="(/console/articles/[^"]*/switch)"', page.text))

    closed = await press(kim, page, key, comments="closed")
    held_first = await press(kim, closed, key, moderation="pre")
    listed = (await lee.ask("GET", f"/v1/sites/{site.slug}/articles")).json["items"][0]
    opened = await press(kim, await press(kim, held_first, key, comments="open"), key, moderation="")

    assert "&lt;img src=x onerror=alert(1)&gt;" in page.text
    assert "Waiting: 1" in page.text
    assert 'value="open"' in closed.text
    assert "Saved." in held_first.text
    assert '<option value="pre" selected>' in held_first.text
    assert (listed["comments"], listed["moderation"]) == ("closed", "pre")
    assert 'value="closed" aria-label' in opened.text
    queue = re.findall(r'href="(/console/queue\?[^"]*)"', opened.text)[0].replace("&amp;", "&")
    assert "c-1 says" in (await kim.get(queue)).text
    assert "As the site (rules decide)" in opened.text


async def test_articles_are_found_and_read_page_by_page(
    kim: Browser, site: SiteSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.console.articles.PER_PAGE", 2)
    for number in range(3):
        await held(site, f"c-{number}", **{"article.id": f"a-{number}"})

    first = await kim.get("/console/articles?q=a-")
    [further] = re.findall(r'rel="next" href="([^"]*)"', first.text)
    second = await kim.get(further.replace("&amp;", "&"))
    found = await kim.get("/console/articles?q=a-1&comments=open&moderation=")
    nothing = await kim.get("/console/articles?comments=closed")

    names = [re.findall(r"<h2><bdi>(.*?)</bdi>", page.text) for page in (first, second, found, nothing)]
    assert names == [["a-2", "a-1"], ["a-0"], ["a-1"], []]
    assert "No articles here." in nothing.text


@pytest.mark.parametrize(
    "path",
    [
        *("/console/articles?comments=shut", "/console/articles?cursor=x", f"/console/articles?q={'x' * 201}"),
        *("/console/authors?standing=loved", "/console/authors?cursor=1", "/console/articles?q=one&q=two"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_told_in_words(kim: Browser, path: str) -> None:
    page = await kim.get(path)

    assert page.status == 422
    assert 'role="alert"' in page.text


async def test_an_author_is_suspended_until_the_end_of_a_day_and_freed_again(
    kim: Browser, site: SiteSystem, lee: Desk, clock: FakeClock
) -> None:
    comment = await held(site, "c-1", **{"author.name": MARKUP})
    here = f"/console/authors/{await author_of(lee, comment)}"
    page = await kim.get(here)
    today = clock().date()

    judged = await press(kim, page, f"{here}/standing", standing="banned", until=str(today), reason="<b>again</b>")
    listed = await kim.get("/console/authors?standing=banned")
    [undo] = [form for form in judged.forms if ("until", "") in form.fields and "reason" not in form.names]
    freed = await kim.post(undo.action, [*undo.fields, ("standing", "normal")], **OWN_PAGE)
    after = await kim.get(freed.location)

    assert f'href="{here}"' in (await kim.get(f"/console/comments/{comment}")).text
    for told in ("suspended", f"{today + timedelta(days=1):%d %b %Y}, 00:00 UTC", "&lt;b&gt;again&lt;/b&gt;", "kim"):
        assert told in judged.text, told
    assert "&lt;img src=x onerror=alert(1)&gt;" in listed.text
    assert (await lee.ask("GET", here.replace("/console", "/v1"))).json["standing"] == "normal"
    assert "as everybody" in after.text
    # The undoing can be undone, to the moment.
    [redo] = [form for form in after.forms if ("until", f"{today + timedelta(days=1)}T00:00:00+00:00") in form.fields]
    await kim.post(redo.action, [*redo.fields, ("standing", "banned")], **OWN_PAGE)
    assert (await lee.ask("GET", here.replace("/console", "/v1"))).json["standing"] == "banned"
    clock.advance(days=1)
    await kim.log_in_anew("kim")
    assert "Nothing is decided about anybody here." in (await kim.get("/console/authors")).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"standing": "banned", "until": "2026-11-22"}, "Until a day from today on"),
        ({"standing": "banned", "until": "soon"}, "Until a day from today on"),
        ({"standing": "hated"}, "Choose what is decided."),
        ({"standing": "held", "reason": "x" * 2001}, "at most 2000 characters"),
    ],
)
async def test_what_cannot_be_decided_about_an_author_is_told_in_words(
    kim: Browser, site: SiteSystem, lee: Desk, fields: dict[str, str], sentence: str
) -> None:
    here = f"/console/authors/{await author_of(lee, await held(site, 'c-1'))}"
    form = (await kim.get(here)).form(f"{here}/standing")

    refused = await kim.post(f"{here}/standing", {**dict(form.fields), **fields}, **OWN_PAGE)

    assert refused.status == 422
    assert sentence in refused.text
    assert (await lee.ask("GET", here.replace("/console", "/v1"))).json["standing"] == "normal"


async def test_all_that_waits_by_an_author_is_decided_and_put_back_in_one_step(
    kim: Browser, site: SiteSystem, lee: Desk
) -> None:
    ids = [await held(site, f"c-{number}", **{"author.email": "bo@example.org"}) for number in range(3)]
    other = await held(site, "other")
    here = f"/console/authors/{await author_of(lee, ids[0])}"
    page = await kim.get(here)
    form = next(form for form in page.forms if "expected" in form.names)

    sent = await kim.post(form.action, [*form.fields, ("ruling", "rejected:spam")], **OWN_PAGE)
    decided = await kim.get(sent.location)
    statuses = [(await lee.case(each))["status"] for each in (*ids, other)]
    [undo] = [form for form in decided.forms if "/batches/" in form.action]
    undone = await kim.get((await kim.post(undo.action, undo.fields, **OWN_PAGE)).location)

    assert "Waiting by this author: 3" in page.text
    assert "Rejected: 3." in decided.text
    assert "0 approved · 3 rejected · 0 waiting" in decided.text
    assert statuses == ["rejected"] * 3 + ["pending"]
    assert sent.location.startswith(here)
    assert "As before again: 3." in undone.text


async def test_own_figures_are_counted_drawn_and_told_as_a_table(kim: Browser, site: SiteSystem) -> None:
    ids = [await held(site, f"c-{number}") for number in range(4)]
    queue = await kim.get("/console/queue")
    for comment, which in zip(ids, (0, 1, 1), strict=False):
        action = f"/console/comments/{comment}/decisions"
        form = [form for form in queue.forms if form.action == action][which]
        last = await kim.post(action, [*form.fields, *([("reason", "spam")] if which else [])], **OWN_PAGE)
    page = await kim.get(last.location)
    [undo] = [form for form in page.forms if form.action.endswith("/undo")]
    await kim.post(undo.action, undo.fields, **OWN_PAGE)

    figures = (await kim.get("/console/figures")).text

    tiles = re.findall(r"<dd>([^<]*)<small>([^<]*)</small></dd>", figures)
    # Of two that count still or did, the classifier of the tests thought both probably spam.
    assert tiles == [("3", "3 on a day with decisions"), ("67 %", "2 of 3"), ("1", "33 %")]
    assert len(re.findall(r'<rect class="(?:approved|rejected)"', figures)) == 2
    assert figures.count("<tr>") == 31
    assert "style=" not in figures


async def test_the_condition_of_the_service_is_told_with_what_to_do(
    kim: Browser, site: SiteSystem, service: Service, clock: FakeClock
) -> None:
    well = await kim.get("/console/status")
    await held(site, "c-1")
    clock.advance(days=2)
    service.diary.failing.add("forget")
    await kim.log_in_anew("kim")

    page = await kim.get("/console/status")

    assert "All is well." in well.text
    assert "<code>fake-1</code>" in well.text
    for told in ("Upkeep fails.", "waits for more than a day", "oldest: 2 d ago", "<code>forget</code>"):
        assert told in page.text, told


async def test_pages_of_other_sites_do_not_exist(kim: Browser, other_site: SiteSystem, service: Service) -> None:
    await held(other_site, "c-1")
    their = await a_desk(service, other_site, name="theirs")
    author = await author_of(their, (await their.find("c-1"))["id"])
    article = (await their.ask("GET", f"/v1/sites/{other_site.slug}/articles")).json["items"][0]["key"]
    sent = [*(await kim.get("/console/articles")).form("/console/logout").fields, ("standing", "banned")]

    for page in ("articles", "authors", "figures", "status", "settings", "audit", "audit.csv"):
        assert (await kim.get(f"/console/{page}?site=gazette")).status in (403, 404), page
    assert (await kim.get(f"/console/authors/{author}")).status == 404
    assert (await kim.post(f"/console/authors/{author}/standing", sent, **OWN_PAGE)).status == 404
    assert (
        await kim.post(f"/console/articles/{article}/switch", [*sent, ("comments", "closed")], **OWN_PAGE)
    ).status == 404
    for page in ("settings", "audit", "audit.csv"):
        assert (await kim.get(f"/console/{page}")).status == 403, page


async def test_no_page_shows_an_address_of_a_reader(
    server: RunningServer, service: Service, site: SiteSystem, lee: Desk
) -> None:
    private = {"author.email": "very.private@example.org", "author.ip": "192.0.2.77"}
    comment = await held(site, "c-1", **private)
    author = await author_of(lee, comment)
    await lee.ask("POST", f"/v1/authors/{author}/standing", {"standing": "held"})
    await an_account(service, "root", Role.ADMIN, [site.slug])
    pages = ["queue", "scores?low=0", "articles", "authors", "figures", "status", "settings", "audit", "audit.csv"]
    pages += [f"comments/{comment}", f"authors/{author}", "account", "accounts"]
    async with a_browser(server) as root:
        await root.log_in("root")
        for path in pages:
            page = await root.get(f"/console/{path}")
            assert page.status == 200, path
            assert not re.search(r"very\.private|192\.0\.2\.77", page.text), path


async def test_pages_can_also_be_read_by_a_program_with_a_token(service: Service, site: SiteSystem) -> None:
    root = await a_desk(service, site, role=Role.ADMIN, name="root")
    comment = await held(site, "c-1")
    author = await author_of(root, comment)
    pages = ["queue", "scores", "articles", "authors", "figures", "status", "settings", "audit", "audit.csv"]

    for path in (*pages, f"comments/{comment}", f"authors/{author}"):
        assert (await root.ask("GET", f"/console/{path}")).status == 200, path
