"""What moderators send for articles, the audit trail and settings; see `review_fields.py` for comments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from multidict import MultiMapping
from pydantic import BeforeValidator, Field

from moderation.domain import ArticleFilter, Comments, Moderation, Standing, TrailFilter, TrailKind
from moderation.web import texts
from moderation.web.checking import Fields, check_query
from moderation.web.review_fields import DEFAULT_LIMIT, MAX_VERSION, Limit, moment_or_none

MAX_NAME = 200  # characters of a name that is looked for
MAX_TEXT = 20_000  # characters of a text that is tried out, as many as a comment may have
MAX_BODY_BYTES = 1024 * 1024  # two word lists of 10 000 ordinary words each

Query = TypeVar("Query", bound=Fields)


OptionalMoment = Annotated[datetime | None, BeforeValidator(moment_or_none)]
OptionalLine = Annotated[Annotated[str, Field(max_length=MAX_NAME)] | None, BeforeValidator(texts.name_or_none)]


class Listing(Fields):
    """Which part of a list is wanted; `cursor` is the id behind which it begins."""

    limit: Limit = DEFAULT_LIMIT
    cursor: UUID | None = Field(None, strict=False)


class TrailQuery(Listing):
    """Which entries of the audit trail."""

    kind: TrailKind | None = Field(None, strict=False)
    person: OptionalLine = None
    since: OptionalMoment = None
    until: OptionalMoment = None
    comment: UUID | None = Field(None, strict=False)

    def wanted(self) -> TrailFilter:
        """Returns the filter."""
        return TrailFilter(self.kind, self.person, self.since, self.until, self.comment)


class ArticleQuery(Listing):
    """Which articles."""

    comments: Comments | None = Field(None, strict=False)
    moderation: Moderation | None = Field(None, strict=False)
    q: OptionalLine = None

    def wanted(self) -> ArticleFilter:
        """Returns the filter."""
        return ArticleFilter(self.comments, self.moderation, self.q)


class AuthorQuery(Listing):
    """Which of the authors about whom something is decided."""

    standing: Standing | None = Field(None, strict=False)


class SwitchFields(Fields):
    """The switches of an article; what is not given stays as it is."""

    comments: Comments = Field(Comments.OPEN, strict=False, description="Whether it takes comments.")
    moderation: Moderation | None = Field(
        None, strict=False, description="`pre`: a person sees each comment first; null: as the site's settings say."
    )

    def given(self) -> dict[str, object]:
        """Returns what was given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class SettingsFields(Fields):
    """Settings to be changed, by name; null goes back to the default."""

    settings: dict[str, Any] = Field(description="As in the answer of GET: only those that change need be named.")


class ChangeFields(SettingsFields):
    """A change of settings as they were seen."""

    version: Annotated[int, Field(ge=0, le=MAX_VERSION)] = Field(description="The `version` that was seen.")


class TryFields(Fields):
    """A text to be tried out, under the settings that hold or under others."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT), BeforeValidator(texts.text)]
    settings: dict[str, Any] = Field(default_factory=dict, description="Settings that are only tried out.")


def read_listing(model: type[Query], query: MultiMapping[str]) -> Query:
    """Returns the query of a listing. An empty value is none. Raises Invalid."""
    return check_query(model, query)
