"""How long a moderator waits for a page of the queue, at a million comments of which fifty thousand are pending.

The rows are put straight into the tables, on SQLite and on PostgreSQL. Then pages are asked for over HTTP, of the real
application with its ordinary settings in a process of its own: the first one, and one far behind it. What is printed is
the time until the answer is read, and which index each question was answered from. `best` is the fastest, where others
use the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import psycopg
from aiohttp import ClientSession
from sqlalchemy import Connection, event

from bench.crowd import COMMON, LARGE, RARE, SMALL, Crowd, fill, into_postgresql, into_sqlite
from bench.tables import markdown
from moderation.app import service_app
from moderation.cli.running import calm_the_collector
from moderation.domain import Role
from moderation.settings import Settings
from moderation.storage.migrations import upgrade
from moderation.web.server import start_server
from moderation.wiring import Service, open_house
from moderation.workflows.moderators import add_moderator, add_token
from moderation.workflows.sites import add_site
from tests.postgres import open_server
from tests.postgres_programs import NoPostgres, find_ground

SITE = "daily-planet"


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="bench/queues.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--comments", type=int, default=1_000_000)
    parser.add_argument("--pending", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=200, help="how often each page is asked for")
    parser.add_argument("--deep", type=int, default=20_000, help="how many comments lie before the far page")
    parser.add_argument("--quick", action="store_true", help="40,000 comments, 2,000 pending, 20 times")
    parser.add_argument("--on", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--plans", action="store_true", help="print the whole plans")
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.comments, chosen.pending, chosen.times, chosen.deep = 40_000, 2_000, 20, 1_000
    return chosen


def lists(author: UUID, likes: Sequence[str]) -> list[str]:
    """Returns the queries that are measured; `likes` are comments of campaigns."""
    return [
        *(f"sort={sort}" for sort in ("risk", "uncertain", "reports", "newest", "oldest")),
        "reason=doubtful&sort=newest",
        "reason=audit_sample&sort=risk",
        "reason=audit_sample&sort=uncertain",
        "reason=not_scored&sort=oldest",
        "article=a-7",
        f"author={author}",
        "min_score=0.9&sort=newest",
        "min_score=0.999&sort=oldest",
        "min_score=0.4&max_score=0.6",
        f"q={COMMON}",
        f"q={COMMON}&sort=newest",
        f"q={RARE}",
        f"q={COMMON}+{RARE}&sort=newest",
        "status=approved",
        "status=rejected&sort=oldest",
        f"q={LARGE}&sort=newest",
        *(f"like={comment}&sort=oldest" for comment in likes),
    ]


@contextmanager
def databases(on: str) -> Iterator[list[str]]:
    """Gives the URLs of empty databases."""
    with tempfile.TemporaryDirectory(prefix="moderation-bench-") as folder:
        urls = [f"sqlite+aiosqlite:///{folder}/moderation.db"] if on != "postgresql" else []
        if on == "sqlite":
            yield urls
            return
        try:
            ground = find_ground({})
        except NoPostgres as missing:
            print(f"PostgreSQL is left out: {missing}", file=sys.stderr)
            yield urls
            return
        with open_server(ground, durable=True) as server, server.database() as url:
            yield [*urls, url]


@contextmanager
def serving(url: str) -> Iterator[int]:
    """Serves a database in a process of its own, as moderators know it: who asks is not in its way. Gives its port."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(url, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.close()
        process.join()


def _serve(url: str, asking: Pipe) -> None:
    async def serve() -> None:
        async with (
            open_service(url) as service,
            await start_server(service_app(service), host="127.0.0.1", port=0) as server,
        ):
            asking.send(server.port)
            await asyncio.to_thread(asking.poll, None)  # until whoever asks has gone

    asyncio.run(serve())


