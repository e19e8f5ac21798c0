"""The doors for sites, as data."""

from __future__ import annotations

from moderation import errors
from moderation.intake.answers import KnownBody, ReceiptBody
from moderation.intake.envelope import EnvelopeFields
from moderation.intake.examples import EXAMPLE_RECEIPT, EXAMPLE_SUBMISSION, EXAMPLE_WEBHOOKS
from moderation.intake.fields import PostedFields, SubmissionFields
from moderation.intake.posting import MAX_LINES, post_batch, post_comment
from moderation.intake.reading import (
    DEFAULT_LIMIT,
    MAX_ARTICLES,
    MAX_LIMIT,
    CommentsBody,
    CountsBody,
    count_comments,
    list_comments,
)
from moderation.intake.webhook import receive_at_once, receive_webhook
from moderation.web.body import NDJSON_TYPES
from moderation.web.routes import Access, Answer, Parameter, Route

_SITE = Parameter("site", "path", "The name of the site.", example="daily-planet")
_ARTICLE = Parameter("article", "path", "The site's own id of the article.", example="a-1")
_STORED = Answer(201, "The comment is stored and decided.", ReceiptBody, example=EXAMPLE_RECEIPT)
_TAKEN_IN = (
    _STORED,
    Answer(200, "It was stored before: the same receipt again.", ReceiptBody, example=EXAMPLE_RECEIPT),
)
_IN_THE_WAY = (
    errors.NotFound,
    errors.DuplicateComment,
    errors.IdReused,
    errors.CommentsClosed,
    errors.Flood,
    errors.Overloaded,
    errors.StorageUnavailable,
)
_ETAG = {"ETag": "Changes with the content; send it back as If-None-Match."}

ROUTES = (
    Route(
        "POST",
        "/v1/sites/{site}/webhook",
        receive_webhook,
        Access.SITE_SIGNATURE,
        operation_id="receive_webhook",
        tag="sites",
        summary="A signed event of the site",
        description=(
            "Signed as Standard Webhooks 1.0.0 says. Answered only when it is durable. The same delivery may come any "
            "number of times; an id with another body is refused. `data` is, for `comment.submitted`, what "
            "`POST /v1/sites/{site}/comments` takes; for `comment.edited` `external_id` and `text`; for "
            "`comment.deleted` `external_id`; for `comment.reported` `external_id`, `reason` and, if known, `text` and "
            "`reporter`; for `article.updated` `id` and any of `url`, `title`, `comments` "
            "(open or closed), `moderation` (auto or pre). Answers a receipt, or for an article what we hold about it."
        ),
        answers=(
            _STORED,
            Answer(200, "It is done, or was done before.", KnownBody, example=EXAMPLE_RECEIPT),
        ),
        parameters=(_SITE,),
        request=EnvelopeFields,
        comments=1,
        at_once=receive_at_once,
        problems=_IN_THE_WAY,
        examples=EXAMPLE_WEBHOOKS,
    ),
    Route(
        "POST",
        "/v1/sites/{site}/comments",
        post_comment,
        Access.SITE_KEY,
        operation_id="post_comment",
        tag="sites",
        summary="One comment",
        description="The same as `comment.submitted`, for sites that would rather send a key than sign.",
        answers=_TAKEN_IN,
        parameters=(
            _SITE,
            Parameter(
                "Idempotency-Key",
                "header",
                "Stands for `external_id` where the body has none.",
                {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!#-~]+$"},
            ),
        ),
        request=PostedFields,
        comments=1,
        problems=_IN_THE_WAY,
        examples={"a comment": EXAMPLE_SUBMISSION},
    ),
    Route(
        "POST",
        "/v1/sites/{site}/comments/batch",
        post_batch,
        Access.SITE_KEY,
        operation_id="post_comments",
        tag="sites",
        summary=f"Up to {MAX_LINES} comments",
        description=(
            "One JSON object a line; one receipt or problem a line comes back, in the same order. A line can have any "
            "problem that `POST /v1/sites/{site}/comments` can have; after `overloaded` and `storage_unavailable` "
            "send it again."
        ),
        answers=(Answer(200, "One line for each.", media_type="application/x-ndjson"),),
        parameters=(_SITE,),
        request=SubmissionFields,
        request_types=NDJSON_TYPES,
        comments=MAX_LINES,
        problems=(errors.NotFound, errors.Overloaded, errors.StorageUnavailable),
    ),
    Route(
        "GET",
        "/v1/sites/{site}/articles/{article:[^/]+}/comments",  # aiohttp would leave out braces
        list_comments,
        Access.PUBLIC,
        operation_id="list_comments",
        tag="readers",
        summary="The approved comments of an article",
        description="Each comment is followed by its replies, oldest first. Of authors only name and link are shown.",
        answers=(
            Answer(200, "A page of comments.", CommentsBody, headers=_ETAG),
            Answer(304, "Nothing has changed.", media_type="", headers=_ETAG),
        ),
        parameters=(
            _SITE,
            _ARTICLE,
            Parameter("cursor", "query", "`next_cursor` of the page before."),
            Parameter(
                "limit",
                "query",
                "Comments on a page.",
                {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            ),
        ),
        problems=(errors.NotFound, errors.Invalid, errors.StorageUnavailable),
    ),
    Route(
        "GET",
        "/v1/sites/{site}/counts",
        count_comments,
        Access.PUBLIC,
        operation_id="count_comments",
        tag="readers",
        summary="How many approved comments articles have",
        description="For the list of articles on a front page: one request for all of them.",
        answers=(
            Answer(200, "A number for each.", CountsBody, headers=_ETAG, example={"counts": {"a-1": 12, "a-2": 0}}),
            Answer(304, "Nothing has changed.", media_type="", headers=_ETAG),
        ),
        parameters=(
            _SITE,
            Parameter(
                "article",
                "query",
                "The site's own id of an article; may be repeated.",
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": MAX_ARTICLES},
                required=True,
            ),
        ),
        problems=(errors.NotFound, errors.Invalid, errors.StorageUnavailable),
    ),
)
