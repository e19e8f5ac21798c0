"""The doors for moderators, as data."""

from __future__ import annotations

from moderation import errors
from moderation.api import answers, handlers
from moderation.api.events import follow_events
from moderation.domain import Reason, Sort, Status
from moderation.web.review_fields import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    MAX_WORDS,
    DecisionFields,
    EmailFields,
    ManyFields,
    NoteFields,
    StandingFields,
)
from moderation.web.routes import Access, Answer, Parameter, Route

_UUID: dict[str, object] = {"type": "string", "format": "uuid"}
_SITE = Parameter("site", "path", "The name of the site.", example="daily-planet")
_COMMENT = Parameter("id", "path", "Our id of the comment.", _UUID)
_AUTHOR = Parameter("id", "path", "The pseudonym of the author.", _UUID)
_SCORE: dict[str, object] = {"type": "number", "minimum": 0, "maximum": 1}
_WORDS: dict[str, object] = {"type": "string", "minLength": 1, "maxLength": MAX_WORDS}
_ANY_COMMENT = (errors.NotFound, errors.Gone, errors.StorageUnavailable)
_WRITTEN = (*_ANY_COMMENT, errors.Overloaded)

_QUEUE = Route(
    "GET",
    "/v1/sites/{site}/queue",
    handlers.list_queue,
    Access.MODERATOR,
    operation_id="list_queue",
    tag="moderators",
    summary="The comments that wait for a person",
    description=(
        "Every filter goes with every order and with `q`. New arrivals do not move a page that was begun: "
        "`next_cursor` says behind which comment the next page begins, and is good for the same filter and order only."
    ),
    answers=(Answer(200, "A page of comments.", answers.QueueBody),),
    parameters=(
        _SITE,
        Parameter("status", "query", "Where they are.", {"enum": [*Status], "default": Status.PENDING}),
        Parameter(
            "sort",
            "query",
            "`risk`: most probably spam first; `uncertain`: nearest to a probability of one half first; `reports`: "
            "most reported first. Default: `risk` for pending comments, else `newest`. Without a score: last.",
            {"enum": [*Sort]},
        ),
        Parameter("min_score", "query", "P(spam) of this or more.", _SCORE),
        Parameter("max_score", "query", "P(spam) of this or less.", _SCORE),
        Parameter("reason", "query", "Why they are there.", {"enum": [*Reason]}),
        Parameter("reported", "query", "Only those that readers have reported.", {"type": "boolean", "default": False}),
        Parameter("article", "query", "The site's own id of an article."),
        Parameter("author", "query", "The pseudonym of an author.", _UUID),
        Parameter("q", "query", "Words that are all in the text or the author's name, from their beginnings.", _WORDS),
        Parameter("like", "query", "The id of a comment: it, and what says nearly the same.", _UUID),
        Parameter("up_to", "query", "The id of a comment: only what has come no later.", _UUID),
        Parameter(
            "limit",
            "query",
            "Comments on a page.",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        ),
        Parameter("cursor", "query", "`next_cursor` of the page before."),
    ),
    problems=(errors.NotFound, errors.Invalid, errors.StorageUnavailable),
)

_COMMENTS = (
    Route(
        "GET",
        "/v1/comments/{id}",
        handlers.get_comment,
        Access.MODERATOR,
        operation_id="get_comment",
        tag="moderators",
        summary="A comment with all that is known about it",
        description="Its decisions, why it has its score, its author's history by pseudonym, notes, and what is alike.",
        answers=(Answer(200, "The comment.", answers.CaseBody),),
        parameters=(_COMMENT,),
        problems=_ANY_COMMENT,
    ),
    Route(
        "POST",
        "/v1/comments/{id}/decisions",
        handlers.decide,
        Access.MODERATOR,
        operation_id="decide",
        tag="moderators",
        summary="Decide a comment",
        description=(
            "`version` is that of the comment that was looked at. If somebody has decided since, nothing is decided, "
            "and the problem says in `decision` who and what. The site is told by `comment.approved` and the like."
        ),
        answers=(Answer(201, "It is decided.", answers.RuledBody),),
        parameters=(_COMMENT,),
        request=DecisionFields,
        problems=(*_WRITTEN, errors.AlreadyDecided),
        examples={"spam": {"status": "rejected", "reason": "spam", "version": 1}},
    ),
    Route(
        "POST",
        "/v1/comments/{id}/claim",
        handlers.claim,
        Access.MODERATOR,
        operation_id="claim",
        tag="moderators",
        summary="Say that one looks at a comment",
        description="For two minutes; colleagues see it. Claim again to go on. It keeps nobody from deciding.",
        answers=(Answer(200, "It is claimed.", answers.ClaimBody),),
        parameters=(_COMMENT,),
        problems=(*_WRITTEN, errors.Claimed),
    ),
    Route(
        "DELETE",
        "/v1/comments/{id}/claim",
        handlers.release,
        Access.MODERATOR,
        operation_id="release",
        tag="moderators",
        summary="End one's claim",
        description="A decision ends it as well.",
        answers=(Answer(204, "It is not claimed any more."),),
        parameters=(_COMMENT,),
        problems=(*_WRITTEN, errors.Claimed),
    ),
    Route(
        "POST",
        "/v1/comments/{id}/notes",
        handlers.add_note,
        Access.MODERATOR,
        operation_id="add_note",
        tag="moderators",
        summary="Note something for colleagues",
        description="Neither the site nor the author sees it.",
        answers=(Answer(201, "It is noted.", answers.NoteBody),),
        parameters=(_COMMENT,),
        request=NoteFields,
        problems=_WRITTEN,
    ),
    Route(
        "POST",
        "/v1/comments/{id}/author-email",
        handlers.reveal_email,
        Access.ADMIN,
        operation_id="reveal_email",
        tag="moderators",
        summary="The address of a comment's author",
        description="The one place that shows an address. Who asked, and why, stays in the audit trail.",
        answers=(Answer(200, "The address.", answers.EmailBody),),
        parameters=(_COMMENT,),
        request=EmailFields,
        problems=_WRITTEN,
    ),
)