@asynccontextmanager
async def open_service(url: str) -> AsyncIterator[Service]:
    """Gives the service on a database, without background work and classifier: nothing is judged here."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=url, data_dir=Path(folder), secret_keys=("k" * 43,))
        async with open_house(settings) as house:
            service = Service(house)
            calm_the_collector()  # as `moderation serve` does
            yield service
            await service.submissions.close()


def put_in(url: str, crowd: Crowd) -> UUID:
    """Fills a database and lets it learn how its columns are spread. Returns an author."""
    with click.progressbar(length=crowd.comments, label="Making comments", file=sys.stderr) as bar:
        if url.startswith("sqlite"):
            path = url.split("///")[1]
            author = fill(into_sqlite(path), crowd, progress=bar.update)
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return author
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as server:
            author = fill(into_postgresql(server), crowd, progress=bar.update)
            server.execute("VACUUM ANALYZE")
            return author


async def measure(url: str, chosen: argparse.Namespace) -> list[list[str]]:
    """Returns one row of figures for each list."""
    upgrade(url)
    async with open_service(url) as service:
        token = await _moderator(service)
        known = await service.directory.find(SITE)
        assert known is not None
        author = put_in(url, Crowd(known.site.id, chosen.comments, chosen.pending))
        with serving(url) as port:
            async with (
                _client(port, token) as client,
                # For the plans of what is asked.
                await start_server(service_app(service), host="127.0.0.1", port=0) as server,
                _client(server.port, token) as own,
            ):
                likes = [(await _page(client, f"q={name}&limit=1"))["items"][0]["id"] for name in (LARGE, f"{SMALL}7")]
                return [await _row(service, client, own, query, chosen) for query in lists(author, likes)]


def _client(port: int, token: str) -> ClientSession:
    return ClientSession(f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"})


async def _moderator(service: Service) -> str:
    open_work, now, house = service.open_work, service.now(), service.house
    await add_site(SITE, "https://planet.example.com", open_work=open_work, vault=house.vault, now=now)
    await add_moderator("kim", Role.MODERATOR, [SITE], password=None, open_work=open_work, now=now)
    return await add_token("kim", open_work=open_work, now=now)


async def _row(
    service: Service, client: ClientSession, own: ClientSession, query: str, chosen: argparse.Namespace
) -> list[str]:
    first = await _page(client, f"{query}&limit=50")
    cursor, deep = first["next_cursor"], 50
    while cursor and deep < chosen.deep:
        page = await _page(client, f"{query}&limit=200&cursor={cursor}")
        cursor, deep = page["next_cursor"] or cursor, deep + len(page["items"])
        if page["next_cursor"] is None:
            break
    figures = await _times(client, f"{query}&limit=50", chosen.times)
    far = await _times(client, f"{query}&limit=50&cursor={cursor}", chosen.times) if cursor else ["–"] * 3
    plans = await _plans(service, own, f"{query}&limit=50")
    if chosen.plans:
        print(f"\n{query}", *plans, sep="\n  ")
    total = f"{first['total']}{'' if first['total_is'] == 'exact' else '+'}"
    return [_named(query), total, *figures, *far, ", ".join(dict.fromkeys(_indexes(plans)))]


def _named(query: str) -> str:
    name, _, rest = query.partition("=")
    return query if name not in ("author", "like") else f"{name}=…" + "".join(rest.partition("&")[1:])


async def _page(client: ClientSession, query: str) -> dict[str, Any]:
    async with client.get(f"/v1/sites/{SITE}/queue?{query}") as response:
        assert response.status == 200, (query, await response.text())
        page: dict[str, Any] = await response.json()
        return page


async def _times(client: ClientSession, query: str, times: int) -> list[str]:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        async with client.get(f"/v1/sites/{SITE}/queue?{query}") as response:
            await response.read()
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return [f"{taken[place]:.1f}" for place in (0, len(taken) // 2, int(len(taken) * 0.99))]


async def _plans(service: Service, client: ClientSession, query: str) -> list[str]:
    """Returns how the database answers what a page asks, with the very statements and parameters."""
    asked: list[tuple[str, Any]] = []

    def note(_: Connection, __: object, statement: str, parameters: Any, *___: object) -> None:
        asked.append((statement, parameters))

    engine = service.house.database._reading_in_thread
    event.listen(engine, "before_cursor_execute", note)
    await _page(client, query)
    event.remove(engine, "before_cursor_execute", note)
    lines = []
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN (ANALYZE, BUFFERS) "
    with engine.connect() as connection:  # which has settings of its own
        for statement, parameters in asked:
            if "comments" in statement:
                rows = connection.exec_driver_sql(explain + statement, parameters)
                lines += [" ".join(map(str, row)) for row in rows]
    return lines


def _indexes(plans: Sequence[str]) -> Iterator[str]:
    for line in plans:
        for word in line.replace("(", " ").split():
            if word.startswith("ix_comments_") or word in ("queue_words", "queue_numbers"):
                yield word.strip("(),").removeprefix("ix_comments_")
        if "Seq Scan on comments" in line or "SCAN comments" in line.replace("SCAN comments USING", ""):
            yield "ALL COMMENTS"


def main() -> None:
    """Measures and prints."""
    chosen = options()
    columns = ["list", "total", "best", "p50", "p99", "far: best", "p50", "p99", "indexes"]
    with databases(chosen.on) as urls:
        for url in urls:
            rows = asyncio.run(measure(url, chosen))
            print(f"\n{url.split('+')[0]}: {chosen.comments:,} comments, {chosen.pending:,} pending; milliseconds")
            print(markdown(columns, rows))


if __name__ == "__main__":
    main()
