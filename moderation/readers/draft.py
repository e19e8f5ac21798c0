"""What a reader has typed into the form, and the submission that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from moderation.domain import Submission
from moderation.errors import FieldError, Invalid, NotFound
from moderation.intake.fields import parse_submission
from moderation.intake.lengths import MAX_FILLED_IN_MS
from moderation.readers.token import OpenForm

# The fields of the form in their order, by the names of the submission's fields.
FIELDS = {"author.name": "name", "author.email": "email", "author.url": "website", "text": "comment"}
# No browser fills in a field of this name, and people do not see it.
TRAP = "subject"
TOKEN = "token"  # noqa: S105
PARENT = "parent"


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields of a form as they were sent. Nothing of it is checked."""

    name: str = ""
    email: str = field(default="", repr=False)
    website: str = ""
    comment: str = ""
    parent: str = ""
    trap: str = ""
    token: str = ""


def draft_of(form: Mapping[str, str]) -> Draft:
    """Returns what was typed in."""
    return Draft(
        name=form.get("name", ""),
        email=form.get("email", "").strip(),
        website=form.get("website", ""),
        # Browsers send line breaks as forms had them in 1993.
        comment=form.get("comment", "").replace("\r\n", "\n"),
        parent=form.get(PARENT, ""),
        trap=form.get(TRAP, ""),
        token=form.get(TOKEN, ""),
    )


def submission_of(draft: Draft, article: str, opened: OpenForm, *, ip: str | None, now: datetime) -> Submission:
    """Returns the comment. Raises Invalid with the names of the form's fields, and NotFound for an article whose id
    cannot be one."""
    filled_in_ms = max(0, int((now - opened.opened_at).total_seconds() * 1000))
    data = {
        "external_id": opened.external_id,
        "article": {"id": article},
        "parent_id": draft.parent or None,
        "author": {
            "name": draft.name,
            "email": draft.email,
            "url": draft.website or None,
            # Sealed at once. What the browser calls itself is not kept: nobody needs it to judge a comment.
            "ip": ip,
        },
        "text": draft.comment,
        "submitted_at": None,
        "trap": "filled in" if draft.trap.strip() else None,
        "filled_in_ms": min(filled_in_ms, MAX_FILLED_IN_MS),
    }
    try:
        return parse_submission(data, now=now)
    except Invalid as error:
        wrong = error.errors
    # Outside the handler, so that no traceback leads back to what was typed.
    raise _in_form(wrong)


def old_form() -> Invalid:
    """Returns what is wrong with a form that is not ours, or not any more."""
    return Invalid([FieldError(TOKEN, "invalid", "This form is too old, or not one of ours; send it again.")])


def _in_form(wrong: tuple[FieldError, ...]) -> Invalid | NotFound:
    if any(each.field == "article.id" for each in wrong):
        return NotFound()
    return Invalid([FieldError(FIELDS.get(each.field, PARENT), each.code, each.message) for each in wrong])
