"""A site's own system as its developers would write it: it signs with the public library and remembers nothing."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

from aiohttp import ClientSession
from multidict import CIMultiDictProxy
from sqlalchemy import text
from standardwebhooks import Webhook
from yarl import URL

from moderation.wiring import House
from moderation.workflows.sites import Credentials
from tests.fakes import FakeClock

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}


@dataclass(frozen=True)
class Answer:
    """One answer, read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem; anything else than a problem fails the test."""
        assert self.headers["Content-Type"] == "application/problem+json", (self.status, self.body)
        told = self.json
        assert told["status"] == self.status
        assert {"type", "title", "detail"} <= set(told)
        code: str = told["code"]
        return code

    @property
    def verdict(self) -> tuple[int, str]:
        return self.status, self.code

    @property
    def wrong_fields(self) -> dict[str, str]:
        """The fields of an `invalid`, each with its code."""
        assert self.verdict == (422, "invalid"), self.body
        return {error["field"]: error["code"] for error in self.json["errors"]}

    @property
    def lines(self) -> list[Any]:
        assert self.headers["Content-Type"] == "application/x-ndjson", self.body
        return [json.loads(line) for line in self.body.splitlines()]


class SiteSystem:
    """Sends what a site sends. Each call is one request; what differs from the ordinary is named in the call."""

    def __init__(self, client: ClientSession, credentials: Credentials, clock: FakeClock) -> None:
        self.client = client
        self.slug = credentials.site
        self.key = credentials.api_key
        self.secret = credentials.webhook_secret
        self._clock = clock

    async def ask(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Sends one request; the path goes out as it is written."""
        base = str(self.client._base_url).rstrip("/")
        url = URL(base + path, encoded=True)
        skipped = () if headers and "Content-Type" in headers else ("Content-Type",)
        data = None if body is None else BytesIO(body)  # aiohttp warns of large bodies in one piece
        async with self.client.request(
            method, url, data=data, headers=headers, skip_auto_headers=skipped, allow_redirects=False
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    def signed(
        self,
        body: bytes,
        *,
        id: str | None = None,  # noqa: A002
        secret: str | None = None,
        late: float = 0,
    ) -> dict[str, str]:
        """Returns the headers of a delivery of this body; `late` is how many seconds ago it was signed."""
        delivery = id or f"msg_{secrets.token_hex(8)}"
        moment = self._clock() - timedelta(seconds=late)
        signature = Webhook(secret or self.secret).sign(delivery, moment, body.decode())
        return {
            **JSON,
            "webhook-id": delivery,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": signature,
        }

    async def deliver(
        self,
        event: object,
        *,
        id: str | None = None,  # noqa: A002
        secret: str | None = None,
        late: float = 0,
        headers: Mapping[str, str] | None = None,
        site: str | None = None,
    ) -> Answer:
        """Delivers a signed webhook; an event in bytes goes out as it is. `headers` go over the signed ones."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        signed = self.signed(body, id=id, secret=secret, late=late)
        path = f"/v1/sites/{site or self.slug}/webhook"
        return await self.ask("POST", path, body=body, headers={**signed, **(headers or {})})

    async def post(self, payload: object, **headers: str) -> Answer:
        """Posts one comment with the site's key. Underscores in the names of headers stand for hyphens."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return await self.ask("POST", self._path("comments"), body=body, headers={**self.with_key(**headers), **JSON})

    async def post_batch(self, lines: bytes, **headers: str) -> Answer:
        """Posts lines with the site's key."""
        wanted = {**NDJSON, **self.with_key(**headers)}
        return await self.ask("POST", self._path("comments/batch"), body=lines, headers=wanted)

    async def read(self, article: str = "a-1", query: str = "", **headers: str) -> Answer:
        """Reads the public comments of an article; its id goes out as it is written."""
        path = self._path(f"articles/{article}/comments") + (f"?{query}" if query else "")
        return await self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def public_ids(self, article: str = "a-1") -> list[str]:
        """Returns the site's ids of the comments that anyone can read, in their order."""
        answer = await self.read(article)
        assert answer.status == 200, answer
        return [item["external_id"] for item in answer.json["items"]]

    def with_key(self, **headers: str) -> dict[str, str]:
        """Returns the header with the site's key, and others."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Authorization": f"Bearer {self.key}", **named}

    def _path(self, rest: str) -> str:
        return f"/v1/sites/{self.slug}/{rest}"


_TABLES = ("comments", "decisions", "authors", "articles", "outbox", "deliveries")


async def rows_stored(house: House) -> dict[str, int]:
    """Returns how many rows each table has that a site's request can write to."""
    async with house.database.open_reading() as work:
        return {
            table: (await work.connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            for table in _TABLES
        }
