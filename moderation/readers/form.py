"""The door for readers: a plain page that needs no JavaScript, and the same as JSON for the embedded thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from uuid import UUID

from aiohttp import hdrs, web
from pydantic import BaseModel, Field

from moderation import metrics
from moderation.domain import Comments, PublicArticle, PublicComment, Status, Submission
from moderation.errors import Invalid, ModerationError, NotFound, StorageUnavailable, UnsupportedMediaType
from moderation.intake.reading import PublicCommentBody, public_json
from moderation.readers.draft import TOKEN, Draft, draft_of
from moderation.readers.flood import TURNSTILE
from moderation.readers.letterbox import Letterbox, letterbox_of
from moderation.readers.origins import meet, require_welcome
from moderation.readers.pages import fault_text, field_faults, is_our_fault, page, wants_json
from moderation.readers.texts import texts_of
from moderation.web.body import read_body
from moderation.web.forms import FORM_TYPE, parse_form
from moderation.web.identity import now_of
from moderation.web.limits import KIB
from moderation.web.problems import problem_headers, status_of
from moderation.workflows.judging import Accepted

# The longest comment in a script of four bytes a letter, each written as %XX by the browser, and room for the rest.
MAX_FORM_BYTES = 320 * KIB


class FormBody(BaseModel):
    """What a page needs to send a comment."""

    token: str = Field(description="Good for one comment on this article, for a week.")
    comments: Comments = Field(description="Whether the article takes comments.")


class ReaderReceiptBody(BaseModel):
    """What a reader is told: neither score nor reason, by which a robot could learn."""

    id: UUID
    external_id: str
    status: Status
    comment: PublicCommentBody | None = Field(description="The comment as it is published; null while it is not.")


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands around a form: its article, and the comment that is answered, if one is."""

    article: PublicArticle
    answered: PublicComment | None


async def show_form(request: web.Request) -> web.Response:
    """Answers with the form, as a page or as JSON."""
    letterbox = await letterbox_of(request)
    meet(request, letterbox.known.site)
    if wants_json(request):
        body = {"token": letterbox.token(), "comments": (await letterbox.about()).comments}
        return web.json_response(body, headers={hdrs.VARY: "Accept"})
    sent = request.query.get("sent")
    draft = Draft(parent=request.query.get("parent", ""))
    shown = Shown(await letterbox.about(), await letterbox.answered(draft))
    return _form_page(request, letterbox, shown, draft, sent=Status(sent) if sent in set(Status) else None)


async def send_form(request: web.Request) -> web.Response:
    """Takes a comment. A person gets a page, whatever comes of it, and what they have typed is on it."""
    letterbox = await letterbox_of(request)
    require_welcome(request, letterbox.known.site)
    if request.content_type != FORM_TYPE:
        raise UnsupportedMediaType(f"The body must be {FORM_TYPE}.")
    draft = draft_of(parse_form(await read_body(request, max_bytes=MAX_FORM_BYTES)))
    try:
        await letterbox.count_try(request.app[TURNSTILE])
        submission, accepted = await letterbox.take(draft)
    except ModerationError as error:
        if wants_json(request) or isinstance(error, NotFound) or is_our_fault(error):
            raise
        return await _refused(request, letterbox, draft, error)
    if wants_json(request):
        return _receipt(submission, accepted, now=now_of(request))
    # Relative, since what stands in front of us is not known here.
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: f"form?sent={accepted.receipt.status}"})


def _receipt(submission: Submission, accepted: Accepted, *, now: datetime) -> web.Response:
    receipt, author = accepted.receipt, submission.author
    comment = PublicComment(
        receipt.id, receipt.external_id, submission.parent_id, author.name, author.url, submission.text, now
    )
    body = {
        "id": str(receipt.id),
        "external_id": receipt.external_id,
        "status": receipt.status,
        "comment": public_json(comment) if receipt.status is Status.APPROVED else None,
    }
    return web.json_response(body, status=201 if accepted.new else 200)


async def _refused(request: web.Request, letterbox: Letterbox, draft: Draft, error: ModerationError) -> web.Response:
    """Shows the form again with what was typed, and what is wrong with it."""
    texts = texts_of(request)
    wrong = error.errors if isinstance(error, Invalid) else ()
    faults = field_faults(texts, wrong)
    whole = faults.get(TOKEN) or fault_text(texts, "some" if wrong else error.code)
    metrics.REFUSALS.labels(error.code).inc()
    try:
        shown = Shown(await letterbox.about(), await letterbox.answered(draft))
    except StorageUnavailable:
        shown = Shown(PublicArticle(letterbox.article), None)  # the draft counts, not what stands around it
    response = _form_page(request, letterbox, shown, draft, status=status_of(type(error)), faults=faults, whole=whole)
    response.headers.update(problem_headers(error))
    return response


def _form_page(
    request: web.Request,
    letterbox: Letterbox,
    shown: Shown,
    draft: Draft,
    *,
    status: int = 200,
    sent: Status | None = None,
    faults: Mapping[str, str] = MappingProxyType({}),
    whole: str | None = None,
) -> web.Response:
    return page(
        request,
        "form.html",
        status=status,
        article=shown.article,
        parent=shown.answered,
        draft=draft,
        token=letterbox.token(),
        sent=sent,
        faults=faults,
        whole=whole,
    )
