"""The page behind the link in a statement of reasons: what was decided and why, and once a word against it."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from aiohttp import hdrs, web
from pydantic import BaseModel, BeforeValidator, Field

from moderation import metrics
from moderation.domain import AppealState
from moderation.errors import AlreadyDecided, Invalid, ModerationError
from moderation.readers.complaints import MAX_TEXT, REPORTS_OF_ADDRESS, typed_in
from moderation.readers.flood import TURNSTILE
from moderation.readers.pages import fault_text, field_faults, is_our_fault, page, wants_json
from moderation.readers.texts import texts_of
from moderation.web import texts
from moderation.web.checking import Fields, check
from moderation.web.identity import address_of, named_site, now_of, service_of
from moderation.web.problems import problem_headers, status_of
from moderation.workflows.appeals import AppealCase, appeal, look_at_appeal
from moderation.workflows.directory import KnownSite


class AppealFields(Fields):
    """What an author says against a decision."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT), BeforeValidator(texts.text)] = Field(
        description="Why the decision is wrong."
    )


class AppealBody(BaseModel):
    """What whoever has the link may know."""

    statement: str = Field(description="What was decided, and why.")
    can_appeal: bool = Field(description="Whether an appeal can be made now: once, while the decision stands.")
    state: AppealState | None = Field(description="What became of the appeal; null: there was none.")
    answer: str | None
    appealed_at: datetime | None
    decided_at: datetime | None


async def show_appeal(request: web.Request) -> web.Response:
    """Answers with the statement, and the form or what became of the appeal."""
    known = await named_site(request)
    case = await _case(request, known)
    if wants_json(request):
        return _told(case)
    return _page(request, case)


async def send_appeal(request: web.Request) -> web.Response:
    """Takes an appeal. Sent again, it is as it was: the first one counts."""
    known, service = await named_site(request), service_of(request)
    typed, is_form = await typed_in(request)
    vault = service.house.vault
    text = ""
    try:
        await request.app[TURNSTILE].pass_through(
            vault.caller_digest("form", address_of(request)),
            known.site.id,
            site_limit=known.site.policy.form_limit,
            now=now_of(request).timestamp(),
            door="appeal",
            limit=REPORTS_OF_ADDRESS,
        )
        text = str(typed.get("text", "")) if isinstance(typed, dict) else ""
        given = check(AppealFields, typed)
        key = request.match_info["key"]
        is_new = await appeal(known.site, key, given.text, at_once=service.at_once, vault=vault, now=service.now)
    except ModerationError as error:
        if wants_json(request) or not is_form or not isinstance(error, Invalid | AlreadyDecided) or is_our_fault(error):
            raise
        return await _refused(request, known, text, error)
    if wants_json(request) or not is_form:
        return _told(await _case(request, known), status=201 if is_new else 200)
    # Relative, since what stands in front of us is not known here.
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: f"{request.match_info['key']}?sent=1"})


async def _case(request: web.Request, known: KnownSite) -> AppealCase:
    service = service_of(request)
    return await look_at_appeal(
        known.site,
        request.match_info["key"],
        open_reading=service.open_reading,
        vault=service.house.vault,
        base=service.house.settings.public_url,
        now=service.now(),
    )


def _told(case: AppealCase, *, status: int = 200) -> web.Response:
    found = case.appeal
    body = AppealBody(
        statement=str(case.statement["text"]),
        can_appeal=case.is_open,
        state=found.state if found else None,
        answer=found.answer if found else None,
        appealed_at=found.appealed_at if found else None,
        decided_at=found.decided_at if found else None,
    )
    headers = {hdrs.VARY: "Accept", hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(
        body=body.model_dump_json().encode(), status=status, content_type="application/json", headers=headers
    )


async def _refused(request: web.Request, known: KnownSite, text: str, error: ModerationError) -> web.Response:
    wrong = error.errors if isinstance(error, Invalid) else ()
    spoken = texts_of(request)
    metrics.REFUSALS.labels(error.code).inc()
    faults = field_faults(spoken, wrong)
    response = _page(
        request,
        await _case(request, known),
        status=status_of(type(error)),
        text=text,
        fault=faults.get("text"),
        whole=fault_text(spoken, "some" if wrong else error.code),
    )
    response.headers.update(problem_headers(error))
    return response


def _page(
    request: web.Request,
    case: AppealCase,
    *,
    status: int = 200,
    text: str = "",
    fault: str | None = None,
    whole: str | None = None,
) -> web.Response:
    sent = "sent" in request.query and case.appeal is not None
    response = page(request, "appeal.html", status=status, case=case, text=text, fault=fault, whole=whole, sent=sent)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response
