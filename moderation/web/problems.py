"""Which HTTP status each error gets, and how it looks as a problem (RFC 9457). Pure: no request is needed.

One table from class to status; a class that is not in it has the status of its nearest ancestor.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import NotRequired, TypedDict, cast

from pydantic import BaseModel, ConfigDict, Field

from moderation import errors

MEDIA_TYPE = "application/problem+json"

ErrorClass = type[errors.ModerationError]

STATUS: Mapping[ErrorClass, int] = {
    errors.ModerationError: 500,
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Gone: 410,
    errors.RequestTimeout: 408,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.Invalid: 422,
    errors.Flood: 429,
    errors.TryLater: 503,
}

# What aiohttp refuses by itself, before a handler of ours could raise.
_HTTP_ONLY: Mapping[int, tuple[str, str]] = {
    405: ("method_not_allowed", "This address does not know this method; the Allow header names those it knows."),
    406: ("not_acceptable", "There is no form of this answer that the request accepts."),
    417: ("expectation_failed", "Only `Expect: 100-continue` can be met."),
    500: ("internal", "Something went wrong on our side. It is logged; nothing about it can be told here."),
}


class FieldProblem(BaseModel):
    """One wrong field of a request."""

    field: str = Field(description="Dotted path into the body, or a parameter's name.", examples=["author.email"])
    code: str = Field(description="Stable code, such as `required`, `invalid`, `too_long`.", examples=["required"])
    message: str = Field(description="A sentence that does not repeat what was sent.")


class Problem(BaseModel):
    """An error as RFC 9457 describes it. Compare `code`; show `detail`."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="Address of a page about this kind of problem.", examples=["/problems/not_found"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    code: str = Field(description="Stable, in snake case.", examples=["not_found"])
    errors: list[FieldProblem] | None = Field(default=None, description="Only for `invalid`: all wrong fields at once.")
    decision: dict[str, object] | None = Field(
        default=None, description="Only for `already_decided`: who has decided what, and when."
    )
    claim: dict[str, object] | None = Field(default=None, description="Only for `claimed`: who looks at it until when.")
    count: int | None = Field(default=None, description="Only for `count_changed`: how many there are now.")


class ProblemDict(TypedDict):
    """A `Problem` as it is written."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: NotRequired[list[dict[str, str]]]
    decision: NotRequired[object]
    claim: NotRequired[object]
    count: NotRequired[object]


def status_of(kind: ErrorClass) -> int:
    """Returns the HTTP status of an error class."""
    return next(STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS)


def problem(error: errors.ModerationError) -> ProblemDict:
    """Returns the error as a problem. What is our fault (500) is told without its reason."""
    status = status_of(type(error))
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return http_problem(status)
    answer = _problem(status, error.code, str(error))
    if isinstance(error, errors.Invalid):
        answer["errors"] = [{"field": e.field, "code": e.code, "message": e.message} for e in error.errors]
    if isinstance(error, errors.Conflict):
        answer.update(cast(ProblemDict, error.facts))
    return answer


def http_problem(status: int) -> ProblemDict:
    """Returns the problem for a status that no error class of ours stands for, such as 405, or that aiohttp has set."""
    for kind in error_classes():
        if status_of(kind) == status and status < HTTPStatus.INTERNAL_SERVER_ERROR and "code" in kind.__dict__:
            return _problem(status, kind.code, _sentence(kind))
    code, detail = _HTTP_ONLY.get(status) or _unforeseen(status)
    return _problem(status, code, detail)


def problem_headers(error: errors.ModerationError) -> dict[str, str]:
    """Returns the headers that belong to an error: when to come again, how to say who one is."""
    headers: dict[str, str] = {}
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.TryLater):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Flood):
        # draft-ietf-httpapi-ratelimit-headers: q requests in w seconds; r are left, again in t seconds.
        headers["RateLimit-Policy"] = f'"{error.code}";q={error.limit};w={error.window}'
        headers["RateLimit"] = f'"{error.code}";r=0;t={error.retry_after}'
    return headers


def title_of(code: str) -> str:
    """Returns a code as words."""
    return code.replace("_", " ").capitalize()


def meanings() -> dict[str, tuple[int, str]]:
    """Returns the status and a sentence for every code that an answer can carry."""
    known = {code: (status, sentence) for status, (code, sentence) in _HTTP_ONLY.items()}
    for kind in error_classes():
        if status_of(kind) < HTTPStatus.INTERNAL_SERVER_ERROR or issubclass(kind, errors.TryLater):
            known.setdefault(kind.code, (status_of(kind), _sentence(kind)))
    return dict(sorted(known.items()))


def error_classes(
    root: type[errors.ModerationError] = errors.ModerationError,
) -> Iterator[type[errors.ModerationError]]:
    """Walks the tree of `errors.py` below its root. Classes without a code of their own only group others."""
    for kind in root.__subclasses__():
        if "code" in kind.__dict__:
            yield kind
        yield from error_classes(kind)


def _sentence(kind: ErrorClass) -> str:
    return (kind.__doc__ or "").split("\n\n")[0].replace("\n", " ").strip()


def _unforeseen(status: int) -> tuple[str, str]:
    phrase = http.client.responses.get(status, "Error")
    return phrase.lower().replace(" ", "_").replace("-", "_").replace("'", ""), f"{phrase}."


def _problem(status: int, code: str, detail: str) -> ProblemDict:
    return {"type": f"/problems/{code}", "title": title_of(code), "status": status, "detail": detail, "code": code}
