"""The doors of the pages beside the queue: articles, authors, one's own figures, settings, the audit trail, status."""

from __future__ import annotations

from dataclasses import replace

from moderation.console import articles, audit, authors, figures, site_settings, status
from moderation.console.page_routes import ID, page_route
from moderation.console.pages import ARTICLES, AUDIT, AUTHORS, FIGURES, SETTINGS_PAGE, STATUS
from moderation.web.desk_fields import MAX_BODY_BYTES
from moderation.web.routes import Access, Answer

# A form writes each byte of a letter beyond ASCII as three.
_FORM_BYTES = 3 * MAX_BODY_BYTES

ROUTES = (
    page_route("GET", ARTICLES, articles.show_articles, Access.MODERATOR, "Articles with their switches"),
    page_route(
        "POST", f"{ARTICLES}/{{article:{ID}}}/switch", articles.send_switch, Access.MODERATOR, "Switch an article"
    ),
    page_route("GET", AUTHORS, authors.show_authors, Access.MODERATOR, "Authors who are judged"),
    page_route("GET", f"{AUTHORS}/{{author:{ID}}}", authors.show_author, Access.MODERATOR, "One author"),
    page_route(
        "POST", f"{AUTHORS}/{{author:{ID}}}/standing", authors.send_standing, Access.MODERATOR, "Judge an author"
    ),
    page_route("GET", FIGURES, figures.show_figures, Access.MODERATOR, "One's own figures"),
    page_route("GET", STATUS, status.show_status, Access.MODERATOR, "How the service is"),
    page_route("GET", SETTINGS_PAGE, site_settings.show_settings, Access.ADMIN, "The settings of a site"),
    replace(
        page_route("POST", SETTINGS_PAGE, site_settings.send_settings, Access.ADMIN, "Try settings out, or save them"),
        max_bytes=_FORM_BYTES,
    ),
    page_route("GET", AUDIT, audit.show_audit, Access.ADMIN, "Who did what"),
    replace(
        page_route("GET", audit.TABLE, audit.download_audit, Access.ADMIN, "Who did what, as a table"),
        answers=(Answer(200, "Who did what, as a table", media_type="text/csv"),),
    ),
)
