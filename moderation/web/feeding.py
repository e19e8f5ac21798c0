"""What tells of the queues: one for each application, which every door wakes when it has changed something."""

from __future__ import annotations

from aiohttp import web

from moderation.workflows.feed import Feed

FEED: web.AppKey[Feed] = web.AppKey("FEED", Feed)


def feed_of(request: web.Request) -> Feed:
    """Returns what tells of the queues."""
    return request.app[FEED]
