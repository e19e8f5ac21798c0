"""Moderators decide: on one comment, on many at once, and back again."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from moderation.domain import Role
from moderation.storage.tables import comments, decisions, outbox
from moderation.wiring import Service
from tests.doors.newsroom import Desk, a_desk, held
from tests.doors.site_system import Answer, SiteSystem
from tests.fakes import SPAM, FakeClock
from tests.makers import a_payload, an_event

pytestmark = pytest.mark.usefixtures("no_flood_limit")


@pytest.fixture
async def stranger(service: Service, site: SiteSystem, other_site: SiteSystem) -> Desk:
    """An administrator of another site."""
    return await a_desk(service, site, other_site.slug, role=Role.ADMIN)


async def stands(service: Service, external_id: str) -> tuple[str, str, int]:
    """Returns status, reason and version of a comment as they are stored."""
    query = select(comments.c.status, comments.c.reason, comments.c.version)
    async with service.open_reading() as work:
        row = (await work.connection.execute(query.where(comments.c.external_id == external_id))).one()
    return row.status, row.reason, row.version


async def told(service: Service) -> list[tuple[str, str]]:
    """Returns type and external id of every event, oldest first."""
    async with service.open_reading() as work:
        rows = await work.connection.execute(select(outbox.c.type, outbox.c.body).order_by(outbox.c.id))
        return [(row.type, row.body["external_id"]) for row in rows]


@pytest.mark.parametrize(
    ("status", "reason", "label"),
    [
        ("approved", "approved", "ham"),
        ("approved", None, "ham"),
        ("approved", "other", None),
        ("rejected", "spam", "spam"),
        ("rejected", "abuse", None),
        ("rejected", "hate", None),
        ("rejected", "off_topic", None),
        ("rejected", "illegal", None),
        ("rejected", "personal_data", None),
        ("rejected", "other", None),
        ("pending", None, None),
    ],
)
async def test_a_decision_is_kept_with_its_label_and_told_to_the_site(
    service: Service, site: SiteSystem, kim: Desk, status: str, reason: str | None, label: str | None
) -> None:
    comment = await held(site, "c-1")

    answer = await kim.decide(comment, status, reason, note="see the other one")

    wanted = reason or {"approved": "approved", "pending": "other"}[status]
    assert answer.status == 201, answer.body
    assert {**answer.json, "id": ""} == {"id": "", "comment": comment, "version": 2, "status": status, "reason": wanted}
    assert await stands(service, "c-1") == (status, wanted, 2)
    assert await told(service) == [("comment.pending", "c-1"), (f"comment.{status}", "c-1")]
    async with service.open_reading() as work:
        row = (await work.connection.execute(select(decisions).where(decisions.c.version == 2))).one()
    assert (row.decided_by, row.label, row.note, row.score) == ("moderator", label, "see the other one", 0.6)
    [_, last] = (await kim.case(comment))["decisions"]
    assert (last["moderator"], last["decided_by"], last["note"]) == ("kim", "moderator", "see the other one")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"status": "rejected", "version": 1}, {"reason": "required"}),
        ({"status": "rejected", "reason": "approved", "version": 1}, {"reason": "invalid"}),
        ({"status": "approved", "reason": "spam", "version": 1}, {"reason": "invalid"}),
        ({"status": "rejected", "reason": "clean", "version": 1}, {"reason": "invalid"}),
        ({"status": "gone", "version": 1}, {"status": "invalid"}),
        ({"status": "approved"}, {"version": "required"}),
        ({"status": "approved", "version": "1"}, {"version": "invalid"}),
        ({"status": "approved", "version": 0}, {"version": "invalid"}),
        # Nobody was faster: it has never been at this one.
        ({"status": "approved", "version": 2}, {"version": "invalid"}),
        ({"status": "approved", "version": 1, "note": "x" * 2001}, {"note": "too_long"}),
        ({"status": "approved", "version": 1, "note": "\0"}, {"note": "invalid"}),
        ([], {"": "invalid"}),
    ],
)
async def test_a_decision_that_makes_no_sense_is_invalid(
    site: SiteSystem, kim: Desk, body: object, wrong: dict[str, str]
) -> None:
    comment = await held(site, "c-1")

    assert (await kim.ask("POST", f"/v1/comments/{comment}/decisions", body)).wrong_fields == wrong


async def test_who_is_second_is_told_who_was_first_and_what_they_said(
    service: Service, site: SiteSystem, kim: Desk, lee: Desk
) -> None:
    comment = await held(site, "c-1")
    first = await kim.decide(comment, "rejected", "spam")

    second = await lee.decide(comment, "approved")

    assert second.verdict == (409, "already_decided")
    assert second.json["detail"] == "In the meantime kim has decided: rejected, spam."
    decision = second.json["decision"]
    assert decision["id"] == first.json["id"]
    assert (decision["moderator"], decision["status"], decision["reason"]) == ("kim", "rejected", "spam")
    assert decision["version"] == 2
    assert await stands(service, "c-1") == ("rejected", "spam", 2)
    assert (await lee.decide(comment, "approved", version=2)).status == 201


async def test_of_ten_who_decide_at_once_one_is_first(service: Service, site: SiteSystem, kim: Desk) -> None:
    comment = await held(site, "c-1")

    answers = await asyncio.gather(*(kim.decide(comment, "rejected", "spam") for _ in range(10)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 9
    assert await stands(service, "c-1") == ("rejected", "spam", 2)


async def test_an_edit_in_the_meantime_is_noticed(site: SiteSystem, kim: Desk) -> None:
    comment = await held(site, "c-1")
    await site.deliver(an_event("comment.edited", {"external_id": "c-1", "text": "c-1 says click here, please"}))

    late = await kim.decide(comment, "approved")

    assert late.verdict == (409, "already_decided")
    assert (late.json["decision"]["moderator"], late.json["decision"]["decided_by"]) == (None, "machine")


async def test_what_the_site_has_deleted_is_gone(site: SiteSystem, kim: Desk) -> None:
    comment = await held(site, "c-1")
    ruled = (await kim.decide(comment, "rejected", "spam")).json["id"]
    await site.deliver(an_event("comment.deleted", {"external_id": "c-1"}))

    for answer in (
        await kim.ask("GET", f"/v1/comments/{comment}"),
        await kim.decide(comment, "approved", version=3),
        await kim.decide_many("approved", ids=[comment]),
        await kim.ask("POST", f"/v1/comments/{comment}/claim"),
        await kim.ask("POST", f"/v1/decisions/{ruled}/undo"),
    ):
        assert answer.verdict == (410, "gone")


async def test_another_sites_comment_is_not_found_at_any_door(site: SiteSystem, kim: Desk, stranger: Desk) -> None:
    comment = await held(site, "c-1")
    author = (await kim.find("c-1"))["author"]["id"]
    batch = (await kim.decide_many("rejected", "spam", ids=[comment])).json["batch"]
    decision = (await kim.case(comment))["decisions"][-1]["id"]

    for method, path, body in door_by_door(comment, author, decision, batch):
        for path_with_id in (path, path.replace(comment, str(uuid4())), path.replace(comment, "x")):
            answer = await stranger.ask(method, path_with_id, body)
            assert answer.verdict == (404, "not_found"), path
    assert (await stranger.decide_many("approved", ids=[comment])).verdict == (404, "not_found")


def door_by_door(comment: str, author: str, decision: str, batch: str) -> list[tuple[str, str, Any]]:
    return [
        ("GET", f"/v1/comments/{comment}", None),
        ("POST", f"/v1/comments/{comment}/decisions", {"status": "approved", "version": 2}),
        ("POST", f"/v1/comments/{comment}/claim", None),
        ("DELETE", f"/v1/comments/{comment}/claim", None),
        ("POST", f"/v1/comments/{comment}/notes", {"text": "mine?"}),
        ("POST", f"/v1/comments/{comment}/author-email", {"reason": "curious"}),
        ("GET", f"/v1/authors/{author}", None),
        ("POST", f"/v1/authors/{author}/standing", {"standing": "banned"}),
        ("POST", f"/v1/decisions/{decision}/undo", None),
        ("POST", f"/v1/batches/{batch}/undo", None),
    ]


async def test_undo_makes_it_as_it_was_and_undoing_that_makes_it_new_again(
    service: Service, site: SiteSystem, kim: Desk, lee: Desk
) -> None:
    comment = await held(site, "c-1")
    ruled = (await kim.decide(comment, "rejected", "spam")).json["id"]

    undone = await lee.ask("POST", f"/v1/decisions/{ruled}/undo")

    assert (undone.status, undone.json["status"], undone.json["reason"]) == (201, "pending", "doubtful")
    assert await stands(service, "c-1") == ("pending", "doubtful", 3)
    assert (await told(service))[-1] == ("comment.pending", "c-1")
    assert (await kim.case(comment))["decisions"][-1]["undoes"] == ruled
    again = await kim.ask("POST", f"/v1/decisions/{undone.json['id']}/undo")
    assert again.status == 201
    assert await stands(service, "c-1") == ("rejected", "spam", 4)
    async with service.open_reading() as work:
        labels = (await work.connection.execute(select(decisions.c.label).order_by(decisions.c.version))).scalars()
        assert list(labels) == [None, "spam", None, "spam"]


async def test_only_the_latest_decision_of_a_person_can_be_undone(site: SiteSystem, kim: Desk, lee: Desk) -> None:
    comment = await held(site, "c-1")
    first = (await kim.decide(comment, "rejected", "spam")).json["id"]
    await lee.decide(comment, "approved", version=2)
    by_machine = (await kim.case(comment))["decisions"][0]["id"]

    late = await kim.ask("POST", f"/v1/decisions/{first}/undo")

    assert (late.verdict, late.json["decision"]["moderator"]) == ((409, "already_decided"), "lee")
    assert (await kim.ask("POST", f"/v1/decisions/{by_machine}/undo")).verdict == (409, "not_undoable")
    assert (await kim.ask("POST", f"/v1/decisions/{uuid4()}/undo")).verdict == (404, "not_found")


async def test_many_are_decided_by_their_ids_all_or_none(service: Service, site: SiteSystem, kim: Desk) -> None:
    ids = [await held(site, f"c-{number}") for number in range(3)]

    assert (await kim.decide_many("rejected", "spam", ids=[*ids, str(uuid4())])).verdict == (404, "not_found")
    assert await stands(service, "c-0") == ("pending", "doubtful", 1)
    answer = await kim.decide_many("rejected", "spam", ids=[*ids, ids[0]], note="a wave")

    assert (answer.status, answer.json["count"]) == (201, 3)
    for number in range(3):
        assert await stands(service, f"c-{number}") == ("rejected", "spam", 2)
    assert {decision["batch"] for key in ids for decision in (await kim.case(key))["decisions"][1:]} == {
        answer.json["batch"]
    }
    assert sorted(await told(service))[3:] == [("comment.rejected", f"c-{number}") for number in range(3)]


async def test_a_version_that_is_old_stops_all_of_them(
    service: Service, site: SiteSystem, kim: Desk, lee: Desk
) -> None:
    ids = [await held(site, f"c-{number}") for number in range(3)]
    await lee.decide(ids[1], "approved")

    stopped = await kim.decide_many("rejected", "spam", ids=ids, versions=[1, 1, 1])

    assert (stopped.verdict, stopped.json["decision"]["comment"]) == ((409, "already_decided"), ids[1])
    assert await stands(service, "c-0") == ("pending", "doubtful", 1)
    ahead = await kim.decide_many("rejected", "spam", ids=ids, versions=[1, 2, 9])
    assert ahead.wrong_fields == {"versions": "invalid"}
    assert (await kim.decide_many("rejected", "spam", ids=ids, versions=[1, 2, 1])).json["count"] == 3


async def test_many_are_decided_by_a_filter_if_it_finds_as_many_as_expected(
    service: Service, site: SiteSystem, kim: Desk
) -> None:
    for number in range(4):
        await held(site, f"c-{number}", **{"author.email": "ana@example.org"})
    await held(site, "other")
    author = (await kim.find("c-0"))["author"]["id"]

    changed = await kim.decide_many("rejected", "spam", filter={"author": author}, expected=3)
    answer = await kim.decide_many("rejected", "spam", filter={"author": author}, expected=4)

    assert (changed.verdict, changed.json["count"]) == ((409, "count_changed"), 4)
    assert answer.json["count"] == 4
    assert await kim.listed() == ["other"]
    assert (await kim.decide_many("rejected", "spam", filter={"author": author}, expected=0)).json["count"] == 0


@pytest.mark.parametrize(
    ("which", "wrong"),
    [
        ({}, {"ids": "required"}),
        ({"ids": []}, {"ids": "invalid"}),
        ({"ids": ["x"]}, {"ids.0": "invalid"}),
        ({"ids": [str(uuid4())], "filter": {}, "expected": 1}, {"ids": "required"}),
        ({"ids": [str(uuid4())], "versions": [1, 2]}, {"versions": "invalid"}),
        ({"filter": {}}, {"expected": "required"}),
        ({"filter": {"q": "-", "min_score": 7}, "expected": 1}, {"filter.q": "invalid", "filter.min_score": "invalid"}),
        ({"filter": {}, "expected": 1001}, {"expected": "invalid"}),
        ({"filter": {"artcle": "a-1", "sort": "risk"}, "expected": 1}, {"filter.artcle": "unknown"}),
        ({"ids": [str(uuid4())] * 1001}, {"ids": "too_long"}),
    ],
)
async def test_many_are_named_in_one_way(kim: Desk, which: dict[str, Any], wrong: dict[str, str]) -> None:
    assert (await kim.decide_many("approved", **which)).wrong_fields == wrong


async def test_more_than_can_be_decided_at_once_are_decided_part_by_part(
    site: SiteSystem, kim: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.workflows.review.MOST_AT_ONCE", 2)
    for number in range(3):
        await held(site, f"c-{number}")

    answer = await kim.decide_many("rejected", "spam", filter={}, expected=3)

    assert answer.wrong_fields == {"filter": "too_long"}


async def test_undoing_a_batch_leaves_alone_what_others_have_decided_since(
    service: Service, site: SiteSystem, kim: Desk, lee: Desk
) -> None:
    ids = [await held(site, f"c-{number}") for number in range(4)]
    batch = (await kim.decide_many("rejected", "spam", ids=ids)).json["batch"]
    await lee.decide(ids[1], "approved", version=2)
    await site.deliver(an_event("comment.deleted", {"external_id": "c-2"}))

    undone = await kim.ask("POST", f"/v1/batches/{batch}/undo")

    assert (undone.status, undone.json["count"], undone.json["kept"]) == (201, 2, 2)
    assert {*undone.json["stayed"]} == {*ids[1:3]}
    assert await stands(service, "c-0") == ("pending", "doubtful", 3)
    assert await stands(service, "c-1") == ("approved", "approved", 3)
    assert await stands(service, "c-2") == ("rejected", "deleted", 3)
    twice = await kim.ask("POST", f"/v1/batches/{batch}/undo")
    assert (twice.json["batch"], twice.json["count"], twice.json["kept"]) == (None, 0, 4)
    redone = await kim.ask("POST", f"/v1/batches/{undone.json['batch']}/undo")
    assert (redone.json["count"], redone.json["kept"]) == (2, 0)
    assert await stands(service, "c-3") == ("rejected", "spam", 4)


async def test_two_batches_at_once_with_the_same_comments_both_end_well(
    service: Service, site: SiteSystem, kim: Desk, lee: Desk
) -> None:
    ids = [await held(site, f"c-{number}") for number in range(12)]

    answers: list[Answer] = await asyncio.gather(
        *(kim.decide_many("rejected", "spam", ids=ids) for _ in range(4)),
        *(lee.decide_many("approved", ids=ids[::-1]) for _ in range(4)),
    )

    assert [answer.status for answer in answers] == [201] * 8
    for number in range(12):
        assert (await stands(service, f"c-{number}"))[2] == 9


async def test_a_machine_approved_comment_can_be_rejected_and_is_public_no_more(
    site: SiteSystem, kim: Desk, clock: FakeClock
) -> None:
    comment = (await site.post(a_payload(external_id="fine"))).json["id"]
    assert await site.public_ids() == ["fine"]

    await kim.decide(comment, "rejected", "abuse")

    assert await site.public_ids() == []
    spam = (await site.post(a_payload(external_id="spam", text=SPAM))).json["id"]
    await kim.decide(spam, "approved")
    assert await site.public_ids() == ["spam"]
