"""Moderators who call the service over HTTP, as a program of theirs would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from moderation.domain import Role
from moderation.wiring import Service
from moderation.workflows.moderators import add_moderator, add_token
from tests.doors.site_system import JSON, Answer, SiteSystem
from tests.makers import a_payload


@dataclass(frozen=True)
class Desk:
    """One moderator with a token, beside the system of a site."""

    site: SiteSystem
    name: str
    token: str

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Sends one request with the token; a body goes out as JSON."""
        headers = {"Authorization": f"Bearer {self.token}", **(JSON if body is not None else {})}
        sent = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.site.ask(method, path, body=sent, headers=headers)

    async def queue(self, query: str = "") -> Answer:
        """Lists the queue of the site."""
        return await self.ask("GET", f"/v1/sites/{self.site.slug}/queue?{query}")

    async def listed(self, query: str = "") -> list[str]:
        """Returns the site's ids of the comments on one page."""
        answer = await self.queue(query)
        assert answer.status == 200, answer.body
        return [item["external_id"] for item in answer.json["items"]]

    async def walked(self, query: str, *, limit: int) -> list[str]:
        """Returns the site's ids of all comments, page by page."""
        seen: list[str] = []
        cursor = ""
        while True:
            answer = await self.queue(f"{query}&limit={limit}{cursor}")
            assert answer.status == 200, answer.body
            page = answer.json
            assert len(page["items"]) <= limit
            seen += [item["external_id"] for item in page["items"]]
            assert len(seen) <= 1000, "the pages go round in circles"
            if page["next_cursor"] is None:
                return seen
            cursor = f"&cursor={page['next_cursor']}"

    async def find(self, external_id: str, status: str = "pending") -> dict[str, Any]:
        """Returns a listed comment by the site's id."""
        items = (await self.queue(f"status={status}&limit=200")).json["items"]
        found: dict[str, Any] = next(item for item in items if item["external_id"] == external_id)
        return found

    async def case(self, comment: str) -> dict[str, Any]:
        """Returns a comment with all that belongs to it."""
        answer = await self.ask("GET", f"/v1/comments/{comment}")
        assert answer.status == 200, answer.body
        case: dict[str, Any] = answer.json
        return case

    async def decide(self, comment: str, status: str, reason: str | None = None, **more: object) -> Answer:
        """Decides a comment, as of version 1 unless told otherwise."""
        body = {"status": status, "reason": reason, "version": 1, **more}
        return await self.ask("POST", f"/v1/comments/{comment}/decisions", body)

    async def decide_many(self, status: str, reason: str | None = None, **which: object) -> Answer:
        """Decides many comments of the site."""
        body = {"status": status, "reason": reason, **which}
        return await self.ask("POST", f"/v1/sites/{self.site.slug}/decisions", body)


async def a_desk(service: Service, site: SiteSystem, *sites: str, role: Role = Role.MODERATOR, name: str = "") -> Desk:
    """Returns the desk of a new moderator of these sites (without any: of the site itself)."""
    name = name or f"{role}-{uuid4().hex[:6]}"
    given, open_work, now = sites or (site.slug,), service.open_work, service.now()
    await add_moderator(name, role, given, password=None, open_work=open_work, now=now)
    return Desk(site, name, await add_token(name, open_work=open_work, now=now))


async def held(site: SiteSystem, external_id: str, text: str = "click here", **fields: Any) -> str:
    """Posts a comment that the classifier doubts; returns our id."""
    payload = a_payload(**{"external_id": external_id, "text": f"{external_id} says {text}", **fields})
    answer = await site.post(payload)
    assert (answer.status, answer.json["status"]) == (201, "pending"), answer.body
    comment: str = answer.json["id"]
    return comment
