"""The door for readers: a plain page that needs no JavaScript, and the same as JSON for the embedded thread."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from aiohttp import hdrs, web
from pydantic import BaseModel, Field
from pydantic_core import PydanticCustomError

from moderation import metrics
from moderation.domain import Comments, FormDoor, PublicArticle, PublicComment, Status, Submission
from moderation.errors import Invalid, ModerationError, NotFound, UnsupportedMediaType
from moderation.intake.reading import PublicCommentBody, public_json
from moderation.readers.draft import Draft, draft_of, old_form, submission_of
from moderation.readers.flood import TURNSTILE
from moderation.readers.origins import meet, require_welcome
from moderation.readers.pages import fault_text, field_faults, page
from moderation.readers.texts import texts_of
from moderation.readers.token import new_token, read_token
from moderation.web import texts as lines
from moderation.web.body import read_body
from moderation.web.forms import FORM_TYPE, parse_form
from moderation.web.identity import address_of, named_site, now_of, service_of
from moderation.web.limits import KIB
from moderation.web.problems import problem_headers, status_of
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Accepted
from moderation.workflows.submit import Arrival

# The longest comment in a script of four bytes a letter, each written as %XX by the browser, and room for the rest.
MAX_FORM_BYTES = 320 * KIB

_LONGEST_ID = 200


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


async def show_form(request: web.Request) -> web.Response:
    """Answers with the form, as a page or as JSON."""
    known, article = await _door(request)
    meet(request, known.site)
    if wants_json(request):
        body = {"token": _token(request, known, article.id), "comments": article.comments}
        return web.json_response(body, headers={hdrs.VARY: "Accept"})
    sent = request.query.get("sent")
    return await _form_page(
        request,
        known,
        article,
        Draft(parent=request.query.get("parent", "")),
        sent=Status(sent) if sent in set(Status) else None,
    )


async def send_form(request: web.Request) -> web.Response:
    """Takes a comment. A person gets a page, whatever comes of it, and what they have typed is on it."""
    known, article = await _door(request)
    require_welcome(request, known.site)
    if request.content_type != FORM_TYPE:
        raise UnsupportedMediaType(f"The body must be {FORM_TYPE}.")
    draft = draft_of(parse_form(await read_body(request, max_bytes=MAX_FORM_BYTES)))
    try:
        submission, accepted = await _take_in(request, known, article, draft)
    except ModerationError as error:
        if wants_json(request) or isinstance(error, NotFound):
            raise
        return await _refused(request, known, article, draft, error)
    status = accepted.receipt.status
    if wants_json(request):
        return _receipt(submission, accepted, now=now_of(request))
    # Relative, since what stands in front of us is not known here.
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: f"form?sent={status}"})


def wants_json(request: web.Request) -> bool:
    """Tells whether it is a program that asks: browsers name HTML for pages, and others nothing in particular."""
    accepted = request.headers.get(hdrs.ACCEPT, "")
    return "application/json" in accepted and "text/html" not in accepted


async def _door(request: web.Request) -> tuple[KnownSite, PublicArticle]:
    """Returns the site and the article of a form. Raises NotFound, also where the site wants no form."""
    known = await named_site(request)
    if known.site.policy.form is FormDoor.CLOSED:
        raise NotFound("This site takes no comments by the form.")
    try:
        article = lines.identifier(request.match_info["article"])
    except PydanticCustomError:
        raise NotFound from None
    if len(article) > _LONGEST_ID or not lines.storable(article):
        raise NotFound
    async with service_of(request).open_reading() as work:
        return known, await work.reading.article(known.site.id, article)


async def _take_in(
    request: web.Request, known: KnownSite, article: PublicArticle, draft: Draft
) -> tuple[Submission, Accepted]:
    service, now = service_of(request), now_of(request)
    address = address_of(request)
    request.app[TURNSTILE].pass_through(
        service.house.vault.caller_digest("form", address),
        known.site.id,
        site_limit=known.site.policy.form_limit,
        now=now.timestamp(),
    )
    opened = read_token(draft.token, article.id, digest=service.house.vault.form_digest(known.site.id), now=now)
    if opened is None:
        raise old_form()
    parent = await _parent(request, known, article, draft)
    draft = draft if parent else _without_parent(draft)
    submission = submission_of(draft, article.id, opened, ip=_ip(address), now=now)
    outcome = await service.submissions.put((known, Arrival(submission)))
    if isinstance(outcome, ModerationError):
        raise outcome
    return submission, outcome


def _without_parent(draft: Draft) -> Draft:
    """What was answered is gone: the answer stands for itself."""
    return Draft(draft.name, draft.email, draft.website, draft.comment, "", draft.trap, draft.token)


def _ip(address: str) -> str | None:
    """Returns the IP of a caller, or of their network where that is what callers are counted by."""
    try:
        return str(ipaddress.ip_interface(address).ip)
    except ValueError:
        return None


async def _parent(request: web.Request, known: KnownSite, article: PublicArticle, draft: Draft) -> PublicComment | None:
    """Returns the comment that is answered, if anyone can read it."""
    if not draft.parent or len(draft.parent) > _LONGEST_ID or not lines.storable(draft.parent):
        return None
    async with service_of(request).open_reading() as work:
        return await work.reading.comment(known.site.id, article.id, draft.parent)


def _token(request: web.Request, known: KnownSite, article: str) -> str:
    digest = service_of(request).house.vault.form_digest(known.site.id)
    return new_token(article, digest=digest, now=now_of(request))


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


async def _refused(
    request: web.Request, known: KnownSite, article: PublicArticle, draft: Draft, error: ModerationError
) -> web.Response:
    texts = texts_of(request)
    wrong = error.errors if isinstance(error, Invalid) else ()
    faults = field_faults(texts, wrong)
    whole = faults.get("token") or fault_text(texts, "some" if wrong else error.code)
    metrics.REFUSALS.labels(error.code).inc()
    response = await _form_page(
        request, known, article, draft, status=status_of(type(error)), faults=faults, whole=whole
    )
    response.headers.update(problem_headers(error))
    return response


async def _form_page(
    request: web.Request,
    known: KnownSite,
    article: PublicArticle,
    draft: Draft,
    *,
    status: int = 200,
    sent: Status | None = None,
    faults: dict[str, str] | None = None,
    whole: str | None = None,
) -> web.Response:
    return page(
        request,
        "form.html",
        status=status,
        article=article,
        draft=draft,
        parent=await _parent(request, known, article, draft),
        token=_token(request, known, article.id),
        sent=sent,
        faults=faults or {},
        whole=whole,
    )
