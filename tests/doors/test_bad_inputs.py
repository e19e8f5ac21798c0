"""What people and their programs send by accident or on purpose: the whole corpus, through a real socket.

No input may give a 5xx, an answer after more than two seconds, a traceback, or a change of what others see.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, TypeVar
from urllib.parse import quote

import pytest

from moderation.web.problems import meanings
from tests import bad_inputs
from tests.doors.site_system import Answer, SiteSystem
from tests.doors.web_toys import the_log
from tests.makers import a_payload

pytestmark = [pytest.mark.usefixtures("no_flood_limit"), pytest.mark.slow, pytest.mark.alone]

# As many as a small site has at once; each must be answered in time although the others are there.
AT_ONCE = 8
PATIENCE_SECONDS = 5.0  # as promised
LINES = 100

FIELDS = (
    "external_id",
    "parent_id",
    "text",
    "trap",
    "submitted_at",
    "filled_in_ms",
    "article.id",
    "article.url",
    "article.title",
    "author.name",
    "author.email",
    "author.url",
    "author.ip",
    "author.user_agent",
)
FREE_TEXT = ("external_id", "text", "article.id", "article.title", "author.name", "author.user_agent")

CODES = frozenset(meanings())

Item = TypeVar("Item")


async def send_all(items: Iterable[Item], send: Callable[[Item], Awaitable[Answer]]) -> list[tuple[Item, Answer]]:
    """Sends every item, a few at once, and holds each answer against what holds for all of them."""
    answered = []
    waiting = list(items)[::-1]

    async def work() -> None:
        while waiting:
            item = waiting.pop()
            started = perf_counter()
            answer = await send(item)
            seconds = perf_counter() - started
            assert answer.status < 500, (item, answer)
            assert answer.status < 400 or answer.code in CODES, (item, answer)
            assert seconds < PATIENCE_SECONDS, (item, seconds)
            answered.append((item, answer))

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
    return answered


@asynccontextmanager
async def undisturbed(site: SiteSystem) -> AsyncIterator[None]:
    """Holds what a neighbour's reader sees, and what the log says, against what was before."""
    neighbour = a_payload(external_id="neighbour", text="A comment like others.", **{"article.id": "beside"})
    in_the_midst = a_payload(external_id="midst", text="One among them.", **{"article.id": "hostile"})
    for payload in (neighbour, in_the_midst):
        assert (await site.post(payload)).status == 201
    before, item = await site.read("beside"), (await shown_in(site, "hostile"))["midst"]
    with the_log() as logged:
        yield
    after = await site.read("beside")
    assert (after.body, after.headers["ETag"]) == (before.body, before.headers["ETag"])
    assert (await shown_in(site, "hostile"))["midst"] == item
    told = logged.getvalue()
    for trouble in ("Traceback", "unexpected_error", "batch_failed", "scorer_failed"):
        assert trouble not in told, told[:2000]


async def shown_in(site: SiteSystem, article: str) -> dict[str, Any]:
    """Returns all public comments of an article by the site's own id."""
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await site.read(article, f"limit=200&cursor={cursor}")).json
        items += page["items"]
        cursor = page["next_cursor"]
    return {item["external_id"]: item for item in items}


def hostile(**fields: Any) -> dict[str, Any]:
    """Returns the payload of a comment under the article `hostile`, unless told otherwise."""
    return a_payload(**{"article.id": "hostile", **fields})


async def test_every_string_in_every_field_is_taken_or_refused_in_good_order(site: SiteSystem) -> None:
    payloads = [hostile(**{field: string}) for field in FIELDS for string in bad_inputs.strings()]
    batches = [payloads[start : start + LINES] for start in range(0, len(payloads), LINES)]

    async def send(batch: list[dict[str, Any]]) -> Answer:
        return await site.post_batch(b"\n".join(json.dumps(payload).encode() for payload in batch))

    async with undisturbed(site):
        for batch, answer in await send_all(batches, send):
            assert answer.status == 200
            for payload, line in zip(batch, answer.lines, strict=True):
                assert line.get("code", "well") in {"well", "invalid", "too_large", "id_reused"}, (payload, line)


async def test_every_string_in_all_texts_at_once_is_shown_as_it_was_sent(site: SiteSystem) -> None:
    payloads = [hostile(**dict.fromkeys(FREE_TEXT, string)) for string in bad_inputs.strings()]

    async with undisturbed(site):
        answered = await send_all(payloads, site.post)
        taken = [payload for payload, answer in answered if answer.status == 201]
        pages = await send_all(taken, lambda payload: site.read(quote(payload["article"]["id"], safe="")))
    assert len(taken) > 200
    for payload, page in pages:
        shown = {item["external_id"]: item for item in page.json["items"]}
        item = shown.get(payload["external_id"])
        assert item is None or item["text"] in payload["text"], payload


async def test_every_string_in_an_address_is_answered_in_good_order(site: SiteSystem) -> None:
    path = f"/v1/sites/{site.slug}"
    places = (
        path + "/articles/{}/comments",
        path + "/articles/a-1/comments?cursor={}",
        path + "/articles/a-1/comments?limit={}",
        path + "/counts?article={}",
        "/v1/sites/{}/counts?article=a-1",
        "/problems/{}",
        "/{}",
    )
    # A request line has 8 KiB at most; what is longer is another test's subject.
    written = {quote(string.encode("utf-8", "surrogatepass"), safe="") for string in bad_inputs.strings()}
    paths = [place.format(string) for place in places for string in sorted(written) if len(string) < 7_000]
    async with undisturbed(site):
        await send_all(paths, lambda path: site.ask("GET", path))


async def test_an_address_of_a_reader_is_taken_or_refused_as_its_row_says(site: SiteSystem) -> None:
    rows = bad_inputs.rows("emails")

    async def send(row: dict[str, str]) -> Answer:
        return await site.post(hostile(external_id=row["id"], **{"author.email": row["address"]}))

    async with undisturbed(site):
        answered = await send_all(rows, send)
    for row, answer in answered:
        if row["verdict"] == "valid":
            assert answer.status == 201, (row, answer)
        elif row["verdict"] == "invalid":
            assert set(answer.wrong_fields) == {"author.email"}, (row, answer)
        if len(row["address"]) > 5:  # shorter ones are parts of our own words
            assert json.dumps(row["address"])[1:-1] not in answer.body.decode(), row


async def test_a_document_is_parsed_or_refused_as_its_row_says(site: SiteSystem) -> None:
    async with undisturbed(site):
        answered = await send_all(bad_inputs.json_bodies(), lambda row: site.post(row[2]))
    for (name, syntax, body), answer in answered:
        wanted = {"refuse": {(400, "malformed")}, "parse": {(422, "invalid")}}.get(syntax)
        if len(body) > 64 * 1024:
            wanted = {(413, "too_large")}
        elif "duplicated" in name:
            wanted = {(400, "malformed")}  # JSON allows it; two parsers would not read the same
        assert wanted is None or answer.verdict in wanted, (name, answer)
