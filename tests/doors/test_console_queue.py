"""The queue and its comments as pages that need no script: shown, decided, undone, alone or in bulk."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from moderation.domain import Role
from moderation.web.server import RunningServer
from moderation.wiring import Service
from tests.doors.browser import OWN_PAGE, Browser, Page, a_browser, an_account
from tests.doors.newsroom import Desk, a_desk, held
from tests.doors.site_system import SiteSystem
from tests.makers import a_payload

QUEUE = "/console/queue"

pytestmark = pytest.mark.usefixtures("no_flood_limit")


@pytest.fixture
async def kim(server: RunningServer, service: Service, site: SiteSystem) -> AsyncIterator[Browser]:
    """The browser of a moderator of `daily-planet`."""
    await an_account(service, "kim", Role.MODERATOR, [site.slug])
    async with a_browser(server) as browser:
        await browser.log_in("kim")
        yield browser


@pytest.fixture
async def desk(service: Service, site: SiteSystem) -> Desk:
    """A colleague who uses the API."""
    return await a_desk(service, site, name="lee")


def shown(page: Page) -> list[str]:
    """Returns the texts of the comments on a page, without what is marked in them."""
    assert page.status == 200, page.text
    texts = re.findall(r'<div class="text"[^>]*><bdi>(.*?)</bdi>', page.text, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", text) for text in texts]


async def decide(browser: Browser, comment: str, which: int = 0, **more: str) -> Page:
    """Sends one of the forms for a comment as the queue shows it; returns the page that it leads to."""
    action = f"/console/comments/{comment}/decisions"
    page = await browser.get(QUEUE)
    form = [form for form in page.forms if form.action == action][which]
    sent = await browser.post(action, [*form.fields, *more.items()], **OWN_PAGE)
    assert sent.status == 303, sent.text
    return await browser.get(sent.location)


async def test_a_comment_is_approved_and_put_back(kim: Browser, site: SiteSystem, desk: Desk) -> None:
    comment = await held(site, "c-1")

    after = await decide(kim, comment)
    case = await desk.case(comment)
    [undo] = [form for form in after.forms if form.action.endswith("/undo")]
    undone = await kim.post(undo.action, undo.fields, **OWN_PAGE)

    assert "Approved." in after.text
    assert shown(after) == []
    assert (case["status"], case["decisions"][-1]["moderator"]) == ("approved", "kim")
    assert "Undone." in (await kim.get(undone.location)).text
    assert (await desk.case(comment))["status"] == "pending"


@pytest.mark.parametrize(("which", "reason"), [(1, "spam"), (2, "abuse"), (2, "personal_data")])
async def test_a_comment_is_rejected_with_a_reason(
    kim: Browser, site: SiteSystem, desk: Desk, which: int, reason: str
) -> None:
    comment = await held(site, "c-1")

    after = await decide(kim, comment, which, reason=reason)

    assert "Rejected." in after.text
    case = await desk.case(comment)
    assert (case["status"], case["reason"]) == ("rejected", reason)


async def test_whoever_is_second_is_told_who_was_first_and_what_they_decided(
    kim: Browser, site: SiteSystem, desk: Desk
) -> None:
    comment = await held(site, "c-1")
    page = await kim.get(QUEUE)
    await desk.decide(comment, "rejected", "hate")

    late = await kim.send(page, f"/console/comments/{comment}/decisions")

    assert late.status == 409
    assert "lee has decided: Rejected (hate). Nothing was changed." in late.text
    assert f'href="/console/comments/{comment}"' in late.text


async def test_what_is_ticked_is_decided_and_undone_together(kim: Browser, site: SiteSystem, desk: Desk) -> None:
    one, two, three = [await held(site, f"c-{number}") for number in range(3)]
    page = await kim.get(QUEUE)
    action = f"{QUEUE}/decisions?site=daily-planet"
    ticks = [("comment", f"{one}:1"), ("comment", f"{two}:1"), ("ruling", "rejected:spam")]

    sent = await kim.post(action, [*page.form(action).fields, *ticks], **OWN_PAGE)
    after = await kim.get(sent.location)
    await desk.decide(two, "approved", version=2)
    [undo] = [form for form in after.forms if "/batches/" in form.action]
    undone = await kim.get((await kim.post(undo.action, undo.fields, **OWN_PAGE)).location)

    again = await kim.get((await kim.post(undo.action, undo.fields, **OWN_PAGE)).location)

    assert "Rejected: 2." in after.text
    assert "Decided anew since, and left alone: 1. Taken back before: 1." in again.text
    assert "As before again: 1. Decided anew since, and left alone: 1." in undone.text
    assert [(await desk.case(each))["status"] for each in (one, two, three)] == ["pending", "approved", "pending"]


async def test_a_step_is_taken_back_later_from_the_page_of_one_of_its_comments(
    kim: Browser, site: SiteSystem, desk: Desk
) -> None:
    ids = [await held(site, f"c-{number}") for number in range(3)]
    await desk.decide_many("rejected", "spam", ids=ids[:2])
    await desk.decide(ids[2], "rejected", "spam")

    page = await kim.get(f"/console/comments/{ids[1]}")
    [undo] = [form for form in page.forms if "/batches/" in form.action]
    undone = await kim.get((await kim.post(undo.action, undo.fields, **OWN_PAGE)).location)

    twice = await kim.get((await kim.post(undo.action, undo.fields, **OWN_PAGE)).location)

    assert "As before again: 2." in undone.text
    assert "This was taken back already" in twice.text
    assert "Decided anew" not in twice.text
    assert [(await desk.case(each))["status"] for each in ids] == ["pending", "pending", "rejected"]
    assert "/batches/" not in (await kim.get(f"/console/comments/{ids[2]}")).text


async def test_whoever_has_ticked_nothing_is_told_so(kim: Browser, site: SiteSystem, desk: Desk) -> None:
    comment = await held(site, "c-1")
    action = f"{QUEUE}/decisions?site=daily-planet"
    fields = [*(await kim.get(QUEUE)).form(action).fields, ("ruling", "approved")]

    told = await kim.get((await kim.post(action, fields, **OWN_PAGE)).location)

    assert "Nothing was ticked" in told.text
    assert (await desk.case(comment))["status"] == "pending"


async def test_ticks_that_a_colleague_was_faster_with_decide_nothing(
    kim: Browser, site: SiteSystem, desk: Desk
) -> None:
    one, two = [await held(site, f"c-{number}") for number in range(2)]
    page = await kim.get(QUEUE)
    await desk.decide(two, "approved")
    action = f"{QUEUE}/decisions?site=daily-planet"
    ticks = [("comment", f"{one}:1"), ("comment", f"{two}:1"), ("ruling", "rejected:spam")]

    late = await kim.post(action, [*page.form(action).fields, *ticks], **OWN_PAGE)

    assert late.status == 409
    assert f'<a href="{QUEUE}">Back' in late.text
    assert (await desk.case(one))["status"] == "pending"


async def test_all_that_a_filter_finds_is_decided_unless_its_number_has_changed(
    kim: Browser, site: SiteSystem, desk: Desk
) -> None:
    for number in range(3):
        await held(site, f"c-{number}", **{"article.id": "a-1" if number else "a-2"})
    page = await kim.get(f"{QUEUE}?article=a-1&sort=oldest")
    form = next(form for form in page.forms if "expected" in form.names)

    await held(site, "late", **{"article.id": "a-1"})
    refused = await kim.post(form.action, [*form.fields, ("ruling", "approved")], **OWN_PAGE)
    fields = {**dict(form.fields), "expected": "3", "ruling": "approved"}
    decided = await kim.post(form.action, fields, **OWN_PAGE)

    assert refused.status == 409
    assert "The filter finds 3 comments now." in refused.text
    assert f'href="{QUEUE}?article=a-1&amp;sort=oldest"' in refused.text  # to look again, nothing has to be typed again
    assert "Approved: 3." in (await kim.get(decided.location)).text
    assert [item["external_id"] for item in (await desk.queue()).json["items"]] == ["c-0"]


@pytest.mark.parametrize("expected", ["", "-1", "many", "\u00b2", "9" * 5000])
async def test_an_expected_number_that_is_none_is_refused(kim: Browser, site: SiteSystem, expected: str) -> None:
    await held(site, "c-1")
    page = await kim.get(QUEUE)
    form = next(form for form in page.forms if "expected" in form.names)
    fields = {**dict(form.fields), "expected": expected, "ruling": "approved"}

    assert (await kim.post(form.action, fields, **OWN_PAGE)).status == 422


async def test_filters_orders_and_words_are_those_of_the_api(kim: Browser, site: SiteSystem) -> None:
    await held(site, "c-1", "click here, says the garden")
    await held(site, "c-2", "click here, says the river", **{"article.id": "a/2 & more"})

    assert shown(await kim.get(f"{QUEUE}?q=gard")) == ["c-1 says click here, says the garden"]
    assert shown(await kim.get(f"{QUEUE}?article=a%2F2+%26+more")) == ["c-2 says click here, says the river"]
    assert len(shown(await kim.get(f"{QUEUE}?sort=oldest&min_score=0.5&max_score=&reason="))) == 2
    assert shown(await kim.get(f"{QUEUE}?max_score=0.5")) == []
    rejected = await kim.get(f"{QUEUE}?status=rejected")
    assert shown(rejected) == []
    assert ("No rejected comments here." in rejected.text, "Nothing waits here." in rejected.text) == (True, False)


@pytest.mark.parametrize(
    "query", ["sort=worst", "q=---", "min_score=2", "author=1", "cursor=x", "status=deleted", "sort=risk&sort=oldest"]
)
async def test_a_filter_that_makes_no_sense_is_told_in_words(kim: Browser, site: SiteSystem, query: str) -> None:
    page = await kim.get(f"{QUEUE}?{query}")

    assert page.status == 422
    assert 'role="alert"' in page.text
    # Nothing was to be saved, and it is not known that nothing waits.
    assert "could not be saved" not in page.text
    assert "Nothing waits here" not in page.text


async def test_pages_go_on_behind_a_comment(kim: Browser, site: SiteSystem) -> None:
    for number in range(27):
        await held(site, f"c-{number}")

    first = await kim.get(f"{QUEUE}?sort=oldest")
    [further] = re.findall(r'rel="next" href="([^"]*)"', first.text)
    second = await kim.get(further.replace("&amp;", "&"))

    assert (len(shown(first)), len(shown(second))) == (25, 2)
    assert not set(shown(first)) & set(shown(second))


async def test_a_comment_shows_all_that_is_known_about_it(kim: Browser, site: SiteSystem, desk: Desk) -> None:
    await site.post(
        a_payload(
            external_id="parent", **{"author.name": "Bo", "text": "I said it first.", "article.title": "The tram"}
        )
    )
    comment = await held(site, "c-1", "click here and see", parent_id="parent")
    await desk.ask("POST", f"/v1/comments/{comment}/notes", {"text": "Ask the <desk>\nfirst."})
    await desk.ask("POST", f"/v1/comments/{comment}/claim")

    for path in (QUEUE, f"/console/comments/{comment}"):
        page = await kim.get(path)
        for told in ("The tram", "Bo", "I said it first.", "Ask the &lt;desk&gt;\nfirst.", "60 %", "doubtful"):
            assert told in page.text, (path, told)
        assert "lee looks at this" in page.text
        assert "0 approved · 0 rejected · 1 waiting" in page.text


async def test_a_note_is_left_and_a_claim_taken_and_ended_by_forms(kim: Browser, site: SiteSystem, desk: Desk) -> None:
    comment = await held(site, "c-1")
    here = f"/console/comments/{comment}"
    page = await kim.get(here)

    noted = await kim.post(f"{here}/notes", [*page.form(f"{here}/notes").fields, ("text", "Look twice.")], **OWN_PAGE)
    await kim.send(page, f"{here}/claim")
    claimed = (await desk.case(comment))["claim"]
    told = [(await kim.get(path)).text for path in (QUEUE, here, "/console/scores?low=0&high=100")]
    await kim.send(await kim.get(here), f"{here}/release")

    assert "Look twice." in (await kim.get(noted.location)).text
    assert claimed["moderator"] == "kim"
    assert not any("kim looks at this" in text for text in told)
    assert (await desk.case(comment))["claim"] is None


async def test_the_queue_by_score_counts_and_decides_a_range(kim: Browser, site: SiteSystem, desk: Desk) -> None:
    for number in range(3):
        await held(site, f"c-{number}")

    picture = await kim.get("/console/scores")
    chosen = await kim.get("/console/scores?low=55&high=60")
    form = next(form for form in chosen.forms if "expected" in form.names)
    decided = await kim.post(form.action, [*form.fields, ("ruling", "rejected:off_topic")], **OWN_PAGE)

    assert '"60 to 65 percent: 3 comments"' in picture.text
    assert "square root" in picture.text
    assert len(shown(chosen)) == 2  # samples of each part of the range
    assert decided.location.startswith("/console/scores?low=55&high=60&done=rejected&batch=")
    assert "Rejected: 3." in (await kim.get(decided.location)).text
    assert (await desk.queue()).json["total"] == 0


@pytest.mark.parametrize("query", ["low=70&high=30", "low=x", "high=101", "low=nan", "low=-1"])
async def test_a_range_that_is_none_is_told_in_words(kim: Browser, query: str) -> None:
    page = await kim.get(f"/console/scores?{query}")

    assert page.status == 422
    assert "could not be saved" not in page.text
    assert "A range goes from 0 to 100 percent" in page.text


async def test_other_sites_do_not_exist(
    kim: Browser, other_site: SiteSystem, service: Service, server: RunningServer
) -> None:
    comment = await held(other_site, "c-1")
    lee = await a_desk(service, other_site, name="lee")
    decision = (await lee.decide(comment, "approved")).json["id"]
    sent = [("status", "approved"), ("version", "1"), *(await kim.get(QUEUE)).form("/console/logout").fields]

    for path in (f"{QUEUE}?site=gazette", "/console/scores?site=gazette", f"/console/comments/{comment}"):
        assert (await kim.get(path)).status == 404, path
    for path in (f"/console/comments/{comment}/decisions", f"/console/decisions/{decision}/undo"):
        assert (await kim.post(path, sent, **OWN_PAGE)).status == 404, path
    assert (await lee.case(comment))["version"] == 2


@pytest.mark.parametrize(
    "back", ["https://evil.example/console/queue", "//evil.example", "/console/queue\r\nx: y", "/"]
)
async def test_a_form_leads_back_to_pages_of_ours_only(kim: Browser, site: SiteSystem, back: str) -> None:
    comment = await held(site, "c-1")
    page = await kim.get(QUEUE)
    fields = {**dict(page.form(f"/console/comments/{comment}/decisions").fields), "back": back}

    sent = await kim.post(f"/console/comments/{comment}/decisions", fields, **OWN_PAGE)

    assert sent.location.startswith("/console/queue?done=approved&undo=")


async def test_somebody_without_a_site_is_told_so(server: RunningServer, service: Service) -> None:
    await an_account(service, "new")
    async with a_browser(server) as browser:
        let_in = await browser.log_in("new")
        page = await browser.get(let_in.location)

    assert page.status == 404
    assert "Your account is not given any site." in page.text


async def test_everybody_begins_at_the_queue_and_chooses_among_their_sites(
    server: RunningServer, service: Service, site: SiteSystem, other_site: SiteSystem
) -> None:
    await an_account(service, "ana", sites=["daily-planet", "gazette"])
    await held(other_site, "c-1")
    async with a_browser(server) as browser:
        await browser.log_in("ana")
        home = await browser.get("/console/")
        first, second = await browser.get(QUEUE), await browser.get(f"{QUEUE}?site=gazette")

    assert home.location == QUEUE
    assert (len(shown(first)), len(shown(second))) == (0, 1)
    assert "<option selected>gazette</option>" in second.text
    assert 'href="/console/scores?site=gazette"' in second.text
