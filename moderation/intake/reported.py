"""A reader's report that a site passes on: `comment.reported`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

from moderation.domain import Complaint
from moderation.intake.lengths import MAX_ID
from moderation.web import texts
from moderation.web.checking import Fields, check

MAX_REASON = 100
MAX_COMPLAINT = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Reported:
    """What a site says about a report. `reporter` is its own pseudonym of the reader."""

    external_id: str
    complaint: Complaint
    text: str | None
    reporter: str | None


class ReportedFields(Fields):
    """A reader's report."""

    external_id: Annotated[str, Field(max_length=MAX_ID), BeforeValidator(texts.identifier)] = Field(
        description="The site's own id of the comment.", examples=["c-1"]
    )
    reason: Annotated[str, Field(max_length=MAX_REASON), BeforeValidator(texts.name)] = Field(
        description=f"One of: {', '.join(Complaint)}. Any other counts as `other`, and is shown to moderators.",
        examples=["abuse"],
    )
    text: Annotated[Annotated[str, Field(max_length=MAX_COMPLAINT)] | None, BeforeValidator(texts.text_or_none)] = (
        Field(None, description="What the reader has written about it.")
    )
    reporter: Annotated[Annotated[str, Field(max_length=MAX_ID)] | None, BeforeValidator(texts.identifier_or_none)] = (
        Field(None, description="The site's pseudonym of the reader; each counts once for a comment. Never an address.")
    )


def parse_report(data: object) -> Reported:
    """Returns what `comment.reported` says. Raises Invalid."""
    given = check(ReportedFields, data)
    known = given.reason in set(Complaint)
    text = given.text if known else "\n".join(filter(None, (given.reason, given.text)))
    return Reported(
        given.external_id, Complaint(given.reason) if known else Complaint.OTHER, text or None, given.reporter
    )
