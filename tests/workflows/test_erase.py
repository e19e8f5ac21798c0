"""A person is forgotten: nothing of them is left in any table or file, and the site is told which comments are gone."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from moderation.domain import Complaint, Grievance, Reason, Status
from moderation.errors import StorageUnavailable
from moderation.storage import erasure
from moderation.storage.erasure import scrub
from moderation.storage.metadata import metadata
from moderation.storage.sqlite import file_of
from moderation.storage.tables import authors, comments, decisions, reports
from moderation.wiring import Service
from moderation.workflows.appeal_links import appeal_key
from moderation.workflows.appeals import appeal
from moderation.workflows.deliver import Courier
from moderation.workflows.directory import KnownSite
from moderation.workflows.erase import BATCH, Erased, erase_author
from moderation.workflows.reports import contact_text, named_pseudonym, report
from tests.conftest import copy_sqlite, sqlite_url
from tests.fakes import DOUBT, FakeClock
from tests.makers import a_text, an_arrival
from tests.receivers import Receiver
from tests.workflows.delivering import brought, document_of, told
from tests.workflows.steps import accepted, count_of, edited, ruled, with_policy

ADDRESS = "zyx.kanari@vogel.example.org"
WORDS = "Quetzalcoatlus"


async def erased(service: Service, email: str = ADDRESS) -> Erased:
    house = service.house
    return await erase_author("daily-planet", email, open_work=service.open_work, vault=house.vault, now=service.now)


async def test_every_comment_of_the_author_is_gone_and_the_site_is_told(
    service: Service, known: KnownSite, receiver: Receiver, courier: Courier, clock: FakeClock
) -> None:
    site = with_policy(known, flood_count=0, repeat_limit=0)
    vault, database = service.house.vault, service.house.database
    await told(service.house, known, receiver, "comment.erased", "comment.approved")
    for number in range(BATCH + 2):
        await accepted(
            service,
            site,
            an_arrival(external_id=f"e-{number}", email=ADDRESS, name=WORDS, text=f"{WORDS} {a_text(number)}"),
        )
    pending = an_arrival(external_id="held", email=ADDRESS, name=WORDS, text=f"{DOUBT} {WORDS}")
    receipt = await accepted(service, site, pending)
    other = await accepted(service, site, an_arrival(external_id="other", parent_id="e-0"))
    await edited(service, site, "e-1", f"{WORDS} again", said_at=clock() + timedelta(seconds=1))
    grievance = Grievance(Complaint.ABUSE, "rude", named_pseudonym(vault, known.site.id, "r-1"))
    await report(known.site, "e-2", grievance, at_once=service.at_once, vault=vault, now=service.now)
    await ruled(database, "held", Status.REJECTED, Reason.ABUSE, now=clock())
    key = appeal_key(vault, known.site.id, receipt.id, 2)
    await appeal(known.site, key, WORDS, at_once=service.at_once, vault=vault, now=service.now)

    assert await erased(service, ADDRESS.upper()) == Erased(BATCH + 3, 0)

    assert [await count_of(database, table) for table in (comments, decisions, authors, reports)] == [1, 1, 1, 0]
    await brought(courier)
    events = [document_of(letter) for letter in receiver.received]
    gone = {event["data"]["external_id"] for event in events if event["type"] == "comment.erased"}
    assert gone == {*(f"e-{number}" for number in range(BATCH + 2)), "held"}
    assert {event["data"]["external_id"] for event in events if event["type"] == "comment.approved"} == {"other"}
    async with service.open_reading() as work:
        page = await work.reading.page(known.site.id, "a-1", after="", limit=10)
    assert [comment.id for comment in page.comments] == [other.id]
    assert await erased(service) == Erased(0, 0)


async def test_nothing_of_the_person_is_left_anywhere(service: Service, known: KnownSite, clock: FakeClock) -> None:
    vault, database = service.house.vault, service.house.database
    for words in (WORDS, f"{DOUBT} {WORDS}"):
        await accepted(service, known, an_arrival(email=ADDRESS, name=WORDS, text=f"{words}: {a_text(len(words))}"))
    await accepted(service, known, an_arrival(external_id="other"))
    contact = contact_text(WORDS, ADDRESS)
    grievance = Grievance(Complaint.ILLEGAL, "a law", named_pseudonym(vault, known.site.id, "r-1"), contact)
    await report(known.site, "other", grievance, at_once=service.at_once, vault=vault, now=service.now)
    fingerprint = vault.fingerprint(known.site.id, ADDRESS)

    assert await erased(service) == Erased(2, 1)
    await asyncio.to_thread(scrub, database.url)

    async with service.open_reading() as work:
        for table in metadata.sorted_tables:
            for row in await work.connection.execute(table.select()):
                assert WORDS not in repr(row)
                assert fingerprint not in tuple(row)
        rows = await work.connection.execute(text("SELECT count(*) FROM reports WHERE contact_sealed IS NOT NULL"))
        assert rows.scalar_one() == 0
    if file := file_of(database.url):
        for path in (Path(f"{file}{suffix}") for suffix in ("", "-wal")):
            if path.exists():
                content = path.read_bytes()
                assert WORDS.encode() not in content
                assert WORDS.lower().encode() not in content  # as the index of words has it
                assert fingerprint not in content


@pytest.mark.parametrize("held", ["BEGIN", "BEGIN IMMEDIATE"])
def test_a_file_that_somebody_else_holds_is_not_called_clean(
    sqlite_template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: str
) -> None:
    monkeypatch.setattr(erasure, "_PATIENCE_SECONDS", 0.1)
    copy_sqlite(Path(sqlite_template), tmp_path / "moderation.db")
    url = make_url(sqlite_url(tmp_path))
    with closing(sqlite3.connect(tmp_path / "moderation.db", isolation_level=None)) as other:
        other.execute(held)
        other.execute("SELECT count(*) FROM sites").fetchall()
        with pytest.raises(StorageUnavailable, match="run it again"):
            scrub(url)
        other.execute("ROLLBACK")

    scrub(url)
    assert (tmp_path / "moderation.db-wal").exists() is False
