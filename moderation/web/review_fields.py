"""What moderators send: bodies and queries become nouns, or `Invalid` with all that is wrong."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from multidict import MultiMapping
from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from moderation.domain import QueueFilter, Reason, Ruling, Sort, Standing, Status
from moderation.errors import FieldError, Invalid
from moderation.storage.word_starts import words_of
from moderation.web import texts
from moderation.web.checking import Fields, check_query
from moderation.web.moments import read_moment
from moderation.workflows.review import MOST_AT_ONCE, REASONS, Chosen, Filtered

MAX_NOTE = 2_000  # characters
MAX_BASIS = 500
MAX_WORDS = 200
MAX_LIMIT = 200
DEFAULT_LIMIT = 50
MAX_VERSION = 2**31 - 1


def _words(value: object) -> str | None:
    if value is None:
        return None
    text = texts.string(value)
    if not texts.storable(text) or not words_of(text):
        raise texts.wrong("invalid", "This needs a word: letters or digits.")
    return text


def flag(value: object) -> object:
    """Takes yes or no as a query writes it; a body has true and false anyway."""
    return {"true": True, "1": True, "false": False, "0": False}.get(value, value) if isinstance(value, str) else value


def number(value: object) -> object:
    """Takes a number as a query writes it; a body has numbers anyway."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?(e-?[0-9]{1,3})?", value, re.ASCII | re.IGNORECASE):
        raise texts.wrong("invalid", "This must be a number in digits without a sign, such as 50 or 0.25.")
    return float(value) if re.search(r"[.e]", value, re.IGNORECASE) else int(value)


def moment_or_none(value: object) -> datetime | None:
    """Takes a moment of the years 2000 to 9000, which leave room for what is reckoned from it; or null."""
    if value is None:
        return None
    try:
        moment = read_moment(texts.string(value))
    except ValueError:
        moment = None
    if moment is None or not 2000 <= moment.year <= 9000:
        raise texts.wrong("invalid", "This must be a time with an offset, such as 2026-11-23T10:00:00Z (RFC 3339).")
    return moment


_TEXT = {"pattern": r"^[^\u0000]*$"}
OptionalNote = Annotated[
    Annotated[str, Field(max_length=MAX_NOTE, json_schema_extra={**_TEXT})] | None, BeforeValidator(texts.text_or_none)
]
OptionalBasis = Annotated[
    Annotated[str, Field(max_length=MAX_BASIS, json_schema_extra={**_TEXT})] | None, BeforeValidator(texts.text_or_none)
]
NoteText = Annotated[
    str, Field(min_length=1, max_length=MAX_NOTE, json_schema_extra={**_TEXT}), BeforeValidator(texts.text)
]
Share = Annotated[Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None, BeforeValidator(number)]
Limit = Annotated[Annotated[int, Field(ge=1, le=MAX_LIMIT)], BeforeValidator(number)]
Version = Annotated[int, Field(ge=1, le=MAX_VERSION)]
OptionalId = Annotated[Annotated[str, Field(max_length=200)] | None, BeforeValidator(texts.identifier_or_none)]


class FilterFields(Fields):
    """Which comments of the site; what is not given does not matter."""

    status: Status = Field(Status.PENDING, strict=False, description="Where they are.")
    reason: Reason | None = Field(None, strict=False, description="Why they are there.")
    article: OptionalId = Field(None, description="The site's own id of an article.")
    author: UUID | None = Field(None, strict=False, description="The pseudonym of an author: `author.id` of a comment.")
    min_score: Share = Field(None, description="P(spam) of this or more.")
    max_score: Share = Field(None, description="P(spam) of this or less.")
    q: Annotated[Annotated[str, Field(max_length=MAX_WORDS)] | None, BeforeValidator(_words)] = Field(
        None, description="Words that are all in the text or the author's name; the beginning of a word is enough."
    )

    reported: Annotated[bool, BeforeValidator(flag)] = Field(
        False, description="Only those that readers have reported, and on which nobody has ruled since."
    )

    like: UUID | None = Field(
        None, strict=False, description="The id of a comment: it, and those that say nearly the same."
    )
    up_to: UUID | None = Field(
        None, strict=False, description="The id of a comment: only what has come no later, whatever comes meanwhile."
    )

    def wanted(self) -> QueueFilter:
        """Returns the filter."""
        given = (self.status, self.reason, self.article, self.author, self.min_score, self.max_score)
        return QueueFilter(*given, words_of(self.q or ""), self.reported, self.like, self.up_to)


class QueueQuery(FilterFields):
    """The query of a listing."""

    sort: Sort | None = Field(None, strict=False)
    limit: Limit = DEFAULT_LIMIT
    cursor: str | None = None

    def order(self) -> Sort:
        """Returns the order; where nothing waits for a person, risk is no question any more."""
        return self.sort or (Sort.RISK if self.status is Status.PENDING else Sort.NEWEST)


