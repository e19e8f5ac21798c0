"""A reader's addresses are sent in every way there is, and then looked for everywhere: there must be none."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import traceback
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from aiohttp import ClientSession

from moderation import metrics
from moderation.app import service_app
from moderation.domain import Role
from moderation.errors import Invalid
from moderation.intake.fields import parse_submission
from moderation.web.forms import FORM_TYPE
from moderation.web.routes import ROUTES
from moderation.web.server import RunningServer
from moderation.wiring import House, Service
from moderation.workflows.moderators import add_moderator, add_token
from moderation.workflows.sealing import seal
from moderation.workflows.sites import Credentials, set_site
from tests.doors.outages import Outage
from tests.doors.privacy_search import find
from tests.doors.site_system import Answer, SiteSystem
from tests.doors.web_toys import a_line, a_request, the_log
from tests.fakes import POISON, SPAM, FakeClock
from tests.makers import a_payload, an_event
from tests.postgres import PostgresServer

LOCAL = "zyx.kanari-7f3e+q"
DOMAIN = "vogel-91c4.example.org"
ADDRESS = f"{LOCAL}@{DOMAIN}"
IPV4 = "198.51.100.237"
IPV6 = "2001:db8:7f3e:91c4:a5b6:c7d8:e9f0:1a2b"
A_TEXT = "a sentence that is nobody's business"  # stored and published, and yet not to be logged
SECRETS = (ADDRESS, LOCAL, DOMAIN, IPV4, IPV6)

# What browsers, proxies and robots add by themselves.
LEAKS = {
    "User-Agent": f"robot (+mailto:{ADDRESS}) {IPV4}",
    "From": ADDRESS,
    "Referer": f"https://planet.example.com/?email={quote(ADDRESS)}",
    "X-Forwarded-For": f"{IPV4}, {IPV6}",
    "Forwarded": f'for="[{IPV6}]"',
    "Cookie": f"email={quote(ADDRESS)}; ip={IPV4}",
    "X-Request-Id": ADDRESS,
    "traceparent": ADDRESS,
}


class Talkative(SiteSystem):
    """A system that leaks addresses in the headers of each request, and keeps every answer."""

    def __init__(self, client: ClientSession, credentials: Credentials, clock: FakeClock) -> None:
        super().__init__(client, credentials, clock)
        self.heard: list[bytes] = []

    async def ask(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        answer = await super().ask(method, path, body=body, headers={**LEAKS, **(headers or {})})
        self.heard.append(f"{answer.headers}".encode() + answer.body)
        return answer


@pytest.fixture
def talkative(client: ClientSession, credentials: Credentials, clock: FakeClock) -> Talkative:
    return Talkative(client, credentials, clock)


def private(**fields: Any) -> dict[str, Any]:
    """Returns a comment of the reader."""
    return a_payload(**{"author.email": ADDRESS, "author.ip": IPV4, **fields})


async def take_in(site: Talkative) -> None:
    """Sends what is taken in, by both doors, and all that happens to comments later."""
    answers = [
        await site.post(private(external_id="c-1", text="The first.")),
        await site.deliver(an_event("comment.submitted", private(external_id="c-2", **{"author.ip": IPV6}))),
        await site.deliver(an_event("comment.submitted", private(**{"author.email": ADDRESS.upper()}))),
        await site.post(private(**{"author.ip": f"::ffff:{IPV4}"})),
        await site.post(private(text=f"They {POISON} on {A_TEXT}.")),
        await site.post(private(text=SPAM)),
        await site.post(a_payload(**{"author.email": f"{LOCAL}@{DOMAIN.upper()}"})),
    ]
    assert [answer.status for answer in answers] == [201] * len(answers)
    batch = await site.post_batch(b"\n".join(json.dumps(private()).encode() for _ in range(3)))
    assert [line["status"] for line in batch.lines] == ["approved"] * 3
    await write_by_the_form(site, 303, name="Ana", email=ADDRESS, website="", comment="By the form.")
    await site.deliver(an_event("comment.edited", {"external_id": "c-1", "text": "New words."}))
    await site.deliver(an_event("comment.deleted", {"external_id": "c-2"}))


async def write_by_the_form(site: Talkative, status: int, **fields: str) -> None:
    """Sends a form as a browser does, which leaks in its headers."""
    path = f"/v1/sites/{site.slug}/articles/a-1/form"
    token = (await site.ask("GET", path, headers={"Accept": "application/json"})).json["token"]
    body = urlencode({**fields, "token": token}).encode()
    for accept in ("text/html", "application/json"):
        answer = await site.ask("POST", path, body=body, headers={"Content-Type": FORM_TYPE, "Accept": accept})
        assert answer.status == (200 if (status, accept) == (303, "application/json") else status), answer


async def be_refused(site: Talkative) -> None:
    """Sends what is refused, with addresses where they do not belong."""
    await write_by_the_form(site, 422, name="Ana", email=f"{ADDRESS}@", website="none", comment=A_TEXT)
    repeated = private(external_id="c-9", text="Again and again.")
    await site.post(repeated)
    bad_lines = [json.dumps(private(**{"author.email": f"{ADDRESS}>"})).encode(), b"{" + ADDRESS.encode()]
    refused = [
        await site.post({**repeated, "external_id": "c-10"}),
        await site.post(private(external_id="c-9")),
        await site.post(private(**{"author.email": f"{ADDRESS}@"})),
        await site.post(private(**{"author.email": f" {ADDRESS},", "author.ip": f"{IPV4}.", "text": 5})),
        await site.post(private(**{"author.url": f"https://{ADDRESS}/", "submitted_at": ADDRESS})),
        await site.post(private(**{"author.name": [ADDRESS], "text": {"text": ADDRESS}, "parent_id": ADDRESS + "\n"})),
        await site.post({ADDRESS: ADDRESS}),
        await site.post(f'{{"{ADDRESS}": 1, "{ADDRESS}": 2}}'.encode()),
        await site.post(f"{ADDRESS} {IPV4}".encode()),
        await site.post(ADDRESS.encode() * 3000),
        await site.post(private(), Content_Encoding=ADDRESS),
        await site.post(private(), Idempotency_Key=f"{ADDRESS} {IPV4}"),
        await site.post(private(), Authorization=f"Bearer {ADDRESS}"),
        await site.post(private(), Authorization=f"Basic {ADDRESS}:{ADDRESS}"),
        await site.deliver(an_event(ADDRESS, private())),
        await site.deliver(an_event("comment.submitted", private()), headers={"webhook-id": ADDRESS}),
        await site.deliver(an_event("comment.submitted", private()), headers={"webhook-signature": ADDRESS}),
        await site.deliver(an_event("comment.submitted", private()), headers={"Content-Type": f"text/{LOCAL}"}),
        await site.deliver(an_event("comment.edited", {"external_id": ADDRESS, "text": "?"})),
        await site.post_batch(b"", Content_Type=f"application/x-ndjson; {ADDRESS}"),
    ]
    assert {answer.status for answer in refused} == {400, 401, 404, 409, 413, 415, 422}
    assert [line["code"] for line in (await site.post_batch(b"\n".join(bad_lines))).lines] == ["invalid", "malformed"]


async def ask_everywhere(site: Talkative, service: Service, token: str) -> None:
    """Calls every route there is, with an address in each part of the request."""
    for route in service_app(service)[ROUTES]:
        for value in (ADDRESS, IPV4, IPV6):
            written = quote(value, safe="")
            path = re.sub(r"\{\w+[^/]*\}", written, route.path.replace("{site}", site.slug))
            query = f"?email={written}&cursor={written}&limit={written}&{written}"
            for bearer in (value, token, site.key):
                headers = {"Authorization": f"Bearer {bearer}"}
                await site.ask(route.method, path + query, body=b"{}", headers=headers)
            await site.ask("PATCH", path, headers={"Content-Type": value})
        await site.ask(route.method, quote(route.path.replace("{site}", ADDRESS)))
    for path in (f"/{ADDRESS}", f"/{quote(ADDRESS, safe='')}", f"//{ADDRESS}/{IPV4}", f"/?{ADDRESS}"):
        assert (await site.ask("GET", path)).status == 404


async def break_off(server: RunningServer, site: Talkative) -> None:
    """Sends what is no HTTP, and leaves in the middle."""
    leaks = "".join(f"{name}: {value}\r\n" for name, value in LEAKS.items()).encode()
    for head in (
        f"GET {ADDRESS} HTTP/1.1".encode(),
        f"{ADDRESS} / HTTP/1.1".encode(),
        f"GET / {ADDRESS}".encode(),
        f"GET / HTTP/1.1\r\n{ADDRESS} {IPV4}".encode(),
        f"GET / HTTP/1.1\r\nFrom: {ADDRESS}\x00".encode(),
        f"GET / HTTP/1.1\r\nContent-Length: {ADDRESS}".encode(),
        f"GET / HTTP/1.1\r\nHost: {ADDRESS}\r\nHost: {IPV4}".encode(),
        f"GET /{'x' * 9000}{ADDRESS} HTTP/1.1".encode(),
        f"POST /v1/sites/{site.slug}/comments HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{ADDRESS}".encode(),
    ):
        async with a_line(server) as line:
            await line.send(head, b"\r\n", leaks, b"Connection: close\r\n\r\n")
            site.heard.append(await line.rest())
    body = json.dumps(private()).encode()
    for whole in (True, False):
        async with a_line(server) as line:
            headers = {"Authorization": f"Bearer {site.key}", "Content_Type": "application/json", "From": ADDRESS}
            request = a_request("POST", f"/v1/sites/{site.slug}/comments", body, **headers)
            await line.send(request if whole else request[:-10])
            line.abort()


def shown_of(service: Service) -> str:
    """Returns how our objects show themselves, and what an error would print."""
    submission = parse_submission(private(), now=service.now())
    house = service.house
    known = next(iter(service.directory._known.values()))
    [sealed] = seal([(submission, None)], site=known.site, vault=house.vault)
    shown = [repr(each) for each in (submission, sealed, service, house, house.settings, house.vault, known)]
    try:
        parse_submission(private(**{"author.email": f"{ADDRESS}@", "author.ip": f"{IPV4}x"}), now=service.now())
    except Invalid as error:
        shown += [repr(error), str(error), repr(error.errors), *traceback.format_exception(error)]
    return "\n".join(shown)


def stored_in(house: House, request: pytest.FixtureRequest) -> dict[str, bytes]:
    """Returns everything that the database holds, as files and as rows."""
    name = str(house.database.url.database)
    if not house.settings.embedded:
        return _dumped(request.getfixturevalue("postgres_server"), name)
    files = {part.name: part.read_bytes() for part in Path(name).parent.glob("moderation.db*")}
    assert len(files) > 1, "the write-ahead log is not there"
    with closing(sqlite3.connect(name)) as connection:
        files["SQL"] = "\n".join(connection.iterdump()).encode("utf-8", "surrogatepass")
    return files


def _dumped(server: PostgresServer, database: str) -> dict[str, bytes]:
    tables = {}
    with server.connect(database) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert len(names) > 10
        for (table,) in names:
            for form in ("text", "binary"):  # bytes are hex in the one and raw in the other
                with connection.cursor().copy(f'COPY "{table}" TO STDOUT (FORMAT {form})') as copy:
                    tables[f"{table} as {form}"] = b"".join(copy)
    return tables


@pytest.fixture
async def small_flood(house: House, credentials: Credentials) -> None:
    """The site takes many comments of one author, but not any number."""
    await set_site(
        credentials.site,
        {"flood_count": 12},
        open_work=house.database.open_work,
        defaults=house.defaults,
        now=house.now(),
    )


@pytest.mark.usefixtures("small_flood")
@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_no_address_of_a_reader_is_anywhere(
    talkative: Talkative,
    service: Service,
    house: House,
    server: RunningServer,
    outage: Outage,
    log_format: str,
    request: pytest.FixtureRequest,
) -> None:
    await add_moderator("root", Role.ADMIN, [], password=None, open_work=house.database.open_work, now=house.now())
    token = await add_token("root", open_work=house.database.open_work, now=house.now())
    with the_log(log_format, "debug") as logged:
        await take_in(talkative)
        await be_refused(talkative)
        await ask_everywhere(talkative, service, token)
        await break_off(server, talkative)
        flooded = await asyncio.gather(*(talkative.post(private()) for _ in range(12)))
        async with outage():
            away = [await talkative.post(private()), await talkative.read(quote(ADDRESS))]
        back = await talkative.post(a_payload(**{"author.email": f"{LOCAL}2@{DOMAIN}"}))
        await service.rescore()
    assert 429 in {answer.status for answer in flooded}
    assert [answer.status for answer in away] == [503, 503]
    assert back.status == 201
    assert "broken_request" in logged.getvalue()
    assert A_TEXT not in logged.getvalue()
    shown = await talkative.ask("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
    assert shown.status == 200

    surfaces = {
        "the log": logged.getvalue().encode(),
        "the answers": b"\n".join(talkative.heard),
        "the metrics": metrics.exposition(),
        "what objects show": shown_of(service).encode(),
        **stored_in(house, request),
        **{f"model {path.name}": path.read_bytes() for path in house.models.rglob("*") if path.is_file()},
    }
    assert all(len(surface) > 100 for name, surface in surfaces.items() if name.startswith(("the ", "what ")))
    assert find(SECRETS, surfaces) == []


async def test_the_search_would_find_an_address_that_is_stored_or_shown(
    talkative: Talkative, house: House, request: pytest.FixtureRequest
) -> None:
    answer = await talkative.post(a_payload(text=f"Write to {ADDRESS} from {IPV4}."))
    assert answer.status == 201
    await talkative.read()
    hits = find(SECRETS, {"the answers": b"\n".join(talkative.heard), **stored_in(house, request)})
    assert {"secret 0 as plain in the answers", "secret 3 as plain in the answers"} <= set(hits)
    assert len({hit.partition(" in ")[2] for hit in hits}) >= 2
