"""The doors for reports, statements of reasons and appeals, as data."""

from __future__ import annotations

from moderation import errors
from moderation.api import complaints
from moderation.api.answers import RuledBody
from moderation.domain import AppealState
from moderation.web.complaint_fields import AppealDecisionFields
from moderation.web.review_fields import DEFAULT_LIMIT, MAX_LIMIT, EmailFields
from moderation.web.routes import Access, Answer, Parameter, Route

_UUID: dict[str, object] = {"type": "string", "format": "uuid"}
_SITE = Parameter("site", "path", "The name of the site.", example="daily-planet")

ROUTES = (
    Route(
        "GET",
        "/v1/sites/{site}/comments/{id}/statement",
        complaints.get_statement,
        Access.SITE_KEY,
        operation_id="get_statement",
        tag="sites",
        summary="Why a comment was rejected, for its author",
        description=(
            "The statement of reasons of Art. 17 of the Digital Services Act about the decision that stands, with the "
            "link to the appeal. The event `comment.rejected` holds the same. There is none for spam."
        ),
        answers=(Answer(200, "The statement.", complaints.StatementBody),),
        parameters=(_SITE, Parameter("id", "path", "Our id of the comment.", _UUID)),
        problems=(errors.NotFound, errors.StorageUnavailable),
    ),
    Route(
        "GET",
        "/v1/sites/{site}/appeals",
        complaints.list_appeals,
        Access.MODERATOR,
        operation_id="list_appeals",
        tag="moderators",
        summary="Appeals of authors against rejections",
        description="Those that wait oldest first, others newest first.",
        answers=(Answer(200, "A page of appeals.", complaints.AppealsBody),),
        parameters=(
            _SITE,
            Parameter("state", "query", "What became of them.", {"enum": [*AppealState], "default": AppealState.OPEN}),
            Parameter(
                "limit",
                "query",
                "How many.",
                {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            ),
            Parameter("cursor", "query", "`next_cursor` of the page before.", _UUID),
        ),
        problems=(errors.NotFound, errors.Invalid, errors.StorageUnavailable),
    ),
    Route(
        "POST",
        "/v1/appeals/{id}/decision",
        complaints.decide_appeal,
        Access.MODERATOR,
        operation_id="decide_appeal",
        tag="moderators",
        summary="Decide on an appeal",
        description=(
            "Whoever has rejected the comment cannot: 403 `own_decision`. The site is told by `appeal.decided`. An "
            "ordinary decision on the comment by another moderator decides the appeal as well."
        ),
        answers=(Answer(201, "It is decided.", RuledBody),),
        parameters=(Parameter("id", "path", "The appeal.", _UUID),),
        request=AppealDecisionFields,
        problems=(
            errors.OwnDecision,
            errors.NotFound,
            errors.Gone,
            errors.AlreadyDecided,
            errors.StorageUnavailable,
            errors.Overloaded,
        ),
        examples={"refused": {"outcome": "refused", "answer": "The rule against insults holds for politicians, too."}},
    ),
    Route(
        "POST",
        "/v1/reports/{id}/contact",
        complaints.reveal_contact,
        Access.ADMIN,
        operation_id="reveal_contact",
        tag="moderators",
        summary="Who has sent a notice of illegal content",
        description="For administrators, with a reason. It is in the audit trail before anything is shown.",
        answers=(Answer(200, "Name and address.", complaints.ContactBody),),
        parameters=(Parameter("id", "path", "The report.", _UUID),),
        request=EmailFields,
        problems=(errors.NotFound, errors.StorageUnavailable, errors.Overloaded),
        examples={"a reason": {"reason": "Tell them what was decided."}},
    ),
)
