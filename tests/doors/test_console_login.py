"""People log in, are recognised, and are gone when they log out; whoever guesses learns nothing and is slowed down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pyotp
import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from sqlalchemy import select

from moderation.app import service_app
from moderation.storage.account_tables import login_tries, sessions
from moderation.web.csrf import csrf_token
from moderation.web.server import RunningServer, start_server
from moderation.wiring import House, Service
from moderation.workflows.keys import learn_keys, rotate
from moderation.workflows.login import IDLE, LONGEST, TRIES_OF_ADDRESS, TRIES_OF_NAME, TRIES_WINDOW, forget_logins
from moderation.workflows.passwords import Passwords
from tests.doors.browser import OWN_PAGE, PASSWORD, Browser, Page, a_browser, an_account
from tests.doors.web_toys import the_log
from tests.fakes import FakeClock, FakeScorer
from tests.workflows.steps import count_of

ACCOUNT = "/console/account"
HOME = "/console/queue"
CHEAP = PasswordHasher.from_parameters(CHEAPEST)


@pytest.fixture
async def browser(server: RunningServer, service: Service) -> AsyncIterator[Browser]:
    """A browser at a service where `kim` has an account."""
    await an_account(service, "kim")
    async with a_browser(server) as browser:
        yield browser


def is_login(page: Page) -> bool:
    return page.status == 303 and page.location.startswith("/console/login")


async def test_the_right_password_lets_in_and_a_page_knows_who_it_is(browser: Browser) -> None:
    let_in = await browser.log_in("kim")

    assert (let_in.status, let_in.location) == (303, HOME)
    page = await browser.get(ACCOUNT)
    assert page.status == 200
    assert "Logged in as kim" in page.text


async def test_the_key_is_a_cookie_that_only_our_host_gets_and_no_script_reads(browser: Browser) -> None:
    let_in = await browser.log_in("kim")

    (cookie,) = let_in.headers.getall("Set-Cookie")
    name, _, attributes = cookie.partition(";")
    assert name.startswith("__Host-moderation=")
    told = {part.strip().lower() for part in attributes.split(";")}
    assert told == {"httponly", "path=/", "samesite=lax", "secure"}


async def test_the_log_in_gives_a_new_key_so_that_a_planted_one_opens_nothing(browser: Browser) -> None:
    await browser.get("/console/login")
    browser.key = planted = "session_planted-by-somebody-else"
    page = await browser.get("/console/login")
    await browser.send(page, "/console/login", username="kim", password=PASSWORD)

    assert browser.key not in (None, planted)
    browser.key = planted
    assert is_login(await browser.get(ACCOUNT))


async def test_only_a_digest_of_the_key_is_stored(browser: Browser, service: Service) -> None:
    await browser.log_in("kim")

    async with service.open_reading() as work:
        (row,) = (await work.connection.execute(select(sessions))).all()
    assert browser.key is not None
    assert browser.key.encode() not in repr(row).encode() + row.digest
    assert row.device == "Firefox, Linux"


@pytest.mark.parametrize(
    ("name", "password"),
    # PostgreSQL takes no NUL, not even in a question.
    [("nobody", PASSWORD), ("kim", ""), ("", ""), ("KIM", PASSWORD), ("kim\0", PASSWORD), ("n" * 2000, PASSWORD)],
)
async def test_whatever_is_wrong_gets_the_same_answer(browser: Browser, name: str, password: str) -> None:
    wrong = await browser.log_in("kim", "not the password")

    refused = await browser.log_in(name, password)

    assert (refused.status, wrong.status) == (401, 401)
    assert "Name, password or code is not right." in wrong.text
    # The page shows the name again that was typed, and nothing else differs.
    assert refused.text.replace(f'autocomplete="username" value="{name}"', "") == wrong.text.replace(
        'autocomplete="username" value="kim"', ""
    )
    assert is_login(await browser.get(ACCOUNT))


async def test_an_account_that_is_disabled_or_has_no_password_is_like_one_that_is_not_there(
    browser: Browser, service: Service
) -> None:
    await browser.log_in("kim")
    async with service.open_work() as work:
        kim = await work.moderators.find("kim")
        assert kim is not None
        await work.moderators.disable(kim.id, now=service.now())
        await work.commit()

    assert is_login(await browser.get(ACCOUNT))
    assert (await browser.log_in("kim")).status == 401


async def test_logging_out_ends_the_session_in_the_store(browser: Browser) -> None:
    await browser.log_in("kim")
    stolen = browser.key
    page = await browser.get(ACCOUNT)

    out = await browser.send(page, "/console/logout")

    assert is_login(out)
    assert browser.key is None
    assert stolen is not None
    browser.key = stolen
    assert is_login(await browser.get(ACCOUNT))


async def test_a_session_ends_when_nobody_was_there_for_long_and_at_the_latest_after_a_week(
    browser: Browser, clock: FakeClock
) -> None:
    await browser.log_in("kim")
    clock.advance(seconds=IDLE.total_seconds() - 1)
    assert (await browser.get(ACCOUNT)).status == 200  # and counts as seen
    clock.advance(seconds=IDLE.total_seconds() - 1)
    assert (await browser.get(ACCOUNT)).status == 200
    clock.advance(seconds=IDLE.total_seconds())
    assert is_login(await browser.get(ACCOUNT))

    await browser.log_in("kim")
    begun = clock()
    while clock() - begun + IDLE / 2 < LONGEST:
        clock.advance(seconds=IDLE.total_seconds() / 2)
        assert (await browser.get(ACCOUNT)).status == 200
    clock.advance(seconds=IDLE.total_seconds() / 2)
    assert is_login(await browser.get(ACCOUNT))


async def test_what_is_over_is_forgotten(browser: Browser, service: Service, clock: FakeClock) -> None:
    await browser.log_in("kim")
    await browser.log_in_anew("kim", "wrong")
    clock.advance(seconds=LONGEST.total_seconds())

    await forget_logins(open_work=service.open_work, now=clock())

    assert await count_of(service.house.database, sessions) == 0
    assert await count_of(service.house.database, login_tries) == 0


async def test_guessing_a_password_ends_in_429_and_the_right_one_is_not_taken_either(
    browser: Browser, clock: FakeClock
) -> None:
    statuses = [(await browser.log_in("kim", f"guess {number}")).status for number in range(20)]

    assert statuses == [401] * TRIES_OF_NAME + [429] * (20 - TRIES_OF_NAME)
    refused = await browser.log_in("kim")
    assert refused.status == 429
    assert 0 < int(refused.headers["Retry-After"]) <= TRIES_WINDOW.total_seconds() + 1
    assert refused.headers["RateLimit-Policy"] == f'"rate_limited";q={TRIES_OF_ADDRESS};w=900'
    clock.advance(seconds=int(refused.headers["Retry-After"]))
    assert (await browser.log_in("kim")).status == 303


async def test_guessing_names_ends_in_429_for_the_address(browser: Browser) -> None:
    statuses = [(await browser.log_in(f"name {number}", "password")).status for number in range(20)]

    assert statuses == [401] * TRIES_OF_ADDRESS + [429] * (20 - TRIES_OF_ADDRESS)


async def test_twenty_guesses_at_once_are_not_more_than_twenty_one_after_the_other(browser: Browser) -> None:
    page = await browser.get("/console/login")
    guesses = (browser.send(page, "/console/login", username="kim", password=f"guess {number}") for number in range(20))

    answers = [answer.status for answer in await asyncio.gather(*guesses)]

    assert answers.count(401) + answers.count(503) == TRIES_OF_NAME
    assert answers.count(429) == 20 - TRIES_OF_NAME


async def test_an_invented_header_does_not_make_another_address(browser: Browser) -> None:
    for number in range(TRIES_OF_ADDRESS):
        browser.headers["X-Forwarded-For"] = f"198.51.100.{number}"
        await browser.log_in(f"name {number}", "password")

    browser.headers["X-Forwarded-For"] = "203.0.113.1"
    assert (await browser.log_in("another", "password")).status == 429


async def test_behind_a_trusted_proxy_everybody_has_an_address_of_their_own(house: House) -> None:
    settings = house.settings.model_copy(update={"trusted_proxies": ("127.0.0.0/8",)})
    service = Service(replace(house, settings=settings), scorer=FakeScorer(), passwords=Passwords(CHEAP))
    async with (
        await start_server(service_app(service), host="127.0.0.1", port=0) as server,
        a_browser(server) as browser,
    ):
        for number in range(TRIES_OF_ADDRESS + 1):
            browser.headers["X-Forwarded-For"] = f"198.51.100.{number}, 203.0.113.1"
            last = await browser.log_in(f"name {number}", "password")
        assert last.status == 429
        browser.headers["X-Forwarded-For"] = "203.0.113.1, 203.0.113.2"
        assert (await browser.log_in("another", "password")).status == 401
    await service.submissions.close()


async def test_who_gets_it_right_after_some_tries_begins_anew(browser: Browser) -> None:
    for _ in range(2):
        for number in range(TRIES_OF_NAME - 1):
            assert (await browser.log_in_anew("kim", f"guess {number}")).status == 401
        assert (await browser.log_in_anew("kim")).status == 303


async def test_neither_names_nor_addresses_of_tries_are_stored_or_logged(browser: Browser, service: Service) -> None:
    with the_log() as log:
        await browser.log_in("ana@example.org", "hunter2-hunter2")

    async with service.open_reading() as work:
        rows = (await work.connection.execute(select(login_tries))).all()
    seen = log.getvalue().encode() + b"".join(row.who for row in rows)
    assert len(rows) == 2
    for secret in (b"ana@example.org", b"hunter2", b"127.0.0.1"):
        assert secret not in seen


async def test_a_page_of_another_site_cannot_log_anybody_in_or_out(browser: Browser) -> None:
    page = await browser.get("/console/login")
    fields = {"username": "kim", "password": PASSWORD, "csrf_token": dict(page.forms[0].fields)["csrf_token"]}
    for said in (
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        assert (await browser.post("/console/login", fields, **said)).status == 403, said
    assert (await browser.post("/console/login", {**fields, "csrf_token": "x"}, **OWN_PAGE)).status == 403
    assert (await browser.post("/console/login", {**fields, "csrf_token": csrf_token("x")}, **OWN_PAGE)).status == 403
    del fields["csrf_token"]
    assert (await browser.post("/console/login", fields, **OWN_PAGE)).status == 403
    await browser.log_in("kim")
    assert (await browser.post("/console/logout", {"csrf_token": "x"}, **OWN_PAGE)).status == 403
    assert (await browser.get(ACCOUNT)).status == 200


async def test_a_code_is_asked_for_once_it_is_set_up_and_each_works_once(
    browser: Browser, service: Service, clock: FakeClock
) -> None:
    await browser.log_in("kim")
    secret = await set_up_codes(browser, clock)
    totp = pyotp.TOTP(secret)

    clock.advance(seconds=30)
    assert (await browser.log_in_anew("kim")).status == 401
    assert (await browser.log_in_anew("kim", code="000000")).status == 401
    code = totp.at(clock())
    assert (await browser.log_in_anew("kim", code=f"{code[:3]} {code[3:]}")).status == 303
    assert (await browser.log_in_anew("kim", code=code)).status == 401
    clock.advance(seconds=-25)
    assert (await browser.log_in_anew("kim", code=totp.at(clock()))).status == 401


async def test_a_code_that_cannot_be_checked_just_after_a_rotation_is_asked_for_again_later(
    browser: Browser, service: Service, clock: FakeClock
) -> None:
    await browser.log_in("kim")
    totp, house = pyotp.TOTP(await set_up_codes(browser, clock)), service.house
    clock.advance(seconds=30)
    await rotate(house.secret_keys, open_work=service.open_work, now=clock, progress=lambda done, total: None)

    early = await browser.log_in_anew("kim", code=totp.at(clock()))
    await learn_keys(house.vault, open_reading=service.open_reading)

    assert (early.status, early.headers["Retry-After"].isdecimal()) == (503, True)
    assert (await browser.log_in_anew("kim", code=totp.at(clock()))).status == 303


async def set_up_codes(browser: Browser, clock: FakeClock) -> str:
    """Sets a second factor up and returns its secret."""
    page = await browser.get(ACCOUNT)
    await browser.send(page, "/console/account/second-factor", password=PASSWORD)
    page = await browser.get(ACCOUNT)
    secret = page.text.split('id="factor-secret">')[1].split("<")[0]
    assert f"otpauth://totp/Moderation:kim?secret={secret}&amp;issuer=Moderation" in page.text
    confirmed = await browser.send(page, "/console/account/second-factor/confirm", code=pyotp.TOTP(secret).at(clock()))
    assert confirmed.location == "/console/account?done=second_factor_on"
    return secret


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/console/accounts", "/console/accounts"),
        ("/console/comments/0193-ab", "/console/comments/0193-ab"),
        ("/console/account?email=ana@example.org", HOME),
        ("/console/../v1", HOME),
        ("https://evil.example/console/", HOME),
        ("//evil.example/console/", HOME),
        ("/console/\\evil.example", HOME),
        ("/console/login?next=/console/login", HOME),
        ("/docs", HOME),
    ],
)
async def test_the_log_in_leads_back_to_the_page_that_was_wanted_and_never_elsewhere(
    browser: Browser, wanted: str, led_to: str
) -> None:
    page = await browser.get("/console/login")
    fields = {**dict(page.forms[0].fields), "username": "kim", "password": PASSWORD, "next": wanted}

    assert (await browser.post("/console/login", fields, **OWN_PAGE)).location == led_to


async def test_a_page_that_needs_a_log_in_leads_there_and_back(browser: Browser) -> None:
    sent_away = await browser.get("/console/accounts?email=ana%40example.org")
    assert sent_away.location == "/console/login?next=%2Fconsole%2Faccounts"

    page = await browser.get(sent_away.location)
    let_in = await browser.send(page, "/console/login", username="kim", password=PASSWORD)

    assert let_in.location == "/console/accounts"
    assert (await browser.get("/console/login")).location == HOME
