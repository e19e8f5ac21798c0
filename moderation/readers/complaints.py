"""The door for readers who complain about a published comment: a page without JavaScript, and the same as JSON.

A notice of illegal content (Art. 16 of the Digital Services Act) is one kind of complaint. Each gets a receipt with a
reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from aiohttp import hdrs, web
from pydantic import BaseModel, BeforeValidator, Field, field_validator

from moderation import metrics
from moderation.domain import Complaint, Finding, FormDoor, Grievance, PublicComment, ReportReceipt
from moderation.errors import Invalid, ModerationError, NotFound, UnsupportedMediaType
from moderation.intake.addresses import MAX_EMAIL
from moderation.intake.addresses import email as an_email
from moderation.intake.lengths import MAX_NAME
from moderation.readers.flood import TURNSTILE
from moderation.readers.origins import meet, require_welcome
from moderation.readers.pages import fault_text, field_faults, is_our_fault, page, wants_json
from moderation.readers.texts import texts_of
from moderation.web import texts
from moderation.web.body import read_body
from moderation.web.checking import Fields, check
from moderation.web.forms import FORM_TYPE, parse_form
from moderation.web.identity import address_of, named_site, now_of, service_of
from moderation.web.problems import problem_headers, status_of
from moderation.web.strict_json import loads
from moderation.workflows.directory import KnownSite
from moderation.workflows.reports import contact_text, reader_pseudonym, receipt_of, report

MAX_TEXT = 4_000  # characters
# A reader who is angry reports several comments; a robot reports hundreds.
REPORTS_OF_ADDRESS = 10


def _email_or_none(value: object) -> str | None:
    return None if value is None or value == "" else an_email(value)


def _reason(value: object) -> object:
    if value is None or value == "":
        raise texts.wrong("required", "This is required.")
    if value not in set(Complaint):
        raise texts.wrong("invalid", f"One of: {', '.join(Complaint)}.")
    return Complaint(str(value))


def _ticked(value: object) -> bool:
    """Takes true of JSON, and what a browser sends for a box that is ticked."""
    if value in (None, False, ""):
        return False
    if value is True or value in ("yes", "on", "true"):
        return True
    raise texts.wrong("invalid", "This must be true or false.")


class ReportFields(Fields):
    """A reader's complaint. What is wrong with it is told at once, by these names."""

    reason: Annotated[Complaint, BeforeValidator(_reason)] = Field(description="What is wrong with the comment.")
    text: Annotated[Annotated[str, Field(max_length=MAX_TEXT)] | None, BeforeValidator(texts.text_or_none)] = Field(
        None, validate_default=True, description="What the reader says about it. Required for `illegal`: the reasons."
    )
    name: Annotated[Annotated[str, Field(max_length=MAX_NAME)] | None, BeforeValidator(texts.name_or_none)] = Field(
        None, description="Of whoever sends a notice of illegal content; sealed, for administrators only."
    )
    email: Annotated[Annotated[str, Field(max_length=MAX_EMAIL)] | None, BeforeValidator(_email_or_none)] = Field(
        None, description="Of whoever sends a notice of illegal content; sealed, for administrators only."
    )
    good_faith: Annotated[bool, BeforeValidator(_ticked)] = Field(
        False,
        validate_default=True,
        description="Required for `illegal`: that the reader believes in good faith that it is right and complete.",
    )

    @field_validator("text")
    @classmethod
    def _notice_has_reasons(cls, text: str | None, info: Any) -> str | None:
        if text is None and info.data.get("reason") is Complaint.ILLEGAL:
            raise texts.wrong("required", "A notice of illegal content needs its reasons.")
        return text

    @field_validator("good_faith")
    @classmethod
    def _notice_is_meant(cls, good_faith: bool, info: Any) -> bool:
        if not good_faith and info.data.get("reason") is Complaint.ILLEGAL:
            raise texts.wrong("required", "A notice of illegal content needs this statement.")
        return good_faith


class ReceiptBody(BaseModel):
    """What whoever has complained is told, now and later."""

    reference: str = Field(description="Who knows it can see the receipt.")
    comment: UUID
    reason: Complaint
    state: Finding = Field(description="open; upheld: the comment was rejected; dismissed: it was approved.")
    reported_at: datetime
    settled_at: datetime | None
    decided_by: str = Field("people", description="How such reports are decided: by people, never by the machine.")


async def show_report_form(request: web.Request) -> web.Response:
    """Answers with the form for a complaint, or with what may be chosen, as JSON."""
    known, comment = await _public(request)
    meet(request, known.site)
    if wants_json(request):
        return web.json_response({"reasons": [*Complaint]}, headers={hdrs.VARY: "Accept"})
    return _form_page(request, comment)


