"""The classifier of a site as pages: what serves, how good it is, its card, and for administrators what changes it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import hdrs, web

from moderation.console import model_charts as charts
from moderation.console.chosen import Chosen, chosen_site
from moderation.console.pages import MODELS, page, see_other
from moderation.errors import BadArtifact, NotFound, Raced, WrongUse
from moderation.training.comparison import comparison
from moderation.training.labels import LEAST_LABELS
from moderation.training.site_card import site_card_text
from moderation.web.forms import form_of
from moderation.web.identity import current_moderator, now_of, service_of
from moderation.workflows import models
from moderation.workflows.backtest import backtest
from moderation.workflows.model_view import ModelView, ask_for_training, card_of_site, view_models
from moderation.workflows.shadow import begin_shadow, end_shadow, seen_in_shadow

# Comments on which a candidate is tried out for the page; scored in a fraction of a second.
_TRIED = 300


async def show_models(request: web.Request) -> web.Response:
    """Shows the classifier of a site."""
    return await _show(request, await chosen_site(request))


async def _show(request: web.Request, chosen: Chosen, *, faults: tuple[str, ...] = ()) -> web.Response:
    service, now, site = service_of(request), now_of(request), chosen.known.site
    view = await view_models(site, open_reading=service.open_reading, now=now)
    card: Mapping[str, Any] = view.judged.card if view.judged else {}
    candidate: Mapping[str, Any] = view.candidate.card if view.candidate else {}
    return page(
        request,
        "models.html",
        status=422 if faults else 200,
        view=view,
        least=LEAST_LABELS,
        card=card,
        candidate=candidate,
        compared=_compared(candidate),
        precision_recall=charts.precision_recall(card),
        reliability=charts.reliability(card),
        milestones=(found := charts.milestones(view.runs)),
        learning=charts.learning(found),
        drift=charts.pairs(view.drift.before, view.drift.lately),
        tried=await _tried(request, chosen, view),
        shadowed=await _shadowed(request, chosen, view),
        faults=faults,
    )


def _compared(card: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    return comparison(card) if "shares" in card else []


async def _tried(request: web.Request, chosen: Chosen, view: ModelView) -> object:
    """What the next promotion would change, on stored comments; nothing where the candidate cannot be loaded."""
    if view.candidate is None:
        return None
    service, site = service_of(request), chosen.known.site
    try:
        classifier = await models.load_version(
            view.candidate.version, folder=service.house.models, open_reading=service.open_reading
        )
    except (BadArtifact, NotFound):
        return None
    return await backtest(
        site, site.policy, classifier, open_reading=service.open_reading, now=now_of(request), tried=_TRIED
    )


async def _shadowed(request: web.Request, chosen: Chosen, view: ModelView) -> object:
    if view.shadow is None:
        return None
    open_reading = service_of(request).open_reading
    return (await seen_in_shadow(chosen.known.site, open_reading=open_reading, now=now_of(request)))[1]


async def show_card(request: web.Request) -> web.Response:
    """Shows the card of a version."""
    chosen = await chosen_site(request)
    version = request.match_info["version"]
    card = await card_of_site(chosen.known.site.id, version, open_reading=service_of(request).open_reading)
    return page(request, "model.html", card=card, compared=_compared(card))


async def show_card_file(request: web.Request) -> web.Response:
    """Hands out the card of a version as a file in Markdown."""
    chosen = await chosen_site(request)
    version = request.match_info["version"]
    card = await card_of_site(chosen.known.site.id, version, open_reading=service_of(request).open_reading)
    text = await asyncio.to_thread(site_card_text, card)
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{version}.md"'}
    return web.Response(text=text, content_type="text/markdown", headers=headers)


async def send_retrain(request: web.Request) -> web.Response:
    """Asks for a run of training."""
    chosen, admin = await chosen_site(request), await current_moderator(request)
    open_work = service_of(request).open_work
    await ask_for_training(chosen.known.site.id, open_work=open_work, by=admin.name, now=now_of(request))
    return _back(chosen, "retrain")


async def send_promote(request: web.Request) -> web.Response:
    """Lets a version of the site serve it, if the gate has let it pass or it has served before."""
    chosen, admin, service = await chosen_site(request), await current_moderator(request), service_of(request)
    version = (await form_of(request)).get("version", "")
    view = await view_models(chosen.known.site, open_reading=service.open_reading, now=now_of(request))
    known = next((model for model in view.versions if model.version == version), None)
    if known is None:
        raise NotFound
    if not known.card.get("may_serve") and version not in {each.version for each in view.promotions}:
        return await _show(request, chosen, faults=("faults.model_refused",))
    try:
        await models.promote(
            version, folder=service.house.models, open_work=service.open_work, by=admin.name, now=now_of(request)
        )
    except BadArtifact:
        return await _show(request, chosen, faults=("faults.model_damaged",))
    return _back(chosen, "promoted")


async def send_rollback(request: web.Request) -> web.Response:
    """Lets what served before serve the site again, in place of what the page has shown."""
    chosen, admin, service = await chosen_site(request), await current_moderator(request), service_of(request)
    try:
        await models.rollback_site(
            chosen.known.site.id,
            folder=service.house.models,
            open_work=service.open_work,
            by=admin.name,
            now=now_of(request),
            replacing=(await form_of(request)).get("version"),
        )
    except Raced:
        return await _show(request, chosen, faults=("faults.model_changed",))
    except (WrongUse, BadArtifact):
        return await _show(request, chosen, faults=("faults.model_first",))
    return _back(chosen, "rolled_back")


async def send_shadow(request: web.Request) -> web.Response:
    """Lets a version score in the shadow, or none."""
    chosen, admin, service = await chosen_site(request), await current_moderator(request), service_of(request)
    version, site, now = (await form_of(request)).get("version", ""), chosen.known.site, now_of(request)
    if version:
        await begin_shadow(
            site, version, folder=service.house.models, open_work=service.open_work, by=admin.name, now=now
        )
    else:
        await end_shadow(site.id, open_work=service.open_work, by=admin.name, now=now)
    return _back(chosen, "shadow")


def _back(chosen: Chosen, done: str) -> web.Response:
    if len(chosen.slugs) == 1:
        return see_other(MODELS, done=done)
    return see_other(f"{MODELS}?{urlencode({'site': chosen.slug, 'done': done})}")