class RulingFields(Fields):
    """What a moderator decides."""

    status: Status = Field(strict=False, description="approved, rejected, or pending: back into the queue.")
    reason: Reason | None = Field(
        None,
        strict=False,
        validate_default=True,
        description="Required to reject: spam, abuse, hate, off_topic, illegal, personal_data, other. Only `spam` (and "
        "`approved`, the default when approving) teach the classifier.",
    )
    note: OptionalNote = Field(None, description="For colleagues; the site does not see it.")
    basis: OptionalBasis = Field(
        None,
        description="The rule or the law that a rejection rests on: the site is told it, in the statement of reasons.",
    )

    @field_validator("reason")
    @classmethod
    def _fits_the_status(cls, reason: Reason | None, info: Any) -> Reason | None:
        status = info.data.get("status")
        if status is None:
            return reason
        if reason is None:
            if status is Status.REJECTED:
                raise texts.wrong("required", "This is required to reject.")
            return REASONS[status][0]
        if reason not in REASONS[status]:
            raise texts.wrong("invalid", f"To be {status}, one of: {', '.join(REASONS[status])}.")
        return reason

    def ruling(self) -> Ruling:
        """Returns what is decided."""
        return Ruling(self.status, self.reason or REASONS[self.status][0], self.note, self.basis)


class DecisionFields(RulingFields):
    """A decision on a comment as it was seen."""

    version: Version = Field(description="The `version` of the comment that was looked at.")


class ChosenFields(FilterFields):
    """A filter that decides: a misspelt name would mean every comment, so it is refused."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_what_does_not_choose(cls, value: Any) -> Any:
        """Drops what only orders and parts a listing: who decides sends the listing's own query back."""
        if not isinstance(value, dict):
            return value
        return {name: given for name, given in value.items() if name not in ("sort", "limit", "cursor")}


class ManyFields(RulingFields):
    """A decision on many comments: by `ids`, or by a `filter` with the `expected` number of comments."""

    ids: list[Annotated[UUID, Field(strict=False)]] | None = Field(
        None,
        min_length=1,
        max_length=MOST_AT_ONCE,
        description="The comments. All of them are decided, or none.",
    )
    versions: list[Version] | None = Field(
        None, max_length=MOST_AT_ONCE, description="The `version` of each, as it was seen; in the order of `ids`."
    )
    filter: ChosenFields | None = Field(None, description="As in the listing of the queue.")
    expected: Annotated[int, Field(ge=0, le=MOST_AT_ONCE)] | None = Field(
        None, description="How many comments the filter found. If it is another number now, nothing is decided."
    )

    def which(self) -> Chosen | Filtered:
        """Returns which comments are meant. Raises Invalid."""
        if self.filter is None and self.ids is not None:
            if self.versions is not None and len(self.versions) != len(self.ids):
                raise _wrong("versions", "invalid", "There must be one for each of `ids`.")
            return Chosen(tuple(self.ids), tuple(self.versions) if self.versions is not None else None)
        if self.filter is None or self.ids is not None:
            raise _wrong("ids", "required", "Name the comments by `ids`, or else by a `filter`.")
        if self.expected is None:
            raise _wrong("expected", "required", "A `filter` needs the number of comments that it found.")
        return Filtered(self.filter.wanted(), self.expected)


class NoteFields(Fields):
    """A note for colleagues."""

    text: NoteText = Field(description="Plain text.")


class EmailFields(Fields):
    """Why an administrator needs to know an address."""

    reason: NoteText = Field(description="Goes into the audit trail.")


class StandingFields(Fields):
    """What is decided about an author, for this site."""

    standing: Standing = Field(
        strict=False,
        description="`banned`: rejected; `held`: a person sees every comment; `trusted`: not held by score; `normal`.",
    )
    until: Annotated[datetime | None, BeforeValidator(moment_or_none)] = Field(
        None, description="Until when (RFC 3339); not given: for good. Banned until: suspended."
    )
    reason: OptionalNote = Field(None, description="Goes into the audit trail.")

    @field_validator("until")
    @classmethod
    def _normal_has_no_end(cls, until: datetime | None, info: Any) -> datetime | None:
        if until is not None and info.data.get("standing") is Standing.NORMAL:
            raise texts.wrong("invalid", "`normal` has no end.")
        return until


def _wrong(field: str, code: str, sentence: str) -> Invalid:
    return Invalid([FieldError(field, code, sentence)])


def read_query(query: MultiMapping[str]) -> QueueQuery:
    """Returns the query of a listing. An empty value is none. Raises Invalid."""
    return check_query(QueueQuery, query, counted="limit")
