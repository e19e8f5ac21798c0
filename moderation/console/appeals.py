"""What authors say against rejections: read here, and decided by another moderator than the one who has rejected."""

from __future__ import annotations

from aiohttp import web

from moderation.console.cards import age_of
from moderation.console.chosen import chosen_site
from moderation.console.pages import APPEALS, faults_of, id_in, page, see_other, texts_of
from moderation.domain import AppealState
from moderation.errors import Invalid
from moderation.web.checking import check
from moderation.web.complaint_fields import AppealDecisionFields
from moderation.web.feeding import feed_of
from moderation.web.forms import form_of
from moderation.web.identity import current_moderator, now_of, service_of
from moderation.workflows import appeals

# On one page, the oldest first; the others come when these are decided.
SHOWN = 50


async def show_appeals(request: web.Request) -> web.Response:
    """Shows the appeals that wait for a person."""
    return await _show(request)


async def _show(request: web.Request, *, faults: list[str] | None = None) -> web.Response:
    moderator, chosen, now = await current_moderator(request), await chosen_site(request), now_of(request)
    found = await appeals.list_appeals(
        moderator,
        [chosen.known.site.id],
        AppealState.OPEN,
        after=None,
        limit=SHOWN,
        open_reading=service_of(request).open_reading,
        now=now,
    )
    texts = texts_of(request)
    return page(
        request,
        "appeals.html",
        status=422 if faults else 200,
        appeals=found.appeals,
        is_more=found.next is not None,
        age=lambda moment: age_of(moment, texts=texts, now=now),
        faults=faults or [],
    )


async def send_appeal(request: web.Request) -> web.Response:
    """Decides on an appeal."""
    moderator, form, service = await current_moderator(request), await form_of(request), service_of(request)
    try:
        version = form.get("version", "")
        given = check(
            AppealDecisionFields,
            {
                "outcome": form.get("outcome", ""),
                "answer": form.get("answer", "").replace("\r\n", "\n"),
                "version": int(version) if version.isdecimal() and len(version) < 10 else None,
            },
        )
    except Invalid as error:
        return await _show(
            request, faults=[f"faults.appeal_{fault.removeprefix('faults.')}" for fault in faults_of(error)]
        )
    await appeals.decide_appeal(
        moderator,
        id_in(request, "appeal"),
        given.outcome,
        answer=given.answer,
        version=given.version,
        at_once=service.at_once,
        open_reading=service.open_reading,
        now=service.now,
    )
    feed_of(request).wake()
    return see_other(APPEALS, done=f"appeal_{given.outcome}", site=request.query.get("site"))
