"""Administrators give accounts within their own sites; one-time links let people choose their passwords."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pyotp
import pytest
from sqlalchemy import select
from yarl import URL

from moderation.domain import Role
from moderation.storage.tables import audit_entries
from moderation.web.server import RunningServer
from moderation.wiring import Service
from moderation.workflows.first_start import Welcome, first_start
from moderation.workflows.moderators import LINK_LIVES, add_token, change_moderator
from moderation.workflows.sites import Credentials
from tests.doors.browser import OWN_PAGE, PASSWORD, Browser, Page, a_browser, an_account
from tests.doors.site_system import SiteSystem
from tests.fakes import FakeClock

ACCOUNTS = "/console/accounts"
NEW = "another good password"


@pytest.fixture
async def admin(server: RunningServer, service: Service, credentials: Credentials) -> AsyncIterator[Browser]:
    """The browser of `ada`, who administers `daily-planet`."""
    await an_account(service, "ada", Role.ADMIN, [credentials.site])
    async with a_browser(server) as browser:
        await browser.log_in("ada")
        yield browser


@pytest.fixture
async def person(server: RunningServer) -> AsyncIterator[Browser]:
    """A browser of somebody else."""
    async with a_browser(server) as browser:
        yield browser


def link_on(page: Page) -> str:
    """Returns the path of the link that a page shows."""
    return URL(page.text.split('id="secret">')[1].split("<")[0]).path


async def id_of(service: Service, name: str) -> str:
    async with service.open_reading() as work:
        found = await work.moderators.find(name)
    assert found is not None
    return str(found.id)


async def invited(admin: Browser, name: str, role: str = "moderator", *sites: str) -> Page:
    ticks = [("site", site) for site in sites]
    return await admin.send(await admin.get(ACCOUNTS), ACCOUNTS, *ticks, name=name, role=role)


async def test_who_is_invited_chooses_a_password_by_a_link_that_works_once(admin: Browser, person: Browser) -> None:
    link = link_on(await invited(admin, "kim", "moderator", "daily-planet"))
    assert "has no password yet" in (await admin.get(ACCOUNTS)).text

    page = await person.get(link)
    assert "For the account kim." in page.text
    chosen = await person.send(page, link, password=NEW)

    assert chosen.location == "/console/login?done=password"
    assert (await person.log_in("kim", NEW)).location == "/console/queue"
    assert "daily-planet" in (await person.get("/console/account")).text
    assert (await person.get(link)).status == 404
    again = [*csrf_of(await person.get("/console/account")), ("password", PASSWORD)]
    assert (await person.post(link, again, **OWN_PAGE)).status == 404
    assert (await person.log_in_anew("kim", NEW)).status == 303


async def test_a_link_is_not_used_up_by_looking_or_by_a_bad_password_and_ends_after_a_day(
    admin: Browser, person: Browser, clock: FakeClock
) -> None:
    link = link_on(await invited(admin, "kim"))
    page = await person.get(link)
    assert (await person.send(page, link, password="short")).status == 422
    assert "too easily guessed" in (await person.send(page, link, password="Password1!")).text
    assert (await person.get(link)).status == 200

    clock.advance(seconds=LINK_LIVES.total_seconds())

    assert (await person.get(link)).status == 404
    assert (await person.send(page, link, password=NEW)).status == 404


async def test_of_two_who_use_a_link_at_once_one_is_told_that_it_is_gone(admin: Browser, person: Browser) -> None:
    link = link_on(await invited(admin, "kim"))
    page = await person.get(link)

    both = await asyncio.gather(*(person.send(page, link, password=f"{NEW} {number}") for number in range(2)))

    assert sorted(answer.status for answer in both) == [303, 404]


async def test_a_reset_leaves_the_old_password_until_the_new_one_and_ends_every_session_then(
    admin: Browser, person: Browser, service: Service
) -> None:
    await an_account(service, "kim", sites=["daily-planet"])
    await person.log_in("kim")
    action = f"{ACCOUNTS}/{await id_of(service, 'kim')}/reset"
    first = link_on(await admin.send(await admin.get(ACCOUNTS), action))
    second = link_on(await admin.send(await admin.get(ACCOUNTS), action))
    assert (await person.get("/console/account")).status == 200
    assert (await person.get(first)).status == 404  # the later link has taken its place

    await person.send(await person.get(second), second, password=NEW)

    assert (await person.get("/console/account")).status == 303
    assert (await person.log_in_anew("kim")).status == 401
    assert (await person.log_in_anew("kim", NEW)).status == 303


async def test_who_presses_twice_to_disable_an_account_is_told_that_it_is(admin: Browser, service: Service) -> None:
    await an_account(service, "kim", sites=["daily-planet"])
    page, action = await admin.get(ACCOUNTS), f"{ACCOUNTS}/{await id_of(service, 'kim')}/disable"

    twice = [(await admin.send(page, action)).location for _ in range(2)]

    assert twice == [f"{ACCOUNTS}?done=disabled"] * 2
    async with service.open_reading() as work:
        rows = (await work.connection.execute(select(audit_entries))).all()
    assert [row.action for row in rows].count("moderator.disable") == 1


async def test_a_disabled_account_is_out_everywhere(admin: Browser, person: Browser, service: Service) -> None:
    await an_account(service, "kim", sites=["daily-planet"])
    await person.log_in("kim")
    kim = await id_of(service, "kim")
    page = await admin.get(ACCOUNTS)
    link = link_on(await admin.send(page, f"{ACCOUNTS}/{kim}/reset"))

    await admin.send(page, f"{ACCOUNTS}/{kim}/disable")

    assert (await person.get("/console/account")).status == 303
    assert (await person.log_in_anew("kim")).status == 401
    assert (await person.get(link)).status == 404
    assert "disabled" in (await admin.get(ACCOUNTS)).text
    assert (await admin.send(page, f"{ACCOUNTS}/{kim}/reset")).status == 404


async def test_role_and_sites_are_changed_at_once(admin: Browser, person: Browser, service: Service) -> None:
    await an_account(service, "kim", sites=["daily-planet"])
    await person.log_in("kim")
    action = f"{ACCOUNTS}/{await id_of(service, 'kim')}/change"
    page = await admin.get(ACCOUNTS)
    assert (await person.get(ACCOUNTS)).status == 403

    changed = await admin.send(page, action, ("role", "admin"), ("site", "daily-planet"))

    assert changed.location == f"{ACCOUNTS}?done=saved"
    assert (await person.get(ACCOUNTS)).status == 200
    await admin.post(action, [*csrf_of(page), ("role", "moderator")], **OWN_PAGE)
    assert (await person.get(ACCOUNTS)).status == 403
    assert "daily-planet" not in (await person.get("/console/account")).text


def csrf_of(page: Page) -> list[tuple[str, str]]:
    return [("csrf_token", dict(page.forms[0].fields)["csrf_token"])]


@pytest.mark.parametrize(
    ("name", "role", "site", "told"),
    [
        ("ada", "moderator", "daily-planet", "There is an account of this name already."),
        ("", "moderator", "daily-planet", "A name has 1 to 100 characters"),
        (" kim", "moderator", "daily-planet", "A name has 1 to 100 characters"),
        ("kim\n", "moderator", "daily-planet", "A name has 1 to 100 characters"),
        ("Command line", "moderator", "daily-planet", "By this name the audit trail tells"),
        ("kim", "owner", "daily-planet", "Choose a role."),
        ("kim", "moderator", "gazette", "One of the sites is not yours to give."),
        ("kim", "moderator", "nowhere", "One of the sites is not yours to give."),
    ],
)
@pytest.mark.usefixtures("other_site")
async def test_an_account_that_may_not_be_is_refused(
    admin: Browser, service: Service, name: str, role: str, site: str, told: str
) -> None:
    page = await admin.get(ACCOUNTS)

    fields = [*csrf_of(page), ("name", name), ("role", role), ("site", site)]
    refused = await admin.post(ACCOUNTS, fields, **OWN_PAGE)

    assert refused.status == 422
    assert told in refused.text
    async with service.open_reading() as work:
        assert await work.moderators.count() == 1


async def test_accounts_of_other_sites_are_not_shown_and_not_changed(
    admin: Browser, service: Service, other_site: SiteSystem
) -> None:
    await an_account(service, "stranger", Role.MODERATOR, [other_site.slug])
    await an_account(service, "both", Role.ADMIN, ["daily-planet", other_site.slug])
    page = await admin.get(ACCOUNTS)
    assert "stranger" not in page.text
    assert "both" in page.text
    assert other_site.slug not in page.text

    for name, status in (("stranger", 404), ("both", 403), ("ada", 403)):
        account = await id_of(service, name)
        for what in ("disable", "reset", "recover", "change"):
            fields = [*csrf_of(page), ("role", "moderator")]
            answer = await admin.post(f"{ACCOUNTS}/{account}/{what}", fields, **OWN_PAGE)
            assert answer.status == status, (name, what)
    odd = await admin.post(f"{ACCOUNTS}/{'-' * 36}/disable", csrf_of(page), **OWN_PAGE)
    assert odd.status == 404


async def test_a_link_dies_when_the_account_is_given_more_than_its_maker_has(
    admin: Browser, person: Browser, service: Service, other_site: SiteSystem
) -> None:
    await an_account(service, "kim", sites=["daily-planet"])
    page = await admin.get(ACCOUNTS)
    link = link_on(await admin.send(page, f"{ACCOUNTS}/{await id_of(service, 'kim')}/reset"))

    sites = ["daily-planet", other_site.slug]
    await change_moderator("kim", role=None, sites=sites, open_work=service.open_work, now=service.now())

    assert (await person.get(link)).status == 404


async def test_a_lost_second_factor_is_taken_away_by_an_administrator(
    admin: Browser, person: Browser, service: Service, clock: FakeClock
) -> None:
    await an_account(service, "kim", sites=["daily-planet"])
    await person.log_in("kim")
    await person.send(await person.get("/console/account"), "/console/account/second-factor", password=PASSWORD)
    page = await person.get("/console/account")
    secret = page.text.split('id="factor-secret">')[1].split("<")[0]
    code = pyotp.TOTP(secret).at(clock())
    await person.send(page, "/console/account/second-factor/confirm", code=code)
    assert (await person.log_in_anew("kim")).status == 401

    action = f"{ACCOUNTS}/{await id_of(service, 'kim')}/recover"
    await admin.send(await admin.get(ACCOUNTS), action)

    assert (await person.log_in_anew("kim")).status == 303


async def test_what_administrators_do_is_in_the_audit_trail_under_their_name(admin: Browser, service: Service) -> None:
    await invited(admin, "kim", "moderator", "daily-planet")
    page = await admin.get(ACCOUNTS)
    kim = await id_of(service, "kim")
    for what in ("reset", "disable"):
        await admin.send(page, f"{ACCOUNTS}/{kim}/{what}")

    async with service.open_reading() as work:
        rows = (await work.connection.execute(select(audit_entries))).all()
    told = {(row.action, row.subject) for row in rows if row.actor == "ada"}
    assert told == {
        ("login", "ada"),
        ("moderator.add", "kim"),
        ("moderator.reset", "kim"),
        ("moderator.disable", "kim"),
    }


async def begin(service: Service) -> str:
    """Starts for the first time and returns the path of the link that is printed."""
    found = await first_start(open_work=service.open_work, vault=service.house.vault, now=service.now())
    assert isinstance(found, Welcome)
    return f"/console/link/{found.link_key}"


async def test_the_first_administrator_chooses_name_and_password_and_sees_the_first_site(
    person: Browser, service: Service
) -> None:
    link = await begin(service)
    page = await person.get(link)
    assert (await person.send(page, link, username=" ", password=NEW)).status == 422
    assert (await person.send(page, link, username="eva", password="eva")).status == 422

    named = await person.send(page, link, username="eva", password=NEW)

    assert named.location == "/console/login?done=first_admin"
    await person.log_in("eva", NEW)
    assert "first-site" in (await person.get(ACCOUNTS)).text
    assert (await person.get(link)).status == 404


@pytest.mark.parametrize(
    "ends",
    [
        lambda clock, service: clock.advance(seconds=LINK_LIVES.total_seconds()),
        lambda clock, service: an_account(service, "somebody"),
    ],
    ids=["after a day", "when somebody has an account"],
)
async def test_the_link_for_the_first_administrator_ends(
    person: Browser, service: Service, clock: FakeClock, ends: Callable[[FakeClock, Service], object]
) -> None:
    link = await begin(service)
    page = await person.get(link)

    ended = ends(clock, service)
    if asyncio.iscoroutine(ended):
        await ended

    assert (await person.get(link)).status == 404
    assert (await person.send(page, link, username="eva", password=NEW)).status == 404


@pytest.mark.parametrize("key", ["x", "link_" + "A" * 43, "%00", "..%2f..%2fetc"])
async def test_an_invented_link_is_like_one_that_was_used(person: Browser, service: Service, key: str) -> None:
    await begin(service)

    assert (await person.get(f"/console/link/{key}")).status == 404


async def test_a_token_of_an_administrator_opens_no_page(person: Browser, admin: Browser, service: Service) -> None:
    token = await add_token("ada", open_work=service.open_work, now=service.now())

    person.headers["Authorization"] = f"Bearer {token}"

    assert (await person.get(ACCOUNTS)).location.startswith("/console/login")
    assert (await admin.get(ACCOUNTS)).status == 200
