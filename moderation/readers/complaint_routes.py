"""The doors for readers who complain, and for authors who appeal, as data."""

from __future__ import annotations

from moderation import errors
from moderation.readers.appealing import AppealBody, AppealFields, send_appeal, show_appeal
from moderation.readers.complaints import (
    REPORTS_OF_ADDRESS,
    ReceiptBody,
    ReportFields,
    send_report,
    show_receipt,
    show_report_form,
)
from moderation.readers.pages import for_people
from moderation.web.forms import FORM_TYPE
from moderation.web.routes import Access, Answer, Handler, Parameter, Route

_SITE = Parameter("site", "path", "The name of the site.", example="daily-planet")
_KEY = Parameter("key", "path", "What the link of a statement of reasons ends with.")
_REPORTS = "/v1/sites/{site}/articles/{article:[^/]+}/comments/{comment}/reports"
_APPEAL = "/v1/sites/{site}/appeals/{key}"
_ON_COMMENT = (
    _SITE,
    Parameter("article", "path", "The site's own id of the article.", example="a-1"),
    Parameter("comment", "path", "Our id of a published comment.", {"type": "string", "format": "uuid"}),
)
_JSON_OR_PAGE = "JSON for `Accept: application/json`, and a page for everybody else."
_TYPES = ("application/json", FORM_TYPE)
_READ = (errors.NotFound, errors.StorageUnavailable)
_WRITTEN = (*_READ, errors.RateLimited, errors.Flood, errors.Overloaded)


def _page(handler: Handler) -> Handler:
    return for_people(handler, missing="nothing_here")


ROUTES = (
    Route(
        "GET",
        _REPORTS,
        _page(show_report_form),
        Access.PUBLIC,
        operation_id="show_report_form",
        tag="readers",
        summary="The form to report a comment",
        description=f"{_JSON_OR_PAGE} The page needs no JavaScript.",
        answers=(Answer(200, "The reasons that may be given."),),
        parameters=_ON_COMMENT,
        problems=_READ,
        pages=True,
    ),
    Route(
        "POST",
        _REPORTS,
        _page(send_report),
        Access.PUBLIC,
        operation_id="send_report",
        tag="readers",
        summary="Report a published comment",
        description=(
            "Needs no account. Raises the comment for moderators; it stays public until one rules, or until the site's "
            "`report_limit` is reached. A reader counts once for a comment. `illegal` is a notice under Art. 16 of the "
            "Digital Services Act, and each is kept with a reference of its own unless it is the same word for word. "
            f"At most {REPORTS_OF_ADDRESS} a minute from one address. {_JSON_OR_PAGE}"
        ),
        answers=(
            Answer(201, "The receipt.", ReceiptBody),
            Answer(200, "The same reader has reported it before, or sent this notice: the first receipt.", ReceiptBody),
            Answer(303, "For a browser: the receipt is there.", media_type=""),
        ),
        parameters=_ON_COMMENT,
        request=ReportFields,
        request_types=_TYPES,
        problems=(errors.Forbidden, *_WRITTEN),
        examples={
            "an insult": {"reason": "abuse"},
            "a notice": {"reason": "illegal", "text": "Denies a crime against humanity.", "good_faith": True},
        },
        pages=True,
    ),
    Route(
        "GET",
        "/v1/sites/{site}/reports/{reference}",
        _page(show_receipt),
        Access.PUBLIC,
        operation_id="show_receipt",
        tag="readers",
        summary="What became of a report",
        description=f"Whoever knows the reference may ask. {_JSON_OR_PAGE}",
        answers=(Answer(200, "The receipt.", ReceiptBody),),
        parameters=(_SITE, Parameter("reference", "path", "The number on the receipt.")),
        problems=_READ,
        pages=True,
    ),
    Route(
        "GET",
        _APPEAL,
        _page(show_appeal),
        Access.PUBLIC,
        operation_id="show_appeal",
        tag="readers",
        summary="A rejection, and what became of the appeal against it",
        description=f"The link comes with the statement of reasons, and is good for half a year. {_JSON_OR_PAGE}",
        answers=(Answer(200, "The statement and the appeal.", AppealBody),),
        parameters=(_SITE, _KEY),
        problems=_READ,
        pages=True,
    ),
    Route(
        "POST",
        _APPEAL,
        _page(send_appeal),
        Access.PUBLIC,
        operation_id="send_appeal",
        tag="readers",
        summary="Appeal against a rejection, once",
        description=f"Another moderator than the one who has rejected decides. {_JSON_OR_PAGE}",
        answers=(
            Answer(201, "The appeal waits for a person.", AppealBody),
            Answer(200, "There was an appeal before; that one counts.", AppealBody),
            Answer(303, "For a browser: the page says so.", media_type=""),
        ),
        parameters=(_SITE, _KEY),
        request=AppealFields,
        request_types=_TYPES,
        problems=(*_WRITTEN, errors.AlreadyDecided),
        pages=True,
    ),
)
