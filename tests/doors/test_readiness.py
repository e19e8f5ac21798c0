"""What a balancer, an orchestrator and a monitor are told while parts of the service are away."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from moderation.app import operations_app, service_app
from moderation.domain import ModelVersion, Role
from moderation.storage.tables import audit_entries
from moderation.web.server import start_server
from moderation.wiring import House, Service
from moderation.workflows.moderators import add_moderator, add_token
from moderation.workflows.sites import Credentials
from tests.doors.outages import Outage
from tests.doors.site_system import SiteSystem, rows_stored
from tests.fakes import FakeClock, FakeScorer
from tests.makers import a_payload, an_event

METRICS_TOKEN = "a-token-for-metrics-only"


async def test_a_service_that_can_score_and_store_is_ready(site: SiteSystem) -> None:
    answer = await site.ask("GET", "/readyz")
    assert answer.status == 200
    assert answer.json == {
        "status": "ready",
        "checks": {"storage": {"ok": True}, "model": {"ok": True, "detail": "fake-1"}, "keys": {"ok": True}},
    }


async def test_without_a_database_it_lives_but_is_not_ready_and_names_the_part(
    site: SiteSystem, outage: Outage
) -> None:
    async with outage():
        ready, alive = await site.ask("GET", "/readyz"), await site.ask("GET", "/healthz")
    back = await site.ask("GET", "/readyz")
    assert (ready.status, ready.json["status"]) == (503, "not_ready")
    assert ready.json["checks"]["storage"] == {"ok": False, "detail": "The database does not answer."}
    assert ready.json["checks"]["model"]["ok"] is True
    assert (alive.status, alive.json) == (200, {"status": "ok"})
    assert (back.status, back.json["status"]) == (200, "ready")


async def test_a_store_that_takes_no_writes_refuses_comments_and_is_not_ready_until_it_takes_them_again(
    site: SiteSystem, write_outage: Outage
) -> None:
    assert (await site.post(a_payload())).status == 201
    before = await site.ask("GET", "/readyz")
    async with write_outage():
        refused, reading = await site.post(a_payload(external_id="c-2")), await site.read()
        ready = [await site.ask("GET", "/readyz") for _ in range(2)]
    back = await site.ask("GET", "/readyz")
    assert refused.verdict == (503, "storage_unavailable")
    assert 1 <= int(refused.headers["Retry-After"]) <= 5
    assert (before.status, reading.status) == (200, 200)
    for answer in ready:
        assert answer.status == 503
        assert answer.json["checks"]["storage"] == {"ok": False, "detail": "The database takes no writes."}
    assert (back.status, back.json["status"]) == (200, "ready")
    assert (await site.post(a_payload(external_id="c-2"))).status == 201


async def test_a_service_that_has_written_nothing_yet_tries_before_it_is_ready(
    site: SiteSystem, write_outage: Outage
) -> None:
    async with write_outage():
        answer = await site.ask("GET", "/readyz")
    assert answer.json["checks"]["storage"] == {"ok": False, "detail": "The database takes no writes."}


async def test_asking_whether_it_is_ready_leaves_nothing_behind(site: SiteSystem, house: House) -> None:
    assert (await site.ask("GET", "/readyz")).status == 200
    async with house.database.open_reading() as work:
        rows = await work.connection.execute(select(audit_entries.c.actor).where(audit_entries.c.action == ""))
    assert rows.all() == []


async def test_without_a_database_nothing_is_acknowledged_and_afterwards_everything_is_taken(
    site: SiteSystem, house: House, outage: Outage
) -> None:
    event, payload = an_event("comment.submitted", a_payload()), a_payload()
    assert (await site.post(a_payload())).status == 201  # the site is known from before
    async with outage():
        refused = [
            await site.deliver(event, id="msg_1"),
            await site.post(payload),
            await site.read(),
            await site.ask("GET", "/v1/sites/never-seen/counts?article=a-1"),
        ]
        batch = await site.post_batch(b"{}\n" + json.dumps(payload).encode())
    for answer in refused:
        assert answer.verdict == (503, "storage_unavailable")
        assert 1 <= int(answer.headers["Retry-After"]) <= 5
    assert [line["code"] for line in batch.lines] == ["invalid", "storage_unavailable"]
    assert (await rows_stored(house))["comments"] == 1
    assert (await site.deliver(event, id="msg_1")).status == 201
    assert (await site.post(payload)).status == 201
    assert (await rows_stored(house))["comments"] == 3


async def test_without_a_model_comments_wait_and_the_missing_part_is_named(site: SiteSystem, service: Service) -> None:
    assert isinstance(service.scorer, FakeScorer)
    service.scorer.available = False
    ready, alive = await site.ask("GET", "/readyz"), await site.ask("GET", "/healthz")
    receipt = (await site.post(a_payload(external_id="c-1"))).json
    assert (ready.status, alive.status) == (503, 200)
    assert ready.json["checks"]["model"]["ok"] is False
    assert ready.json["checks"]["storage"]["ok"] is True
    assert (receipt["status"], receipt["reason"], receipt["score"]) == ("pending", "not_scored", None)
    assert await site.public_ids() == []

    service.scorer.available = True
    await service.rescore()
    assert (await site.ask("GET", "/readyz")).status == 200
    assert await site.public_ids() == ["c-1"]


async def test_an_older_release_is_ready_with_its_own_model_and_says_that_it_stands_in(
    site: SiteSystem, service: Service, house: House
) -> None:
    newer = ModelVersion("baseline-9-newer", "0" * 64, bundled=True, card={}, created_at=house.now())
    async with house.database.open_work() as work:
        await work.models.add(newer, None)
        await work.models.promote(newer.version, by="the installation", now=house.now())
        await work.commit()

    await service.look()

    ready = await site.ask("GET", "/readyz")
    assert (ready.status, ready.json["checks"]["model"]["ok"]) == (200, True)
    assert ready.json["checks"]["model"]["detail"].startswith("fake-1 stands in for baseline-9-newer")


@pytest.fixture
async def monitored(house: House, credentials: Credentials, clock: FakeClock) -> AsyncIterator[SiteSystem]:
    """The service with a token for metrics."""
    settings = house.settings.model_copy(update={"metrics_token": METRICS_TOKEN})
    service = Service(replace(house, settings=settings), scorer=FakeScorer())
    async with (
        await start_server(service_app(service), host="127.0.0.1", port=0) as server,
        ClientSession(f"http://127.0.0.1:{server.port}") as client,
    ):
        yield SiteSystem(client, credentials, clock)
    await service.submissions.close()


async def test_metrics_want_their_token_or_an_administrators(monitored: SiteSystem, house: House) -> None:
    await add_moderator("root", Role.ADMIN, [], password=None, open_work=house.database.open_work, now=house.now())
    admin = await add_token("root", open_work=house.database.open_work, now=house.now())
    for token in (METRICS_TOKEN, admin):
        answer = await monitored.ask("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert b"moderation_" in answer.body
    refused = (None, METRICS_TOKEN, f"Basic {METRICS_TOKEN}", f"Bearer {METRICS_TOKEN}x", "Bearer \u00fc", "Bearer ")
    for header in refused:
        headers = {"Authorization": header} if header is not None else {}
        answer = await monitored.ask("GET", "/metrics", headers=headers)
        assert answer.verdict == (401, "unauthenticated"), header
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_metrics_are_there_when_the_database_is_not(monitored: SiteSystem, outage: Outage) -> None:
    async with outage():
        answer = await monitored.ask("GET", "/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert answer.status == 200


async def test_a_port_of_its_own_shows_metrics_without_a_token(service: Service) -> None:
    app = operations_app(service)
    async with (
        await start_server(app, host="127.0.0.1", port=0) as server,
        ClientSession(f"http://127.0.0.1:{server.port}") as client,
    ):
        for path, status in (("/metrics", 200), ("/readyz", 200), ("/healthz", 200), ("/v1/sites/x/counts", 404)):
            async with client.get(path) as answer:
                assert answer.status == status, path
