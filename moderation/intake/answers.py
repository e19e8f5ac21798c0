"""What sites are told: receipts, and how an outcome becomes an answer."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as quoted
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, RootModel

from moderation import domain
from moderation.errors import ModerationError
from moderation.web.problems import problem
from moderation.web.ready import JsonAnswer
from moderation.workflows.judging import Accepted, Outcome

_SCORE_DIGITS = 6  # more would be digits without a meaning


class ReceiptBody(BaseModel):
    """What the site is told about its comment."""

    model_config = ConfigDict(
        json_schema_extra={"required": ["id", "external_id", "status", "reason", "score", "model"]}
    )

    id: UUID = Field(description="Our id of the comment, a UUIDv7.")
    external_id: str = Field(description="The site's own id.")
    status: domain.Status = Field(description="approved: public; pending: a person will look; rejected: not public.")
    reason: domain.Reason = Field(description="Why; the codes are stable.")
    score: float | None = Field(description="P(spam), 0 to 1; null when no classifier could score.", ge=0, le=1)
    model: str | None = Field(description="The version of the classifier that scored.")


class ArticleBody(BaseModel):
    """What we hold about an article now."""

    id: str = Field(description="The site's own id of the article.")
    comments: domain.Comments = Field(description="Whether it takes comments.")
    moderation: domain.Moderation | None = Field(description="Its own moderation; null: as the site's policy says.")


class KnownBody(RootModel[ReceiptBody | ArticleBody]):
    """A receipt, or after `article.updated` what we hold about the article now."""


def receipt_json(receipt: domain.Receipt) -> bytes:
    """Returns a receipt as JSON, as `json.dumps` would write it, in a third of its time."""
    score = "null" if receipt.score is None else repr(round(receipt.score, _SCORE_DIGITS))
    model = "null" if receipt.model is None else quoted(receipt.model)
    return (
        f'{{"id": "{receipt.id}", "external_id": {quoted(receipt.external_id)}, "status": "{receipt.status}", '
        f'"reason": "{receipt.reason}", "score": {score}, "model": {model}}}'
    ).encode("ascii")


def answer_outcome(outcome: Outcome) -> web.Response:
    """Returns what `outcome_json` says as an answer. Raises what stood in the way."""
    status, body = outcome_json(outcome)
    return JsonAnswer(body, status=status)


def outcome_json(outcome: Outcome) -> tuple[int, bytes]:
    """Returns 201 for a new comment and 200 for a known one, and its receipt. Raises what stood in the way."""
    if isinstance(outcome, ModerationError):
        raise outcome
    return 201 if outcome.new else 200, receipt_json(outcome.receipt)


def receipt_answer(receipt: domain.Receipt, *, status: int = 200) -> web.Response:
    """Returns a receipt as an answer."""
    return JsonAnswer(receipt_json(receipt), status=status)


def article_answer(article: str, state: domain.ArticleState) -> web.Response:
    """Returns what we hold about an article as an answer."""
    return web.json_response({"id": article, "comments": state.comments, "moderation": state.moderation})


def line_of(outcome: Outcome) -> bytes:
    """Returns one line of a batch's answer: a receipt or a problem."""
    body = receipt_json(outcome.receipt) if isinstance(outcome, Accepted) else json.dumps(problem(outcome)).encode()
    return body + b"\n"
