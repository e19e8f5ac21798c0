"""How a problem looks to a person, and how they go on from there."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlencode

from aiohttp import hdrs, web

from moderation.console.pages import LOGIN, own_path, page, see_other, texts_of
from moderation.console.returns import back_of
from moderation.console.texts import LANGUAGES, Texts, texts_in
from moderation.console.typed import page_of_form, typed_in
from moderation.errors import ModerationError
from moderation.web.csrf import SAFE_METHODS
from moderation.web.forms import known_form
from moderation.web.headers import request_id
from moderation.web.identity import current_visit, known_visit
from moderation.web.problems import ProblemDict


async def problem_page(request: web.Request, answer: ProblemDict) -> web.Response:
    """Shows a problem to a person, with what they have typed. Who is not logged in is asked to, and comes back
    afterwards."""
    typed = await typed_in(request)
    await _find_visit(request, answer)
    if answer["code"] == "unauthenticated" and not typed:
        return see_other(_login_for(request))
    kind = _kind_of(answer)
    visit = known_visit(request)
    if kind == "not_found" and visit is not None and not visit.moderator.sites:
        kind = "no_site"
    facts = _facts(answer, texts_of(request))
    return page(
        request,
        "problem.html",
        status=answer["status"],
        kind=kind,
        number=request_id(request),
        facts=facts,
        typed=typed,
        login=_login_for(request) if kind == "unauthenticated" else None,
        back=_back(request, answer["status"]),
    )


def _login_for(request: web.Request) -> str:
    """Returns where to log in, and come back to this page; or to that of the form, of which nothing was done."""
    # Without its query: somebody's address may stand there, and no answer of ours repeats one.
    if request.method == hdrs.METH_GET:
        wanted, done = own_path(request.rel_url.raw_path), None
    else:
        wanted, done = page_of_form(request), "not_sent"
    query = {name: value for name, value in (("next", wanted), ("done", done)) if value}
    return f"{LOGIN}?{urlencode(query)}" if query else LOGIN


async def _find_visit(request: web.Request, answer: ProblemDict) -> None:
    """Finds out who asks for what is not there, as no guard has: they are told in their language, and led on."""
    if request.method in SAFE_METHODS and answer["status"] in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        with suppress(ModerationError):
            await current_visit(request)


def _back(request: web.Request, status: int) -> str | None:
    """Returns the page that a form of ours was on, if it is to be looked at again, with its filter and its place."""
    form = known_form(request) if status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY) else None
    return back_of(form, otherwise="") or None if form is not None else None


def _facts(answer: ProblemDict, texts: Texts) -> dict[str, object]:
    """Returns what a conflict says about itself, in words."""
    decision, claim = answer.get("decision"), answer.get("claim")
    facts: dict[str, object] = {"count": answer.get("count", "")}
    if isinstance(decision, dict):
        facts["who"] = decision["moderator"] or texts(f"actor.{decision['decided_by']}")
        facts["status"], facts["reason"] = texts(f"status.{decision['status']}"), texts(f"reason.{decision['reason']}")
        facts["comment"] = decision["comment"]
    if isinstance(claim, dict):
        facts["who"] = claim["moderator"]
    return facts


def _kind_of(answer: ProblemDict) -> str:
    if f"problem.{answer['code']}" in texts_in(next(iter(LANGUAGES))):
        return answer["code"]
    return "unavailable" if answer["status"] == HTTPStatus.SERVICE_UNAVAILABLE else "other"
