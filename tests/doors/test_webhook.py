"""The signed door: who may knock, what is obeyed, and that nothing is obeyed twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from moderation.domain import Writing
from moderation.wiring import House, Service, open_house
from moderation.workflows.keys import rotate
from moderation.workflows.sites import rotate_site
from tests.doors.site_system import JSON, SiteSystem, rows_stored
from tests.fakes import DOUBT, SPAM, FakeClock, FakeScorer
from tests.makers import a_payload, an_event


def a_comment(**fields: Any) -> dict[str, object]:
    """Returns `comment.submitted` with another comment each time."""
    return an_event("comment.submitted", a_payload(**fields))


@pytest.mark.parametrize(
    ("text", "status", "reason", "score"),
    [
        ("I have read this twice.", "approved", "clean", 0.02),
        (f"Please {DOUBT} once.", "pending", "doubtful", 0.6),
        (f"You can {SPAM} here.", "rejected", "spam", 0.99),
    ],
)
async def test_a_comment_is_answered_with_its_receipt(
    site: SiteSystem, text: str, status: str, reason: str, score: float
) -> None:
    answer = await site.deliver(a_comment(external_id="c-1", text=text))
    assert answer.status == 201
    receipt = answer.json
    assert UUID(receipt.pop("id")).version == 7
    assert receipt == {"external_id": "c-1", "status": status, "reason": reason, "score": score, "model": "fake-1"}


async def test_the_name_the_link_and_the_host_of_the_site_are_judged_with_the_text(
    site: SiteSystem, service: Service
) -> None:
    fields = {"text": "Calm words.", "author.name": "Bo", "author.url": "https://bo.example"}
    await site.deliver(a_comment(**fields))
    assert isinstance(service.scorer, FakeScorer)
    assert service.scorer.batches == [[Writing("Calm words.", "Bo", "https://bo.example", "planet.example.com")]]


async def test_a_delivery_that_comes_again_gets_the_same_receipt_and_stores_nothing(
    site: SiteSystem, house: House
) -> None:
    event = a_comment()
    first = await site.deliver(event, id="msg_1")
    stored = await rows_stored(house)
    again = await site.deliver(event, id="msg_1")
    assert (first.status, again.status, again.json) == (201, 200, first.json)
    assert await rows_stored(house) == stored


async def test_the_same_comment_in_another_delivery_is_still_one_comment(site: SiteSystem, house: House) -> None:
    event = a_comment()
    first, again = await site.deliver(event), await site.deliver(event)
    assert (first.status, again.status, again.json) == (201, 200, first.json)
    assert (await rows_stored(house))["comments"] == 1


async def test_twenty_deliveries_at_once_make_one_comment(site: SiteSystem, house: House) -> None:
    event = a_comment()
    answers = await asyncio.gather(*(site.deliver(event, id="msg_1") for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    assert len({answer.json["id"] for answer in answers}) == 1
    stored = await rows_stored(house)
    assert (stored["comments"], stored["decisions"], stored["outbox"], stored["deliveries"]) == (1, 1, 1, 1)


async def test_another_body_under_the_same_id_is_refused_and_the_first_one_stays(
    site: SiteSystem, house: House
) -> None:
    await site.deliver(a_comment(external_id="c-1", text="The first."), id="msg_1")
    stored = await rows_stored(house)
    same_delivery = await site.deliver(a_comment(external_id="c-2"), id="msg_1")
    same_comment = await site.deliver(a_comment(external_id="c-1", text="Another."))
    assert same_delivery.verdict == same_comment.verdict == (409, "id_reused")
    assert await rows_stored(house) == stored
    assert (await site.read()).json["items"][0]["text"] == "The first."


async def test_an_edited_comment_is_judged_again(site: SiteSystem) -> None:
    await site.deliver(a_comment(external_id="c-1"))
    edited = an_event("comment.edited", {"external_id": "c-1", "text": f"Now {SPAM}."})
    answer, again = await site.deliver(edited, id="msg_2"), await site.deliver(edited, id="msg_2")
    assert (answer.status, answer.json["status"], answer.json["reason"]) == (200, "rejected", "spam")
    assert again.json == answer.json
    assert await site.public_ids() == []


async def test_a_deleted_comment_is_gone_for_good(site: SiteSystem) -> None:
    await site.deliver(a_comment(external_id="c-1"))
    deleted = await site.deliver(an_event("comment.deleted", {"external_id": "c-1"}))
    edited = await site.deliver(an_event("comment.edited", {"external_id": "c-1", "text": "Back again."}))
    assert (deleted.status, deleted.json["status"], deleted.json["reason"]) == (200, "rejected", "deleted")
    assert edited.verdict == (404, "not_found")
    assert await site.public_ids() == []


async def test_an_edit_that_comes_again_after_the_comment_was_deleted_is_answered_and_brings_nothing_back(
    site: SiteSystem, house: House
) -> None:
    await site.post(a_payload(external_id="c-1"))
    edited = an_event("comment.edited", {"external_id": "c-1", "text": "Other words."})
    first = await site.deliver(edited, id="msg_1")
    deleted = await site.deliver(an_event("comment.deleted", {"external_id": "c-1"}))
    stored = await rows_stored(house)
    again, late = await site.deliver(edited, id="msg_1"), await site.deliver(edited, id="msg_2")
    assert (first.status, deleted.status, again.status) == (200, 200, 200)
    assert again.json == deleted.json
    assert late.verdict == (404, "not_found")
    assert await rows_stored(house) == stored
    assert await site.public_ids() == []


async def test_an_event_from_a_clock_that_runs_far_ahead_keeps_back_later_edits_for_five_minutes_only(
    site: SiteSystem, clock: FakeClock
) -> None:
    await site.post(a_payload(external_id="c-1"))
    ahead = an_event("comment.edited", {"external_id": "c-1", "text": "Ahead."}, timestamp="2036-01-01T00:00:00Z")
    spam = {"external_id": "c-1", "text": f"Now {SPAM}."}
    await site.deliver(ahead)
    early = await site.deliver(an_event("comment.edited", spam, timestamp="2026-11-23T10:04:59Z"))
    clock.advance(minutes=5)
    later = await site.deliver(an_event("comment.edited", spam, timestamp="2026-11-23T10:05:00Z"))
    assert [answer.json["status"] for answer in (early, later)] == ["approved", "rejected"]


async def test_an_article_that_closes_takes_no_more_comments_until_it_opens(site: SiteSystem) -> None:
    closed = an_event("article.updated", {"id": "a-1", "comments": "closed"}, timestamp="2026-11-23T10:00:00Z")
    opened = an_event("article.updated", {"id": "a-1", "comments": "open"}, timestamp="2026-11-23T10:01:00Z")
    answer = await site.deliver(closed)
    refused = await site.deliver(a_comment())
    await site.deliver(opened)
    taken = await site.deliver(a_comment())
    assert (answer.status, answer.json) == (200, {"id": "a-1", "comments": "closed", "moderation": None})
    assert refused.verdict == (409, "comments_closed")
    assert taken.status == 201


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("comment.edited", {"external_id": "never-seen", "text": "New words."}),
        ("comment.deleted", {"external_id": "never-seen"}),
    ],
)
async def test_what_is_said_of_an_unknown_comment_is_not_found(
    site: SiteSystem, house: House, kind: str, data: object
) -> None:
    stored = await rows_stored(house)
    assert (await site.deliver(an_event(kind, data))).verdict == (404, "not_found")
    assert await rows_stored(house) == stored


FOREIGN_SECRET = "whsec_" + "A" * 40

Refused = Callable[[SiteSystem, bytes], dict[str, str]]


def _without(name: str) -> Refused:
    return lambda site, body: {key: value for key, value in site.signed(body).items() if key != name}


def _with(**changed: str) -> Refused:
    named = {name.replace("_", "-"): value for name, value in changed.items()}
    return lambda site, body: {**site.signed(body), **named}


REFUSED: dict[str, tuple[Refused, str]] = {
    "nothing is signed": (lambda site, body: dict(JSON), "unauthenticated"),
    "no id": (_without("webhook-id"), "unauthenticated"),
    "no timestamp": (_without("webhook-timestamp"), "unauthenticated"),
    "no signature": (_without("webhook-signature"), "unauthenticated"),
    "an empty signature": (_with(webhook_signature=""), "unauthenticated"),
    "a key instead of a signature": (lambda site, body: {**JSON, **site.with_key()}, "unauthenticated"),
    "a foreign secret": (lambda site, body: site.signed(body, secret=FOREIGN_SECRET), "bad_signature"),
    "a signature of other words": (lambda site, body: site.signed(b"{}"), "bad_signature"),
    "a signature in another alphabet": (_with(webhook_signature="v1,\u00e4\u00f6\u00fc"), "bad_signature"),
    "a signature of a version that we do not know": (_with(webhook_signature="v2,AAAA"), "bad_signature"),
    "another id than was signed": (_with(webhook_id="msg_other"), "bad_signature"),
    "an id with a dot": (_with(webhook_id="msg.1"), "bad_signature"),
    "another time than was signed": (_with(webhook_timestamp="1795428001"), "bad_signature"),
    "a time with a fraction": (_with(webhook_timestamp="1795428000.0"), "bad_signature"),
    "a time that is no number": (_with(webhook_timestamp="now"), "bad_signature"),
    "signed 301 seconds ago": (lambda site, body: site.signed(body, late=301), "stale_timestamp"),
    "signed 301 seconds ahead": (lambda site, body: site.signed(body, late=-301), "stale_timestamp"),
}


async def test_whoever_does_not_sign_as_the_site_is_refused_and_nothing_is_stored(
    site: SiteSystem, house: House
) -> None:
    body = json.dumps(a_comment()).encode()
    stored = await rows_stored(house)
    for name, (headers, code) in REFUSED.items():
        answer = await site.ask("POST", "/v1/sites/daily-planet/webhook", body=body, headers=headers(site, body))
        assert answer.verdict == (401, code), name
        assert answer.headers["WWW-Authenticate"], name
    assert await rows_stored(house) == stored


async def test_a_body_that_is_not_signed_is_not_even_parsed(site: SiteSystem) -> None:
    answer = await site.deliver(b"{ this is not JSON", secret=FOREIGN_SECRET)
    assert answer.verdict == (401, "bad_signature")


async def test_clocks_may_differ_by_five_minutes(site: SiteSystem) -> None:
    for late in (-300, 0, 300):
        assert (await site.deliver(a_comment(), late=late)).status == 201, late


async def test_the_secret_of_another_site_opens_nothing(site: SiteSystem, other_site: SiteSystem, house: House) -> None:
    stored = await rows_stored(house)
    answer = await other_site.deliver(a_comment(), site=site.slug)
    assert answer.verdict == (401, "bad_signature")
    assert await rows_stored(house) == stored


async def test_after_a_rotation_both_secrets_sign_for_a_day(site: SiteSystem, house: House, clock: FakeClock) -> None:
    new = await rotate_site(site.slug, open_work=house.database.open_work, vault=house.vault, now=clock())
    old, fresh = await site.deliver(a_comment()), await site.deliver(a_comment(), secret=new.webhook_secret)
    clock.advance(hours=24, seconds=1)
    late, still = await site.deliver(a_comment()), await site.deliver(a_comment(), secret=new.webhook_secret)
    assert (old.status, fresh.status, still.status) == (201, 201, 201)
    assert late.verdict == (401, "bad_signature")


@asynccontextmanager
async def another_instance(house: House, *secret_keys: str) -> AsyncIterator[House]:
    """Opens the same store with other secret keys, which wraps its data keys with the first of them."""
    settings = house.settings.model_copy(update={"secret_keys": secret_keys})
    async with open_house(settings, now=house.now) as other:
        yield other


async def test_what_is_signed_waits_while_this_instance_does_not_know_the_key_of_the_secret(
    site: SiteSystem, house: House, clock: FakeClock
) -> None:
    [own], newer = house.settings.secret_keys, "n" * 43
    clock.advance(seconds=1)
    async with another_instance(house, newer, own) as other:
        await rotate(other.secret_keys, open_work=other.database.open_work, now=clock, progress=lambda *_: None)

    signed, by_key = await site.deliver(a_comment()), await site.post(a_payload())
    ready = await site.ask("GET", "/readyz")

    assert signed.verdict == (503, "storage_unavailable")
    assert 1 <= int(signed.headers["Retry-After"]) <= 5
    assert by_key.status == 201
    assert (ready.status, ready.json["checks"]["keys"]["ok"]) == (200, True)
    assert "secret key" in ready.json["checks"]["keys"]["detail"]

    async with another_instance(house, own, newer), asyncio.timeout(10):
        while (await site.deliver(a_comment())).status == 503:
            pass
    assert (await site.ask("GET", "/readyz")).json["checks"]["keys"] == {"ok": True}


async def test_one_fitting_signature_among_several_is_enough(site: SiteSystem) -> None:
    body = json.dumps(a_comment()).encode()
    headers = site.signed(body)
    headers["webhook-signature"] = f"v2,AAAA v1,{'A' * 43}= {headers['webhook-signature']}"
    answer = await site.ask("POST", "/v1/sites/daily-planet/webhook", body=body, headers=headers)
    assert answer.status == 201


async def test_a_site_cannot_decide_by_fields_that_are_ours(site: SiteSystem) -> None:
    claimed = {
        "status": "approved",
        "reason": "clean",
        "score": 0.0,
        "model": "mine",
        "id": "00000000-0000-7000-8000-000000000000",
        "site": "gazette",
        "site_id": "gazette",
        "version": 99,
        "decided_by": "moderator",
        "label": "ham",
    }
    event = an_event("comment.submitted", {**a_payload(external_id="c-1", text=SPAM), **claimed})
    answer = await site.deliver({**event, **claimed})
    assert answer.status == 201
    assert (answer.json["status"], answer.json["reason"], answer.json["score"]) == ("rejected", "spam", 0.99)
    assert (answer.json["model"], answer.json["external_id"]) == ("fake-1", "c-1")
    assert answer.json["id"] != claimed["id"]
    assert await site.public_ids() == []


async def test_an_unknown_site_is_not_found(site: SiteSystem) -> None:
    for slug in ("nowhere", "Daily-Planet", "daily-planet.", "..", "%00", "x" * 500):
        assert (await site.deliver(a_comment(), site=slug)).verdict == (404, "not_found"), slug


OTHER_BODIES = (
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Encoding": "gzip"},
    {"Content-Encoding": "br"},
    {"Content-Encoding": "identity, deflate"},
)


async def test_another_kind_of_body_is_refused(site: SiteSystem, house: House) -> None:
    stored = await rows_stored(house)
    for headers in OTHER_BODIES:
        answer = await site.deliver(a_comment(), headers=headers)
        assert answer.verdict == (415, "unsupported_media_type"), headers
    assert await rows_stored(house) == stored


async def test_a_body_has_at_most_64_kib(site: SiteSystem) -> None:
    body = json.dumps(a_comment()).encode()
    assert (await site.deliver(body + b" " * (64 * 1024 - len(body)))).status == 201
    assert (await site.deliver(body + b" " * (64 * 1024 + 1 - len(body)))).verdict == (413, "too_large")


NOT_JSON = (
    b"",
    b"{",
    b"[1,]",
    b"\xef\xbb\xbf{}",
    b'{"type": 1, "type": 2}',
    b'{"type": NaN}',
    b'{"type": 1e400}',
    b"[" * 1000 + b"]" * 1000,
    b"[" * 60_000,
    b"1" * 5000,
)


async def test_what_is_not_json_is_malformed(site: SiteSystem) -> None:
    for body in NOT_JSON:
        assert (await site.deliver(body)).verdict == (400, "malformed"), body[:50]


async def test_every_wrong_field_is_told_at_once_and_without_what_was_sent(site: SiteSystem) -> None:
    data = {
        "external_id": "x" * 201,
        "article": {"title": "A title"},
        "author": {"name": " ", "email": "secret-reader@nowhere", "url": "javascript:alert(1)", "ip": "999.1.2.3"},
        "text": 5,
        "submitted_at": "yesterday",
        "filled_in_ms": -1,
    }
    answer = await site.deliver(an_event("comment.submitted", data))
    assert answer.wrong_fields == {
        "external_id": "too_long",
        "article.id": "required",
        "author.name": "required",
        "author.email": "invalid",
        "author.url": "invalid",
        "author.ip": "invalid",
        "text": "invalid",
        "submitted_at": "invalid",
        "filled_in_ms": "invalid",
    }
    for sent in (b"secret-reader", b"javascript", b"999", b"yesterday"):
        assert sent not in answer.body


NO_OBJECTS: tuple[object, ...] = (None, 5, "text", [], True)


async def test_a_document_that_is_no_object_is_invalid(site: SiteSystem) -> None:
    for part in NO_OBJECTS:
        assert (await site.deliver(part)).verdict == (422, "invalid"), part
        assert (await site.deliver(an_event("comment.submitted", part))).verdict == (422, "invalid"), part


async def test_an_envelope_without_its_parts_names_them_all(site: SiteSystem) -> None:
    assert (await site.deliver({})).wrong_fields == {"type": "required", "timestamp": "required", "data": "required"}
    unknown = {"type": "comment.exploded", "timestamp": "noon", "data": {}}
    assert (await site.deliver(unknown)).wrong_fields == {"type": "invalid", "timestamp": "invalid"}
