"""Shows the console with real comments, as pictures for the documentation.

A day of a newsroom is played on a fresh database, with comments that are bundled (`models/data` tells whose they are
and under which licence) and names that are made up; the classifier judges them, and two people decide some. Then pages
are opened in Chromium and pictures of them are written.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gzip
import io
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from playwright.async_api import ViewportSize, async_playwright

from moderation.app import service_app
from moderation.bundled import bundled_folder
from moderation.domain import QueueFilter, Reason, Role, Ruling, Sort, Standing, Status
from moderation.scoring import Scorer, load_bundled
from moderation.settings import Settings
from moderation.storage.migrations import upgrade
from moderation.web.server import start_server
from moderation.wiring import Service, open_house
from moderation.workflows import authors, queue, review
from moderation.workflows.passwords import Passwords
from moderation.workflows.sites import set_site
from tests.browser.conftest import CHROMIUM
from tests.browser.office import PHONE, Office, Seat
from tests.conftest import sqlite_url

SITE = "daily-planet"
DESK: ViewportSize = {"width": 1280, "height": 720}
# So long a day is played, and so many comments come in it.
DAY = timedelta(hours=9)
COMMENTS, SPAM = 900, 240

ARTICLES = {
    "bridge-2026": "After nine years the new bridge is open",
    "tram-line-5": "Tram line 5: council decides in March",
    "budget": "What is in the city's budget, and what is not",
    "school-lunch": "School lunches become free of charge",
    "river-path": "Flood damage closes the river path",
}
# fmt: off
NAMES = (
    "Ana Marek", "Bo Lindqvist", "C. Okafor", "Dilara K.", "Emil", "Fenna de Wit", "G. Halloran", "Hye-jin",
    "Ines Prado", "Jonas W.", "Kofi", "Lena", "Mateo R.", "Nadia", "old_ferryman", "Petra S.", "Quentin",
    "Rosa", "Samir H.", "T. Brandt", "Uma", "Vera Lund", "Wim", "Xenia", "Yusuf", "Zofia",
)
# fmt: on
SELLERS = ("Best Offers", "free views", "Crypto Anna", "MrChannel", "DealsDaily")


class MovedClock:
    """The clock on the wall, moved back by as much as is said."""

    def __init__(self) -> None:
        self.back = timedelta()

    def __call__(self) -> datetime:
        """Returns the moment."""
        return datetime.now(UTC) - self.back


def rows(name: str) -> Iterator[dict[str, str]]:
    """Yields the lines of a bundled table."""
    text = gzip.decompress((bundled_folder("models") / "data" / name).read_bytes()).decode()
    yield from csv.DictReader(io.StringIO(text, newline=""))


def comments(random: Random) -> list[dict[str, Any]]:
    """Returns the comments of the day in their order, as fields of a submission."""
    said = [
        row["text"].strip() for row in rows("civil-comments/civil_natural_2200.csv.gz") if row["toxic"] in ("0", "0.0")
    ]
    said = [text for text in said if 60 <= len(text) <= 700]
    sold = [
        row["CONTENT"].strip()
        for video in ("Youtube02-KatyPerry", "Youtube03-LMFAO")
        for row in rows(f"youtube-spam-collection/{video}.csv.gz")
        if row["CLASS"] == "1" and len(row["CONTENT"]) <= 500
    ]
    texts = [(text, random.choice(NAMES)) for text in random.sample(sorted(set(said)), COMMENTS - SPAM)]
    texts += [(text, random.choice(SELLERS)) for text in random.sample(sorted(set(sold)), SPAM)]
    random.shuffle(texts)
    return [
        {
            "external_id": f"c-{number}",
            "text": text,
            "article": article,
            "author": {"name": name, "email": f"{_mailbox(name, number)}@example.org"},
            "parent_id": f"c-{number - 3}" if number % 5 == 4 else None,
        }
        for number, (text, name) in enumerate(texts)
        for article in [_article(random.choice(list(ARTICLES)))]
    ]


def _mailbox(name: str, number: int) -> str:
    """Returns the mailbox of a name; who sells has a new one each time."""
    return f"reader-{NAMES.index(name)}" if name in NAMES else f"seller-{number}"


def _article(key: str) -> dict[str, str]:
    return {"id": key, "url": f"https://{SITE}.example.com/{key}", "title": ARTICLES[key]}


async def play(office: Office, clock: MovedClock) -> None:
    """Lets the day pass: readers write, the classifier judges, people decide a part of what waits."""
    service, house = office.service, office.service.house
    wanted = {
        "moderation": "auto",
        "approve_below": 0.02,
        "reject_above": 0.98,
        "suspect_words": ["casino", "free view*"],
    }
    await set_site(SITE, wanted, open_work=service.open_work, defaults=house.defaults, now=service.now())
    await premoderate(office, "budget")
    day = comments(Random(7))
    for number, fields in enumerate(day):
        clock.back = DAY * (1 - number / len(day))
        await office.post(**fields)
    clock.back = timedelta(minutes=4)


async def premoderate(office: Office, key: str) -> None:
    """Lets a person see every comment on an article first."""
    await office.post(
        external_id="first", article=_article(key), text="When will the figures of last year be published?"
    )
    service = office.service
    async with service.open_work() as work:
        [site] = await work.sites.all()
        article = await work.articles.find(site.id, key)
        assert article is not None
        await work.articles.change(article.id, {"moderation": "pre"}, said_at=service.now())
        await work.commit()


async def decide(office: Office, name: str, share: int, *, days: int, clock: MovedClock) -> None:
    """Lets somebody decide some of what waits, as if it was so many days ago."""
    service = office.service
    async with service.open_reading() as work:
        moderator = await work.moderators.find(name)
        known = await service.directory.find(SITE)
        assert moderator is not None
        assert known is not None
    clock.back = timedelta(days=days)
    page = await queue.list_queue(
        known.site.id,
        QueueFilter(),
        Sort.RISK if days % 2 else Sort.OLDEST,
        after=None,
        limit=share,
        read_at_once=service.read_at_once,
        now=service.now(),
    )
    for comment in page.comments:
        spam = (comment.score or 0) > 0.4
        ruling = Ruling(Status.REJECTED, Reason.SPAM) if spam else Ruling(Status.APPROVED, Reason.APPROVED)
        await review.rule(
            moderator, comment.id, ruling, version=comment.version, at_once=service.at_once, now=service.now
        )
        if spam and days == 1:
            await authors.set_standing(
                moderator,
                comment.author_id,
                Standing.BANNED,
                until=None,
                reason="sells views",
                at_once=service.at_once,
                now=service.now,
            )
    clock.back = timedelta()


@asynccontextmanager
async def newsroom(folder: Path, clock: MovedClock) -> AsyncIterator[Office]:
    """Opens a service with its newsroom, on a fresh database."""
    url = sqlite_url(folder)
    upgrade(url)
    settings = Settings(database_url=url, data_dir=folder / "var", secret_keys=("k" * 43,), audit_sample=0.02)
    async with open_house(settings, now=clock) as house, async_playwright() as playwright:
        cheap = Passwords(PasswordHasher.from_parameters(CHEAPEST))
        service = Service(house, scorer=Scorer(load_bundled(bundled_folder("models"))), passwords=cheap)
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        async with await start_server(service_app(service), host="127.0.0.1", port=0) as server:
            office = Office(service, server, chromium)
            await office.open()
            yield office
            await office.close()
        await chromium.close()
        await service.submissions.close()


async def take(seat: Seat, name: str, path: str, folder: Path, *, whole: bool = False) -> None:
    """Writes a picture of what the browser shows."""
    if path:
        await seat.go(path)
    await seat.page.evaluate("document.fonts.ready")
    await seat.page.screenshot(path=folder / f"{name}.png", full_page=whole, animations="disabled", caret="initial")


async def discuss(service: Service) -> str:
    """Lets lee note something about the comment that leaves the classifier most in doubt, and look at the next one;
    returns the former."""
    async with service.open_reading() as work:
        lee = await work.moderators.find("lee")
        known = await service.directory.find(SITE)
        assert lee is not None
        assert known is not None
    page = await queue.list_queue(
        known.site.id,
        QueueFilter(),
        Sort.UNCERTAIN,
        after=None,
        limit=2,
        read_at_once=service.read_at_once,
        now=service.now(),
    )
    first, second = (comment.id for comment in page.comments)
    write: dict[str, Any] = {"at_once": service.at_once, "now": service.now}
    await queue.note(lee, first, "Nothing is sold here: “check out” is meant as it is said.", **write)
    await queue.claim(lee, second, **write)
    return str(first)


async def shoot(folder: Path, *, every: bool) -> None:
    """Plays the day and writes the pictures."""
    clock = MovedClock()
    with tempfile.TemporaryDirectory() as place:
        async with newsroom(Path(place), clock) as office:
            await play(office, clock)
            kim = await office.seat("kim", role=Role.ADMIN)
            await office.seat("lee")
            for days in (9, 8, 6, 5, 2, 1):
                await decide(office, "kim", 6 + 4 * (days % 3), days=days, clock=clock)
            await decide(office, "lee", 6, days=0, clock=clock)
            clock.back = timedelta()
            await kim.page.set_viewport_size(DESK)
            await pictures(kim, office, folder)
            if every:
                await the_rest(kim, office, folder)


async def pictures(kim: Seat, office: Office, folder: Path) -> None:
    """Writes those of the documentation."""
    comment = await discuss(office.service)
    await kim.go("/console/queue?sort=uncertain")
    await kim.press("j")
    await kim.page.evaluate("scrollTo(0, 0)")
    await take(kim, "queue", "", folder)
    await take(kim, "comment", f"/console/comments/{comment}", folder)
    await take(kim, "scores", "/console/scores?low=90&high=100", folder)
    await kim.go("/console/settings")
    await kim.page.fill("#approve_below", "0.2")
    await kim.page.fill("#text", "Check out my channel for free views!")
    await kim.page.wait_for_selector("#tried-title")
    await kim.page.evaluate("document.activeElement.blur()")
    await take(kim, "settings", "", folder)


async def the_rest(kim: Seat, office: Office, folder: Path) -> None:
    """Writes pictures of all other pages, for whoever works on them."""
    async with office.service.open_reading() as work:
        [site] = await work.sites.all()
        judged = await work.author_files.judged(site.id, None, after=None, limit=1, now=office.service.now())
    paths = {
        name: f"/console/{name}"
        for name in ("articles", "authors", "audit", "figures", "status", "account", "accounts")
    }
    paths["author"] = f"/console/authors/{judged[0].id}"
    for name, path in paths.items():
        await take(kim, name, path, folder)
    for name, path in {
        **paths,
        "queue": "/console/queue",
        "scores": "/console/scores",
        "settings": "/console/settings",
    }.items():
        await kim.page.set_viewport_size(PHONE)
        await take(kim, f"{name}-phone", path, folder)
        await kim.page.set_viewport_size(DESK)
        await kim.page.emulate_media(color_scheme="dark")
        await take(kim, f"{name}-dark", path, folder)
        await kim.page.emulate_media(color_scheme="light")


def main() -> None:
    """Reads the command line and writes the pictures."""
    parser = argparse.ArgumentParser(prog="bench/screenshots.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/console"))
    parser.add_argument("--every", action="store_true", help="all pages, also dark and as wide as a telephone")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(shoot(chosen.folder, every=chosen.every))


if __name__ == "__main__":
    main()
