"""The doors for readers, as data."""

from __future__ import annotations

from pydantic import BaseModel, Field

from moderation import errors
from moderation.readers.demo import show_demo
from moderation.readers.embed import serve_entry, serve_module
from moderation.readers.feeds import ENTRIES, MEDIA_TYPE, show_article_feed, show_site_feed
from moderation.readers.form import FormBody, ReaderReceiptBody, send_form, show_form
from moderation.readers.pages import ASSETS, for_people
from moderation.web.forms import FORM_TYPE
from moderation.web.routes import Access, Answer, Handler, Parameter, Route

_ETAG = {"ETag": "Changes with the content; send it back as If-None-Match."}

SITE = Parameter("site", "path", "The name of the site.", example="daily-planet")
ARTICLE = Parameter("article", "path", "The site's own id of the article.", example="a-1")

FORM = "/v1/sites/{site}/articles/{article:[^/]+}/form"
_JSON_OR_PAGE = "JSON for `Accept: application/json`, and a page for everybody else."


class FormFields(BaseModel):
    """The fields of the form. What is wrong with them is told at once, by these names."""

    token: str = Field(description="The hidden field of the form, or `token` of its JSON; good for one comment.")
    name: str = Field(description="The name to publish: 1 to 100 characters.")
    email: str = Field(description="The e-mail address. It is sealed on arrival and will not be published.")
    website: str = Field("", description="The author's website, if they want a link.")
    comment: str = Field(description="The comment: 1 to 20000 characters after trimming.")
    parent: str = Field("", description="`external_id` of the comment that is answered.")
    subject: str = Field("", description="People do not see this field; whoever fills it in is a robot.")


def page_route(path: str, handler: Handler, operation_id: str, summary: str) -> Route:
    """Returns the route of something for browsers, which the document of the API leaves out."""
    return Route(
        "GET",
        path,
        handler,
        Access.PUBLIC,
        operation_id=operation_id,
        tag="readers",
        summary=summary,
        description=summary,
        answers=(Answer(200, summary, media_type="text/html"),),
        documented=False,
    )


def _feed(path: str, handler: Handler, operation_id: str, summary: str, *parameters: Parameter) -> Route:
    return Route(
        "GET",
        path,
        handler,
        Access.PUBLIC,
        operation_id=operation_id,
        tag="readers",
        summary=summary,
        description=f"An Atom feed (RFC 4287) of the {ENTRIES} approved comments that came last, the newest first.",
        answers=(
            Answer(200, "The feed.", media_type=MEDIA_TYPE, headers=_ETAG),
            Answer(304, "Nothing has changed.", media_type="", headers=_ETAG),
        ),
        parameters=parameters,
        problems=(errors.NotFound, errors.StorageUnavailable),
    )


ROUTES = (
    Route(
        "GET",
        FORM,
        for_people(show_form),
        Access.PUBLIC,
        operation_id="show_form",
        tag="readers",
        summary="The form for a comment",
        description=(
            f"{_JSON_OR_PAGE} The page needs no JavaScript; `parent` names the comment that is answered. Pages of the "
            "site, and of the origins in its setting `allowed_origins`, may read the JSON."
        ),
        answers=(Answer(200, "What is needed to send a comment.", FormBody),),
        parameters=(SITE, ARTICLE, Parameter("parent", "query", "`external_id` of the comment that is answered.")),
        problems=(errors.NotFound, errors.StorageUnavailable),
        pages=True,
    ),
    Route(
        "POST",
        FORM,
        for_people(send_form),
        Access.PUBLIC,
        operation_id="send_form",
        tag="readers",
        summary="A comment from a reader's browser",
        description=(
            f"{_JSON_OR_PAGE} A page answers 303 when the comment was taken, and shows what is wrong beside the fields "
            "otherwise. The token tells how long the form was open. The receipt says neither score nor reason."
        ),
        answers=(
            Answer(201, "The comment is stored and decided.", ReaderReceiptBody),
            Answer(200, "This form was sent before: the same receipt again.", ReaderReceiptBody),
            Answer(303, "For a browser: the comment was taken, and a page says what became of it.", media_type=""),
        ),
        parameters=(SITE, ARTICLE),
        request=FormFields,
        request_types=(FORM_TYPE,),
        comments=1,
        problems=(
            errors.Forbidden,
            errors.NotFound,
            errors.DuplicateComment,
            errors.IdReused,
            errors.CommentsClosed,
            errors.RateLimited,
            errors.Flood,
            errors.Overloaded,
            errors.StorageUnavailable,
        ),
        pages=True,
    ),
    _feed("/v1/sites/{site}/feed", show_site_feed, "site_feed", "What was published last on a site", SITE),
    _feed(
        "/v1/sites/{site}/articles/{article:[^/]+}/feed",
        show_article_feed,
        "article_feed",
        "What was published last on an article",
        SITE,
        ARTICLE,
    ),
    page_route("/demo/", show_demo, "show_demo", "A small article to try it out"),
    page_route("/embed.js", serve_entry, "get_embed", "The thread under an article, as one tag"),
    page_route("/embed/{name}", serve_module, "get_embed_module", "What it is made of"),
    page_route("/readers/{name}", ASSETS.serve, "get_readers_asset", "What pages for readers are made of"),
)
