"""How a page of the console becomes a route."""

from __future__ import annotations

from moderation.web.routes import Access, Answer, Handler, Method, Route

ID = "[0-9a-f-]{36}"


def page_route(method: Method, path: str, handler: Handler, access: Access, summary: str) -> Route:
    """Returns the route of a page, or of a form on it."""
    module = handler.__module__.rsplit(".", 1)[-1]
    return Route(
        method,
        path,
        handler,
        access,
        operation_id=f"console_{module}_{handler.__name__}_{path.rsplit('/', 1)[-1]}_{method}".lower(),
        tag="console",
        summary=summary,
        description=summary,
        answers=(Answer(200, summary, media_type="text/html"),),
        documented=False,
    )
