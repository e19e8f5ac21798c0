"""The `data` of a request becomes a noun of `domain.py`. The models below are also the schemas of `openapi.json`.

Every function raises Invalid with all wrong fields at once. Their paths start at the data object: `author.email`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from moderation.domain import ArticleRef, ArticleUpdate, Author, Comments, Edit, Moderation, Submission
from moderation.intake import addresses
from moderation.intake.lengths import MAX_FILLED_IN_MS, MAX_ID, MAX_NAME, MAX_TEXT, MAX_TITLE, MAX_TRAP
from moderation.intake.moments import moment_or_none
from moderation.intake.ordinary import ordinary_submission
from moderation.web import texts
from moderation.web.checking import Fields, check


def _moment_or_none(value: object, info: ValidationInfo) -> datetime | None:
    return moment_or_none(value, now=cast(dict[str, Any], info.context)["now"])


# The limits stand on the innermost type, where pydantic checks them after the functions of `texts` and puts them
# into the schema. The patterns are for readers of the schema only: the functions check more than a pattern can say.
_LINE = {"pattern": r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"}
_TEXT = {"pattern": r"^[^\u0000]*$"}
_IdLine = Annotated[str, Field(max_length=MAX_ID, json_schema_extra={**_LINE})]
_TitleLine = Annotated[str, Field(max_length=MAX_TITLE)]
_Url = Annotated[str, Field(max_length=addresses.MAX_URL)]
_Trap = Annotated[str, Field(max_length=MAX_TRAP)]


def _formats_or_none(*formats: str) -> WithJsonSchema:
    """Says that null and the empty string are none, as they are with all that may be missing."""
    return WithJsonSchema(
        {"anyOf": [{"type": "string", "format": each} for each in formats] + [{"const": ""}, {"type": "null"}]}
    )


Id = Annotated[_IdLine, Field(min_length=1), BeforeValidator(texts.identifier)]
OptionalId = Annotated[_IdLine | None, BeforeValidator(texts.identifier_or_none)]
Name = Annotated[
    str, Field(min_length=1, max_length=MAX_NAME, json_schema_extra={**_LINE}), BeforeValidator(texts.name)
]
Text = Annotated[
    str, Field(min_length=1, max_length=MAX_TEXT, json_schema_extra={**_TEXT}), BeforeValidator(texts.text)
]
Email = Annotated[
    str, Field(max_length=addresses.MAX_EMAIL, json_schema_extra={"format": "email"}), BeforeValidator(addresses.email)
]
Title = Annotated[_TitleLine | None, BeforeValidator(texts.title_or_none)]
Page = Annotated[_Url | None, BeforeValidator(addresses.page_or_none)]
Website = Annotated[_Url | None, BeforeValidator(addresses.website_or_none)]
Ip = Annotated[str | None, BeforeValidator(addresses.ip_or_none), _formats_or_none("ipv4", "ipv6")]
UserAgent = Annotated[str | None, BeforeValidator(texts.user_agent_or_none)]
Trap = Annotated[_Trap | None, BeforeValidator(texts.anything_or_none)]
Moment = Annotated[datetime | None, BeforeValidator(_moment_or_none), _formats_or_none("date-time")]
Milliseconds = Annotated[int, Field(ge=0, le=MAX_FILLED_IN_MS)]


class ArticleFields(Fields):
    """The article that is commented on, as the site names it."""

    id: Id = Field(description="The site's own id of the article.", examples=["a-1"])
    url: Page = Field(None, description="Where it is read: http or https.", examples=["https://news.example/a-1"])
    title: Title = Field(None, description="Its headline, in one line.", examples=["A bridge is opened"])


class AuthorFields(Fields):
    """Who wrote the comment. The address and the IP are stored encrypted and never published."""

    name: Name = Field(description="The name to publish, in one line; trimmed.", examples=["Ana"])
    email: Email = Field(
        description="Their e-mail address, checked without asking the DNS.", examples=["ana@example.org"]
    )
    url: Website = Field(
        None,
        description="Their website: http or https; `https://` is put in front of a bare host name.",
        examples=["https://ana.example"],
    )
    ip: Ip = Field(None, description="The address that they wrote from, IPv4 or IPv6.", examples=["192.0.2.7"])
    user_agent: UserAgent = Field(
        None,
        description=f"Their browser. Only {texts.MAX_USER_AGENT} characters are kept, without control characters.",
        examples=["Mozilla/5.0"],
    )


class SubmissionFields(Fields):
    """One comment. Unknown fields are ignored."""

    external_id: Id = Field(description="The site's own id of the comment, unique in the site.", examples=["c-1"])
    article: ArticleFields
    parent_id: OptionalId = Field(None, description="The site's own id of the comment that is answered.")
    author: AuthorFields
    text: Text = Field(description="What they wrote, in any number of lines; trimmed.", examples=["A good article."])
    submitted_at: Moment = Field(
        None,
        description="When they wrote it (RFC 3339, with an offset), at most 24 hours ahead of our clock.",
        examples=["2026-11-23T10:00:00Z"],
    )
    trap: Trap = Field(None, description="The content of a form field that people do not see: a robot fills it in.")
    filled_in_ms: Milliseconds | None = Field(
        None, description="How long the form was open, in milliseconds.", examples=[8000]
    )

    @model_validator(mode="before")
    @classmethod
    def _name_the_fields_of_missing_parts(cls, data: Any) -> Any:
        # "author is required" would be one error now and two more after the next try.
        if not isinstance(data, dict):
            return data
        missing = [part for part in ("article", "author") if data.get(part) is None]
        return {**data, **{part: {} for part in missing}} if missing else data


class PostedFields(SubmissionFields):
    """One comment, for the document only: whether an Idempotency-Key stands for `external_id` no schema can tell."""

    external_id: OptionalId = Field(  # type: ignore[assignment]
        None,
        description="The site's own id of the comment, unique in the site. Required without an Idempotency-Key.",
        examples=["c-1"],
    )


class EditFields(Fields):
    """A new text for a comment that was submitted before."""

    external_id: Id = Field(description="The site's own id of the comment.", examples=["c-1"])
    text: Text = Field(description="The new text; trimmed.", examples=["A very good article."])


class DeletionFields(Fields):
    """A comment that the site has deleted."""

    external_id: Id = Field(description="The site's own id of the comment.", examples=["c-1"])


class ArticleUpdateFields(Fields):
    """What is new about an article. What is not given stays as it is."""

    id: Id = Field(description="The site's own id of the article.", examples=["a-1"])
    url: Page = Field(None, description="Where it is read now; null forgets the old address.")
    title: Title = Field(None, description="Its headline now; null forgets the old one.")
    # Lax, because in strict mode only a member of the enum would do; a string is all that JSON has.
    comments: Comments | None = Field(None, strict=False, description="Whether it takes comments. Null says nothing.")
    moderation: Moderation | None = Field(
        None, strict=False, description="Who decides on its comments; null leaves it to the policy of the site."
    )


def parse_submission(data: object, *, now: datetime, external_id: str | None = None) -> Submission:
    """Returns the comment in `data`. `external_id` stands in when `data` has none, as an Idempotency-Key does.

    `now` is our clock: a comment from more than 24 hours ahead is refused.
    """
    if external_id is not None and isinstance(data, dict) and data.get("external_id") in (None, ""):
        data = {**data, "external_id": external_id}
    return ordinary_submission(data, now=now) or _any_submission(data, now)


def _any_submission(data: object, now: datetime) -> Submission:
    given = check(SubmissionFields, data, {"now": now})
    return Submission(
        external_id=given.external_id,
        article=ArticleRef(id=given.article.id, url=given.article.url, title=given.article.title),
        author=_author(given.author),
        text=given.text,
        parent_id=given.parent_id,
        submitted_at=given.submitted_at,
        trap=given.trap,
        filled_in_ms=given.filled_in_ms,
    )


def _author(given: AuthorFields) -> Author:
    return Author(name=given.name, email=given.email, url=given.url, ip=given.ip, user_agent=given.user_agent)


def parse_edit(data: object) -> Edit:
    """Returns the new text of a comment, of `comment.edited`."""
    given = check(EditFields, data)
    return Edit(external_id=given.external_id, text=given.text)


def parse_deletion(data: object) -> str:
    """Returns the external id of the comment that is gone, of `comment.deleted`."""
    return check(DeletionFields, data).external_id


def parse_article_update(data: object) -> ArticleUpdate:
    """Returns what `article.updated` says, and which of its fields were given at all."""
    update = check(ArticleUpdateFields, data)
    given = update.model_fields_set - {"id"}
    if update.comments is None:
        given = given - {"comments"}
    return ArticleUpdate(
        id=update.id,
        url=update.url,
        title=update.title,
        comments=update.comments,
        moderation=update.moderation,
        given=frozenset(given),
    )
