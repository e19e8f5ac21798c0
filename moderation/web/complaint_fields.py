"""What moderators and sites send about reports, appeals and endpoints: bodies and queries."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from moderation.domain import USUAL_EVENTS, AppealState, EventKind, State
from moderation.web import texts
from moderation.web.checking import Fields
from moderation.web.desk_fields import Listing, OptionalMoment
from moderation.web.review_fields import DEFAULT_LIMIT, MAX_NOTE, MAX_VERSION, Limit, number

# Dispatches are numbered from 1 on.
MAX_NUMBER = 2**63 - 1
MAX_URL = 2000

_Text = Annotated[str, Field(max_length=MAX_NOTE)]


class AppealQuery(Listing):
    """The query of a listing of appeals."""

    state: AppealState | None = Field(AppealState.OPEN, strict=False)


class AppealDecisionFields(Fields):
    """What is found on an appeal."""

    outcome: AppealState = Field(
        strict=False, description="granted: the comment is approved; refused: it is rejected again for the same reason."
    )
    answer: Annotated[_Text | None, BeforeValidator(texts.text_or_none)] = Field(
        None, validate_default=True, description="For whoever has appealed, and the site. Required to refuse."
    )
    version: Annotated[int, Field(ge=1, le=MAX_VERSION)] | None = Field(
        None, description="The `version` of the comment that was looked at; not given: as it is now."
    )

    @field_validator("outcome")
    @classmethod
    def _is_one(cls, outcome: AppealState) -> AppealState:
        if outcome is AppealState.OPEN:
            raise texts.wrong("invalid", "One of: granted, refused.")
        return outcome

    @field_validator("answer")
    @classmethod
    def _refusals_are_answered(cls, answer: str | None, info: Any) -> str | None:
        if answer is None and info.data.get("outcome") is AppealState.REFUSED:
            raise texts.wrong("required", "Whoever has appealed must be told why.")
        return answer


class EndpointFields(Fields):
    """Where a site wants to be told."""

    url: Annotated[str, Field(min_length=1, max_length=MAX_URL), BeforeValidator(texts.given)] = Field(
        description="An address of the public internet, https.", examples=["https://planet.example.com/hooks"]
    )
    events: list[Annotated[EventKind, Field(strict=False)]] = Field(
        list(USUAL_EVENTS),
        min_length=1,
        max_length=len(EventKind),
        description="What it is told.",
    )
    coral: bool = Field(False, description="Sign as Coral does, too (X-Coral-Signature).")


class SwitchEndpointFields(Fields):
    """Whether an endpoint is told anything."""

    on: bool


class ReplayFields(Fields):
    """What is to be told again: one message, or what was given up, and since a moment also what was missed."""

    message: Annotated[str, Field(max_length=100)] | None = Field(None, description="A `webhook-id`.")
    since: OptionalMoment = Field(
        None, description="Also what happened from then on (RFC 3339) while the endpoint was off or not there."
    )


class DeliveryQuery(Fields):
    """The query of the delivery log."""

    state: State | None = Field(None, strict=False)
    limit: Limit = DEFAULT_LIMIT
    cursor: Annotated[Annotated[int, Field(ge=1, le=MAX_NUMBER)] | None, BeforeValidator(number)] = None
