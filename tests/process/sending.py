"""What a site does: it signs real comments and sends many at once."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice

from aiohttp import ClientConnectionError, ClientSession, ClientTimeout, TCPConnector
from standardwebhooks import Webhook

from moderation.bundled import bundled_folder

# Comments that people wrote below articles; they come with the service, see models/data/README.md.
_COMMENTS = "data/civil-comments/civil_natural_2200.csv.gz"


@dataclass(frozen=True)
class Keys:
    """What a site holds."""

    site: str
    api_key: str
    webhook_secret: str


@dataclass(frozen=True)
class Delivery:
    """One signed comment, ready to be sent as often as one likes."""

    external_id: str
    path: str
    body: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What the service said to it."""

    status: int
    body: dict[str, object]


@cache
def real_texts() -> list[str]:
    """Returns the texts of real comments that a site can send: 1 to 20 000 characters."""
    packed = (bundled_folder("models") / _COMMENTS).read_bytes()
    rows = csv.DictReader(io.StringIO(gzip.decompress(packed).decode("utf-8")))
    return [text for row in rows if 1 <= len(text := row["text"].strip()) <= 20_000]


def signed(keys: Keys, external_id: str, text: str) -> Delivery:
    """Returns a comment of an author of its own."""
    now = datetime.now(UTC)
    body = json.dumps(
        {
            "type": "comment.submitted",
            "timestamp": now.isoformat(),
            "data": {
                "external_id": external_id,
                "article": {"id": "a-1"},
                "author": {"name": "Ana", "email": f"{external_id}@example.org"},
                "text": text,
            },
        }
    )
    delivery = f"msg-{external_id}"
    headers = {
        "content-type": "application/json",
        "webhook-id": delivery,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(keys.webhook_secret).sign(delivery, now, body),
    }
    return Delivery(external_id, f"/v1/sites/{keys.site}/webhook", body, headers)


def deliveries(keys: Keys, count: int, *, prefix: str = "c") -> list[Delivery]:
    """Returns signed real comments, all different."""
    texts = real_texts()
    assert count <= len(texts)
    return [signed(keys, f"{prefix}-{number}", text) for number, text in enumerate(islice(texts, count))]


async def send(session: ClientSession, delivery: Delivery) -> Answer | None:
    """Sends a delivery; None when the connection broke before an answer came."""
    try:
        async with session.post(delivery.path, data=delivery.body, headers=delivery.headers) as response:
            return Answer(response.status, await response.json(content_type=None))
    except (ClientConnectionError, asyncio.IncompleteReadError):
        return None


async def send_all(
    address: str,
    wanted: Iterable[Delivery],
    *,
    concurrency: int = 32,
    heard: Callable[[Delivery, Answer], None] = lambda delivery, answer: None,
) -> dict[str, Answer]:
    """Sends deliveries over some connections at once; returns the answers that came, by external id.

    `heard` is told each answer as it comes. A connection that breaks sends nothing more.
    """
    queue = iter(wanted)
    answers: dict[str, Answer] = {}

    async def connection(session: ClientSession) -> None:
        for delivery in queue:
            answer = await send(session, delivery)
            if answer is None:
                return
            answers[delivery.external_id] = answer
            heard(delivery, answer)

    async with ClientSession(
        address, connector=TCPConnector(limit=concurrency), timeout=ClientTimeout(total=60)
    ) as session:
        await asyncio.gather(*(connection(session) for _ in range(concurrency)))
    return answers
