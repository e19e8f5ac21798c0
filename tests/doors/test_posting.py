"""The door with a key: one comment, or a batch of them."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from moderation.wiring import House
from moderation.workflows.sites import rotate_site, set_site
from tests.doors.site_system import JSON, SiteSystem, rows_stored
from tests.fakes import SPAM, FakeClock
from tests.makers import a_payload, an_event

MINE = "p-mine"


def ndjson(documents: Iterable[object]) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


async def test_a_comment_is_answered_with_201_and_then_with_200(site: SiteSystem, house: House) -> None:
    payload = a_payload(external_id=MINE)
    first, again = await site.post(payload), await site.post(payload)
    assert (first.status, again.status, again.json) == (201, 200, first.json)
    assert (first.json["status"], first.json["reason"], first.json["external_id"]) == ("approved", "clean", MINE)
    assert (await rows_stored(house))["comments"] == 1


async def test_both_doors_know_the_same_comment(site: SiteSystem) -> None:
    payload = a_payload()
    posted, delivered = await site.post(payload), await site.deliver(an_event("comment.submitted", payload))
    assert (posted.status, delivered.status, delivered.json) == (201, 200, posted.json)


async def test_another_comment_under_the_same_id_is_refused(site: SiteSystem) -> None:
    await site.post(a_payload(external_id=MINE))
    payload = a_payload()
    del payload["external_id"]
    await site.post(payload, Idempotency_Key="order-1")
    for refused in (
        await site.post(a_payload(external_id=MINE)),
        await site.post({**payload, "text": "Other words."}, Idempotency_Key="order-1"),
    ):
        assert refused.verdict == (409, "id_reused")
        # It names both, for whoever has sent one knows nothing of the other.
        assert "This external_id or Idempotency-Key was used before" in refused.json["detail"]


async def test_a_wrong_key_is_refused_and_nothing_is_stored(
    site: SiteSystem, other_site: SiteSystem, house: House
) -> None:
    stored = await rows_stored(house)
    wrong = {
        "none": {},
        "empty": {"Authorization": ""},
        "without a scheme": {"Authorization": site.key},
        "of another scheme": {"Authorization": f"Basic {site.key}"},
        "invented": {"Authorization": "Bearer site_" + "A" * 43},
        "shortened": {"Authorization": f"Bearer {site.key[:-1]}"},
        "lengthened": {"Authorization": f"Bearer {site.key}A"},
        "of another site": {"Authorization": f"Bearer {other_site.key}"},
        "the webhook secret": {"Authorization": f"Bearer {site.secret}"},
        "not ASCII": {"Authorization": "Bearer schl\u00fcssel\u2028"},
        "endless": {"Authorization": "Bearer " + "A" * 5000},
    }
    body = json.dumps(a_payload()).encode()
    for name, headers in wrong.items():
        for path in ("comments", "comments/batch"):
            answer = await site.ask("POST", f"/v1/sites/{site.slug}/{path}", body=body, headers={**JSON, **headers})
            assert answer.verdict == (401, "unauthenticated"), (name, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert await rows_stored(house) == stored


async def test_after_a_rotation_the_old_key_lives_for_a_day(site: SiteSystem, house: House, clock: FakeClock) -> None:
    new = await rotate_site(site.slug, open_work=house.database.open_work, vault=house.vault, now=clock())
    assert (await site.post(a_payload())).status == 201
    assert (await site.post(a_payload(), Authorization=f"bearer {new.api_key}")).status == 201
    clock.advance(hours=24, seconds=1)
    assert (await site.post(a_payload())).verdict == (401, "unauthenticated")
    assert (await site.post(a_payload(), Authorization=f"Bearer {new.api_key}")).status == 201


async def test_an_idempotency_key_stands_for_the_external_id(site: SiteSystem) -> None:
    payload = a_payload()
    del payload["external_id"]
    first = await site.post(payload, Idempotency_Key='"order-1"')
    again = await site.post(payload, Idempotency_Key="order-1")
    assert (first.status, again.status, again.json) == (201, 200, first.json)
    assert first.json["external_id"] == "order-1"
    own = await site.post(a_payload(external_id=MINE), Idempotency_Key="order-2")
    assert own.json["external_id"] == MINE


@pytest.mark.parametrize("key", ["", '""', "two words", "a" * 201, "sch\u00fctzen", 'in"side'])
async def test_an_idempotency_key_that_is_none_is_refused(site: SiteSystem, key: str) -> None:
    assert (await site.post(a_payload(), Idempotency_Key=key)).wrong_fields == {"Idempotency-Key": "invalid"}


async def test_the_same_author_cannot_say_the_same_again_within_a_day(site: SiteSystem, clock: FakeClock) -> None:
    said = {"text": "A long story.", "author.email": "ana@example.org"}
    assert (await site.post(a_payload(**said))).status == 201
    assert (await site.post(a_payload(**said))).verdict == (409, "duplicate_comment")
    assert (await site.post(a_payload(**{**said, "author.email": "bo@example.org"}))).status == 201
    clock.advance(hours=24, seconds=1)
    assert (await site.post(a_payload(**said))).status == 201


async def test_a_closed_article_takes_no_comment(site: SiteSystem) -> None:
    await site.deliver(an_event("article.updated", {"id": "a-1", "comments": "closed"}))
    assert (await site.post(a_payload())).verdict == (409, "comments_closed")
    assert (await site.post(a_payload(**{"article.id": "a-2"}))).status == 201


@pytest.mark.parametrize(
    "same", [{"author.email": "ana@example.org"}, {"author.ip": "192.0.2.7"}], ids=["author", "address"]
)
async def test_a_flood_is_stopped_and_told_when_it_ends(
    site: SiteSystem, house: House, clock: FakeClock, same: dict[str, str]
) -> None:
    await set_site(
        site.slug,
        {"flood_count": 3, "flood_seconds": 60},
        open_work=house.database.open_work,
        defaults=house.defaults,
        now=clock(),
    )
    for _ in range(3):
        assert (await site.post(a_payload(**same))).status == 201
        clock.advance(seconds=5)
    refused = await site.post(a_payload(**same))
    assert refused.verdict == (429, "flood")
    wait = int(refused.headers["Retry-After"])
    assert 45 <= wait <= 46
    assert refused.headers["RateLimit-Policy"] == '"flood";q=3;w=60'
    assert refused.headers["RateLimit"] == f'"flood";r=0;t={wait}'
    assert (await site.post(a_payload())).status == 201
    clock.advance(seconds=wait)
    assert (await site.post(a_payload(**same))).status == 201


async def test_a_body_that_is_not_said_to_be_json_in_utf_8_is_refused(site: SiteSystem) -> None:
    body = json.dumps(a_payload()).encode()
    for kind in ("text/plain", "application/x-ndjson", "application/json; charset=latin-1", "x"):
        headers = {**site.with_key(), "Content-Type": kind}
        answer = await site.ask("POST", f"/v1/sites/{site.slug}/comments", body=body, headers=headers)
        assert answer.verdict == (415, "unsupported_media_type"), kind
    assert (await site.post(body, Content_Encoding="gzip")).verdict == (415, "unsupported_media_type")


async def test_a_batch_is_answered_line_by_line_in_its_order(site: SiteSystem) -> None:
    known = a_payload()
    before = await site.post(known)
    new = [a_payload(), a_payload(text=SPAM), a_payload(external_id="\u00e9 / \U0001f600")]
    answer = await site.post_batch(ndjson([new[0], known, new[1], new[0], new[2]]))
    assert answer.status == 200
    lines = answer.lines
    wanted = [new[0], known, new[1], new[0], new[2]]
    assert [line["external_id"] for line in lines] == [payload["external_id"] for payload in wanted]
    assert [line["status"] for line in lines] == ["approved", "approved", "rejected", "approved", "approved"]
    assert lines[1] == before.json
    assert lines[3] == lines[0]


async def test_one_bad_line_does_not_keep_the_good_ones_out(site: SiteSystem, house: House) -> None:
    reused = a_payload()
    await site.post(reused)
    lines = [
        json.dumps(a_payload(external_id="first")).encode(),
        b"{ not JSON",
        b"",
        json.dumps(a_payload(**{"author.email": "nobody", "text": ""})).encode(),
        json.dumps(a_payload(external_id=reused["external_id"])).encode(),
        json.dumps(a_payload(text="x" * 66_000)).encode(),
        json.dumps(a_payload(external_id="last")).encode(),
    ]
    told = (await site.post_batch(b"\n".join(lines))).lines
    assert [line.get("code") or line["external_id"] for line in told] == [
        "first",
        "malformed",
        "malformed",
        "invalid",
        "id_reused",
        "too_large",
        "last",
    ]
    assert [line["status"] for line in told[1:6]] == [400, 400, 422, 409, 413]
    assert {error["field"] for error in told[3]["errors"]} == {"author.email", "text"}
    assert (await rows_stored(house))["comments"] == 3


async def test_a_batch_has_at_most_a_thousand_lines(site: SiteSystem, house: House) -> None:
    thousand = [a_payload() for _ in range(1000)]
    too_many = await site.post_batch(ndjson([*thousand, a_payload()]))
    assert too_many.verdict == (413, "too_large")
    assert (await rows_stored(house))["comments"] == 0
    answer = await site.post_batch(ndjson(thousand))
    assert [line["external_id"] for line in answer.lines] == [payload["external_id"] for payload in thousand]
    assert (await rows_stored(house))["comments"] == 1000


async def test_a_batch_without_a_line_is_malformed(site: SiteSystem) -> None:
    for body in (b"", b"\n", b"  \n"):
        assert (await site.post_batch(body)).verdict == (400, "malformed"), body


async def test_a_batch_of_more_than_eight_mebibytes_is_not_read(site: SiteSystem) -> None:
    assert (await site.post_batch(b" " * (8 * 1024 * 1024 + 1))).verdict == (413, "too_large")


async def test_a_batch_may_be_called_by_each_of_its_names(site: SiteSystem) -> None:
    for kind in ("application/x-ndjson", "application/jsonl", "text/plain; charset=utf-8"):
        answer = await site.post_batch(ndjson([a_payload()]), Content_Type=kind)
        assert answer.lines[0]["status"] == "approved", kind
    refused = await site.post_batch(ndjson([a_payload()]), Content_Type="application/json")
    assert refused.verdict == (415, "unsupported_media_type")


async def test_an_author_floods_within_a_batch_too(site: SiteSystem) -> None:
    lines = [a_payload(**{"author.email": "ana@example.org"}) for _ in range(12)]
    told = (await site.post_batch(ndjson(lines))).lines
    assert [line.get("code") for line in told] == [None] * 10 + ["flood"] * 2
