"""How a problem looks to a person, and how they go on from there."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from aiohttp import hdrs, web

from moderation.console.pages import LOGIN, own_path, page, see_other, texts_of
from moderation.console.returns import back_of
from moderation.console.texts import LANGUAGES, Texts, texts_in
from moderation.web.forms import known_form
from moderation.web.headers import request_id
from moderation.web.identity import known_visit
from moderation.web.problems import ProblemDict


async def problem_page(request: web.Request, answer: ProblemDict) -> web.Response:
    """Shows a problem to a person. Who is not logged in is asked to, and comes back afterwards."""
    if answer["code"] == "unauthenticated":
        # Without its query: somebody's address may stand there, and no answer of ours repeats one.
        wanted = own_path(request.rel_url.raw_path) if request.method == hdrs.METH_GET else None
        return see_other(f"{LOGIN}?{urlencode({'next': wanted})}" if wanted else LOGIN)
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
        back=_back(request, answer["status"]),
    )


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
