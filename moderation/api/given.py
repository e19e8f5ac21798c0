"""What a request gives to the handlers: its body, and the id in its address."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from aiohttp import web

from moderation.errors import NotFound
from moderation.web.body import read_body, require_json
from moderation.web.checking import Fields, check
from moderation.web.strict_json import loads

Body = TypeVar("Body", bound=Fields)


async def given_body(request: web.Request, model: type[Body]) -> Body:
    """Returns the JSON of a body as a model. Raises what `require_json`, `read_body`, `loads` and `check` raise."""
    require_json(request)
    return check(model, loads(await read_body(request)))


def given_id(request: web.Request) -> UUID:
    """Returns the id in the address. Raises NotFound: what is no id is nobody's."""
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise NotFound from None
