"""The doors of the pages about models."""

from __future__ import annotations

from moderation.console import models
from moderation.console.page_routes import page_route
from moderation.console.pages import MODELS
from moderation.web.routes import Access, Handler, Route

_VERSION = "[a-z0-9][A-Za-z0-9._-]{0,99}"


def _form(path: str, handler: Handler, summary: str) -> Route:
    return page_route("POST", f"{MODELS}/{path}", handler, Access.ADMIN, summary)


ROUTES = (
    page_route("GET", MODELS, models.show_models, Access.MODERATOR, "The classifier of a site"),
    page_route(
        "GET", f"{MODELS}/{{version:{_VERSION}}}/card", models.show_card, Access.MODERATOR, "The card of a model"
    ),
    page_route(
        "GET", f"{MODELS}/{{version:{_VERSION}}}/card.md", models.show_card_file, Access.MODERATOR, "The card as a file"
    ),
    _form("retrain", models.send_retrain, "Train the classifier"),
    _form("promote", models.send_promote, "Let a model serve"),
    _form("rollback", models.send_rollback, "Let the model serve that served before"),
    _form("shadow", models.send_shadow, "Let a model score in the shadow"),
)
