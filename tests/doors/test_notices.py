"""Notices of illegal content (Art. 16 of the Digital Services Act): each is kept, whoever has reported before."""

from __future__ import annotations

import pytest

from moderation.domain import Role
from moderation.wiring import Service
from tests.doors.newsroom import Desk, a_desk
from tests.doors.reader import set_policy
from tests.doors.site_system import SiteSystem
from tests.doors.test_reports import complain, known_anew, pass_on, published

pytestmark = pytest.mark.usefixtures("no_flood_limit")


async def test_no_notice_of_illegal_content_is_lost_behind_an_address_that_has_reported_before(
    site: SiteSystem, service: Service, kim: Desk
) -> None:
    comment = await published(site)
    plain = await complain(site, comment, reason="spam")
    await kim.decide(comment, "approved")
    notice = {"reason": "illegal", "text": "§ 130 StGB", "name": "Bo", "email": "bo@example.org", "good_faith": True}
    of_bo, same = [await complain(site, comment, **notice) for _ in range(2)]
    of_eve = await complain(site, comment, **{**notice, "email": "eve@example.org"})
    more = await complain(site, comment, **{**notice, "text": "§ 185 StGB"})

    assert [plain.status, of_bo.status, same.status, of_eve.status, more.status] == [201, 201, 200, 201, 201]
    assert same.json == of_bo.json
    assert len({each.json["reference"] for each in (plain, of_bo, of_eve, more)}) == 4
    reported = (await kim.case(comment))["reported"]
    assert [(each["reason"], each["text"], each["state"], each["has_contact"]) for each in reported] == [
        ("illegal", "§ 185 StGB", "open", True),
        ("illegal", "§ 130 StGB", "open", True),
        ("illegal", "§ 130 StGB", "open", True),
        ("spam", None, "dismissed", False),
    ]
    assert len({each["reporter"] for each in reported}) == 1
    ada = await a_desk(service, site, role=Role.ADMIN, name="ada")
    reveals = [f"/v1/reports/{each['id']}/contact" for each in reported[1:3]]
    contacts = [(await ada.ask("POST", reveal, {"reason": "answer"})).json["email"] for reveal in reveals]
    assert contacts == ["eve@example.org", "bo@example.org"]


async def test_a_site_may_pass_on_several_notices_of_a_reader_who_counts_once_towards_the_limit(
    site: SiteSystem, service: Service, kim: Desk
) -> None:
    comment = await published(site)
    await set_policy(service.house, report_limit=3)
    await known_anew(service)
    await pass_on(site, "r-1")
    for text in ("one", "one", "two", "three"):
        assert (await pass_on(site, "r-1", reason="illegal", text=text)).json["status"] == "approved"
    assert [each["text"] for each in (await kim.case(comment))["reported"]] == ["three", "two", "one", None]
    assert (await pass_on(site, None)).json["status"] == "approved"
    assert (await pass_on(site, "r-2", reason="illegal", text="one")).json["status"] == "pending"
