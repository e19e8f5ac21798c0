"""People look after their own account: password, devices, tokens, second factor, language."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from moderation.domain import Role
from moderation.web.server import RunningServer
from moderation.wiring import Service
from moderation.workflows.login import TRIES_OF_NAME
from moderation.workflows.sites import Credentials
from tests.doors.browser import PASSWORD, Browser, a_browser, an_account

ACCOUNT = "/console/account"
NEW = "another good password"


@pytest.fixture
async def browser(server: RunningServer, service: Service, credentials: Credentials) -> AsyncIterator[Browser]:
    """A browser in which `kim`, a moderator of `daily-planet`, is logged in."""
    await an_account(service, "kim", sites=[credentials.site])
    async with a_browser(server) as browser:
        await browser.log_in("kim")
        yield browser


@pytest.fixture
async def telephone(server: RunningServer, browser: Browser) -> AsyncIterator[Browser]:
    """Another device of `kim`."""
    async with a_browser(server) as telephone:
        telephone.headers["User-Agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"
        await telephone.log_in("kim")
        yield telephone


async def test_the_account_shows_who_one_is_and_where(browser: Browser) -> None:
    page = await browser.get(ACCOUNT)

    assert page.status == 200
    for text in ("Moderator", "daily-planet", "Firefox, Linux", "this one"):
        assert text in page.text
    assert "/console/accounts" not in page.text


async def test_a_new_password_counts_at_once_and_logs_other_devices_out(browser: Browser, telephone: Browser) -> None:
    page = await browser.get(ACCOUNT)

    changed = await browser.send(page, f"{ACCOUNT}/password", password=PASSWORD, new_password=NEW)

    assert changed.location == f"{ACCOUNT}?done=saved"
    assert "Saved." in (await browser.get(changed.location)).text
    assert (await telephone.get(ACCOUNT)).status == 303
    assert (await telephone.log_in_anew("kim")).status == 401
    assert (await telephone.log_in_anew("kim", NEW)).status == 303


@pytest.mark.parametrize(
    ("present", "new", "told"),
    [
        ("wrong", NEW, "This is not your present password."),
        (PASSWORD, "short", "The new password is too short"),
        (PASSWORD, "x" * 1001, "The new password is too long"),
        (PASSWORD, "aaaaaaaaaaaa", "The new password is too easily guessed."),
        (PASSWORD, "password", "Take a few words that nobody else puts together."),
    ],
)
async def test_a_password_that_may_not_be_is_refused_and_the_old_one_stays(
    browser: Browser, present: str, new: str, told: str
) -> None:
    page = await browser.get(ACCOUNT)

    refused = await browser.send(page, f"{ACCOUNT}/password", password=present, new_password=new)

    assert refused.status == 422
    assert told in refused.text
    assert (await browser.log_in_anew("kim")).status == 303


async def test_an_open_screen_is_not_enough_to_guess_the_password(browser: Browser) -> None:
    page = await browser.get(ACCOUNT)

    statuses = [
        (await browser.send(page, f"{ACCOUNT}/password", password=f"guess {number}", new_password=NEW)).status
        for number in range(20)
    ]

    assert statuses[-1] == 429
    assert statuses.count(422) <= TRIES_OF_NAME


async def test_a_device_is_listed_and_logged_out(browser: Browser, telephone: Browser) -> None:
    page = await browser.get(ACCOUNT)
    assert "Safari, iPhone" in page.text
    (action,) = [form.action for form in page.forms if form.action.endswith("/end")]

    await browser.send(page, action)

    assert (await telephone.get(ACCOUNT)).status == 303
    assert (await browser.get(ACCOUNT)).status == 200
    assert (await browser.send(page, action)).status == 404


async def test_all_other_devices_are_logged_out(browser: Browser, telephone: Browser) -> None:
    page = await browser.get(ACCOUNT)

    await browser.send(page, f"{ACCOUNT}/sessions/end-others")

    assert (await telephone.get(ACCOUNT)).status == 303
    assert (await browser.get(ACCOUNT)).status == 200


async def test_nobody_ends_devices_or_tokens_of_others(
    browser: Browser, server: RunningServer, service: Service
) -> None:
    page = await browser.get(ACCOUNT)
    await browser.send(page, f"{ACCOUNT}/tokens", label="mine")
    async with a_browser(server) as second:
        await second.log_in("kim")
        page = await browser.get(ACCOUNT)
    actions = [form.action for form in page.forms if form.action.endswith(("/end", "/revoke"))]
    await an_account(service, "mallory", Role.ADMIN)
    async with a_browser(server) as stranger:
        await stranger.log_in("mallory")
        token = dict((await stranger.get(ACCOUNT)).forms[0].fields)["csrf_token"]
        for action in actions:
            assert (await stranger.post(action, {"csrf_token": token})).status == 404

    assert len(actions) == 2
    after = await browser.get(ACCOUNT)
    assert [form.action for form in after.forms if form.action.endswith(("/end", "/revoke"))] == actions


async def test_a_token_is_shown_once_works_and_is_revoked(browser: Browser, client: ClientSession) -> None:
    page = await browser.get(ACCOUNT)

    made = await browser.send(page, f"{ACCOUNT}/tokens", label="<b>night shift</b>")
    token = made.text.split('id="secret">')[1].split("<")[0]
    page = await browser.get(ACCOUNT)

    assert token not in page.text
    assert "&lt;b&gt;night shift&lt;/b&gt;" in page.text
    assert made.headers["Cache-Control"] == "no-store"
    # A page needs the session: with a token alone one is asked to log in.
    bearer = {"Authorization": f"Bearer {token}"}
    async with client.get("/metrics", headers=bearer) as answer:
        assert answer.status == 401  # it is no administrator's
    (action,) = [form.action for form in page.forms if form.action.endswith("/revoke")]
    await browser.send(page, action)
    assert "You have no tokens." in (await browser.get(ACCOUNT)).text


async def test_a_second_factor_is_not_asked_for_before_its_first_code_and_can_be_taken_back(browser: Browser) -> None:
    page = await browser.get(ACCOUNT)
    assert (await browser.send(page, f"{ACCOUNT}/second-factor", password="wrong")).status == 422
    await browser.send(page, f"{ACCOUNT}/second-factor", password=PASSWORD)
    page = await browser.get(ACCOUNT)
    wrong = await browser.send(page, f"{ACCOUNT}/second-factor/confirm", code="000000")
    assert (wrong.status, "This code is not right." in wrong.text) == (422, True)

    await browser.send(page, f"{ACCOUNT}/second-factor/remove", password=PASSWORD)

    assert 'id="factor-secret"' not in (await browser.get(ACCOUNT)).text
    assert (await browser.log_in_anew("kim")).status == 303


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr, de;q=0.2, en;q=0.8", "en"),
        ("fr", "en"),
        ("", "en"),
        ("de;q=0", "en"),
        ("de;q=x, *", "en"),
    ],
)
async def test_the_browser_chooses_the_language_until_the_account_does(
    browser: Browser, accepted: str, language: str
) -> None:
    browser.headers["Accept-Language"] = accepted
    page = await browser.get(ACCOUNT)
    assert f'<html lang="{language}">' in page.text

    await browser.send(page, f"{ACCOUNT}/language", language="de")
    assert '<html lang="de">' in (await browser.get(ACCOUNT)).text
    await browser.send(page, f"{ACCOUNT}/language", language="")
    assert f'<html lang="{language}">' in (await browser.get(ACCOUNT)).text
    assert (await browser.send(page, f"{ACCOUNT}/language", language="tlh")).status == 422