async def send_report(request: web.Request) -> web.Response:
    """Takes a complaint."""
    known = await _open_site(request)
    require_welcome(request, known.site)
    typed, is_form = await typed_in(request)
    service, now = service_of(request), now_of(request)
    address, vault, site = address_of(request), service.house.vault, known.site
    comment: PublicComment | None = None
    try:
        await request.app[TURNSTILE].pass_through(
            vault.caller_digest("form", address),
            site.id,
            site_limit=site.policy.form_limit,
            now=now.timestamp(),
            door="report",
            limit=REPORTS_OF_ADDRESS,
        )
        _, comment = await _public(request)
        given = check(ReportFields, typed)
        notice = given.reason is Complaint.ILLEGAL
        grievance = Grievance(
            given.reason,
            given.text,
            reader_pseudonym(vault, site.id, address),
            contact_text(given.name or "", given.email or "") if notice else None,
        )
        receipt, is_new = await report(
            site, comment.external_id, grievance, at_once=service.at_once, vault=vault, now=service.now
        )
    except ModerationError as error:
        if comment is None or wants_json(request) or not is_form or is_our_fault(error):
            raise
        return _refused(request, comment, typed, error)
    if not is_form or wants_json(request):
        return _told(receipt, status=201 if is_new else 200)
    # Relative, since what stands in front of us is not known here.
    to = f"../../../../reports/{quote(receipt.reference)}"
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: to})


async def show_receipt(request: web.Request) -> web.Response:
    """Answers with what became of a complaint."""
    known, service = await named_site(request), service_of(request)
    reference = request.match_info["reference"]
    if not texts.storable(reference):
        raise NotFound
    receipt = await receipt_of(known.site.id, reference, open_reading=service.open_reading)
    if wants_json(request):
        return _told(receipt, status=200)
    response = page(request, "receipt.html", receipt=receipt, is_notice=receipt.complaint is Complaint.ILLEGAL)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


def _told(receipt: ReportReceipt, *, status: int) -> web.Response:
    body = ReceiptBody(
        reference=receipt.reference,
        comment=receipt.comment_id,
        reason=receipt.complaint,
        state=receipt.finding,
        reported_at=receipt.reported_at,
        settled_at=receipt.settled_at,
    )
    headers = {hdrs.VARY: "Accept", hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(
        body=body.model_dump_json().encode(), status=status, content_type="application/json", headers=headers
    )


async def _open_site(request: web.Request) -> KnownSite:
    known = await named_site(request)
    if known.site.policy.reports is FormDoor.CLOSED:
        raise NotFound("This site takes no reports here.")
    return known


async def _public(request: web.Request) -> tuple[KnownSite, PublicComment]:
    """Returns the comment in the address. Raises NotFound unless anyone can read it."""
    known, article = await _open_site(request), request.match_info["article"]
    try:
        key = UUID(request.match_info["comment"])
    except ValueError:
        raise NotFound from None
    if not texts.storable(article):
        raise NotFound
    async with service_of(request).open_reading() as work:
        comment = await work.reading.published(known.site.id, article, key)
    if comment is None:
        raise NotFound("There is no such comment, or not any more.")
    return known, comment


async def typed_in(request: web.Request) -> tuple[object, bool]:
    """Returns what was sent, and whether it was by the form of a browser. Raises UnsupportedMediaType."""
    if request.content_type == FORM_TYPE:
        # Browsers send line breaks as forms had them in 1993.
        form = parse_form(await read_body(request))
        return {name: value.replace("\r\n", "\n") for name, value in form.items()}, True
    if request.content_type != "application/json":
        raise UnsupportedMediaType(f"The body must be {FORM_TYPE} or application/json.")
    return loads(await read_body(request)), False


def _refused(request: web.Request, comment: PublicComment, typed: object, error: ModerationError) -> web.Response:
    spoken = texts_of(request)
    wrong = error.errors if isinstance(error, Invalid) else ()
    metrics.REFUSALS.labels(error.code).inc()
    response = _form_page(
        request,
        comment,
        status=status_of(type(error)),
        typed=typed if isinstance(typed, Mapping) else {},
        faults=field_faults(spoken, wrong),
        whole=fault_text(spoken, "some" if wrong else error.code),
    )
    response.headers.update(problem_headers(error))
    return response


def _form_page(
    request: web.Request,
    comment: PublicComment,
    *,
    status: int = 200,
    typed: Mapping[str, str] = MappingProxyType({}),
    faults: Mapping[str, str] = MappingProxyType({}),
    whole: str | None = None,
) -> web.Response:
    return page(
        request,
        "report.html",
        status=status,
        comment=comment,
        complaints=list(Complaint),
        # The address is never sent back, not even to whoever has typed it.
        typed={name: typed.get(name, "") for name in ("reason", "text", "name", "good_faith")},
        email_was_typed=bool(typed.get("email")),
        faults=faults,
        whole=whole,
    )