_MANY = (
    Route(
        "POST",
        "/v1/sites/{site}/decisions",
        handlers.decide_many,
        Access.MODERATOR,
        operation_id="decide_many",
        tag="moderators",
        summary="Decide many comments",
        description=(
            "All or none, up to 1000: those with the `ids`, or all that a `filter` finds, if it still finds the "
            "`expected` number of them. With `versions`, comments that were decided since stop it."
        ),
        answers=(Answer(201, "They are decided.", answers.BatchBody),),
        parameters=(_SITE,),
        request=ManyFields,
        problems=(*_WRITTEN, errors.AlreadyDecided, errors.CountChanged),
        examples={
            "all of an author": {
                "status": "rejected",
                "reason": "spam",
                "filter": {"author": "019ab0f2-7c00-7000-8000-000000000002"},
                "expected": 12,
            },
            "a campaign": {
                "status": "rejected",
                "reason": "spam",
                "filter": {
                    "like": "019ab0f2-7c00-7000-8000-000000000003",
                    "up_to": "019ab0f2-7c00-7000-8000-000000000009",
                },
                "expected": 7,
            },
        },
    ),
    Route(
        "POST",
        "/v1/decisions/{id}/undo",
        handlers.undo_decision,
        Access.MODERATOR,
        operation_id="undo_decision",
        tag="moderators",
        summary="Take a decision back",
        description="The comment is as it was before, by one more decision. Only a moderator's, and only the latest.",
        answers=(Answer(201, "It is taken back.", answers.RuledBody),),
        parameters=(Parameter("id", "path", "The decision.", _UUID),),
        problems=(*_WRITTEN, errors.AlreadyDecided, errors.NotUndoable),
    ),
    Route(
        "POST",
        "/v1/batches/{id}/undo",
        handlers.undo_batch,
        Access.MODERATOR,
        operation_id="undo_batch",
        tag="moderators",
        summary="Take a batch back",
        description="What was decided again since stays as it is, and is counted in `kept`.",
        answers=(Answer(201, "It is taken back.", answers.UndoneBody),),
        parameters=(Parameter("id", "path", "The batch.", _UUID),),
        problems=(errors.NotFound, errors.StorageUnavailable, errors.Overloaded),
    ),
)

_AUTHORS = (
    Route(
        "GET",
        "/v1/authors/{id}",
        handlers.get_author,
        Access.MODERATOR,
        operation_id="get_author",
        tag="moderators",
        summary="What a site knows of an author",
        description="By pseudonym: standing, counts, and the latest comments.",
        answers=(Answer(200, "The author.", answers.HistoryBody),),
        parameters=(_AUTHOR,),
        problems=(errors.NotFound, errors.StorageUnavailable),
    ),
    Route(
        "POST",
        "/v1/authors/{id}/standing",
        handlers.set_standing,
        Access.MODERATOR,
        operation_id="set_standing",
        tag="moderators",
        summary="Ban, suspend, hold or trust an author",
        description="For this site, and for comments to come. It stays in the audit trail.",
        answers=(Answer(200, "The author.", answers.AuthorBody),),
        parameters=(_AUTHOR,),
        request=StandingFields,
        problems=(errors.NotFound, errors.StorageUnavailable, errors.Overloaded),
        examples={"suspended": {"standing": "banned", "until": "2026-12-01T00:00:00Z", "reason": "insults"}},
    ),
)

_EVENTS = Route(
    "GET",
    "/v1/sites/{site}/events",
    follow_events,
    Access.MODERATOR,
    operation_id="follow_events",
    tag="moderators",
    summary="What happens in the queue, as it happens",
    description=(
        "Server-sent events: `entered`, `left` and `changed` for decisions, `claimed` and `released`. At least once: "
        "an event can come again after `Last-Event-ID`. `reset` says that too much was missed to be told one by one."
    ),
    answers=(Answer(200, "Events without an end.", media_type="text/event-stream"),),
    parameters=(
        _SITE,
        Parameter("Last-Event-ID", "header", "The id of the last event that came.", _UUID),
        Parameter("after", "query", "The same for whoever cannot set the header; that one goes first.", _UUID),
    ),
    problems=(errors.NotFound, errors.Invalid, errors.Overloaded, errors.StorageUnavailable),
)

ROUTES = (_QUEUE, *_COMMENTS, *_MANY, *_AUTHORS, _EVENTS)
