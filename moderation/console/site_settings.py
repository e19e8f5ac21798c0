"""The settings of a site as a page: tried out on the latest comments and on a text, and then saved or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from aiohttp import web

from moderation.console.cards import percent_of, quote_of
from moderation.console.chosen import Chosen, chosen_site
from moderation.console.pages import SETTINGS_PAGE, page, texts_of
from moderation.console.returns import done_on
from moderation.console.settings_form import groups_of, read_values, typed_in, values_of
from moderation.domain import Status
from moderation.errors import FieldError, Invalid, SettingsChanged
from moderation.web import texts as kinds_of_text
from moderation.web.desk_fields import MAX_TEXT
from moderation.web.forms import Form, form_of
from moderation.web.identity import current_moderator, service_of
from moderation.workflows import site_settings as work
from moderation.workflows.budget import with_budgets

_MAX_DIGITS = 9


async def show_settings(request: web.Request) -> web.Response:
    """Shows the settings of a site."""
    chosen = await chosen_site(request)
    seen = await _seen(request, chosen)
    return _page(request, chosen, seen, values_of(seen))


async def send_settings(request: web.Request) -> web.Response:
    """Saves settings, or shows what would become of the latest comments and of a text with them."""
    chosen, form = await chosen_site(request), await form_of(request)
    seen, typed = await _seen(request, chosen), typed_in(form)
    given, wrong = read_values(typed)
    try:
        policy = work.proposed(seen, given)
    except Invalid as error:
        wrong += error.errors
    if wrong:
        return _page(request, chosen, seen, typed, wrong=wrong, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if form.get("do") == "save":
        return await _save(request, chosen, seen, typed, given, form)
    service = service_of(request)
    preview = await work.preview(seen.site, policy, open_reading=service.open_reading, now=service.now())
    text = _text_in(form)
    tried = await work.try_text(seen.site, policy, text, scorer=service.scorer) if text else None
    return _page(request, chosen, seen, typed, form=form, preview=preview, tried=tried)


async def _save(
    request: web.Request,
    chosen: Chosen,
    seen: work.SiteSettings,
    typed: Mapping[str, str],
    given: Mapping[str, object],
    form: Form,
) -> web.Response:
    service, admin = service_of(request), await current_moderator(request)
    version = form.get("version", "")
    try:
        if not version.isdecimal() or len(version) > _MAX_DIGITS:
            raise SettingsChanged
        wanted = await with_budgets(
            seen.site,
            work.proposed(seen, given),
            given,
            folder=service.house.models,
            open_reading=service.open_reading,
            now=service.now(),
        )
        await work.write_settings(
            admin,
            seen.site,
            wanted,
            version=int(version),
            defaults=service.house.defaults,
            at_once=service.at_once,
            now=service.now,
        )
    except Invalid as error:
        wrong, bad = error.errors, HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, chosen, seen, typed, wrong=wrong, form=form, status=bad)
    except SettingsChanged:
        now = await _seen(request, chosen)
        # What was typed stays, with the version of now: whoever saves again knows what they do.
        return _page(request, chosen, now, typed, form=form, changed=True, status=HTTPStatus.CONFLICT)
    return done_on(f"{SETTINGS_PAGE}?site={chosen.slug}", done="saved")


def _page(
    request: web.Request,
    chosen: Chosen,
    seen: work.SiteSettings,
    typed: Mapping[str, str],
    *,
    wrong: Sequence[FieldError] = (),
    form: Form | None = None,
    preview: work.Preview | None = None,
    tried: work.Tried | None = None,
    changed: bool = False,
    status: int = HTTPStatus.OK,
) -> web.Response:
    texts = texts_of(request)
    return page(
        request,
        "settings.html",
        status=status,
        groups=groups_of(seen, typed, wrong, texts=texts),
        version=seen.version,
        others=values_of(seen) if changed else {},
        typed=typed,
        text=form.get("text", "") if form else "",
        most=MAX_TEXT,
        preview=preview,
        moves=_moves(preview) if preview else [],
        tried=tried,
        tried_score=percent_of(tried.decision.score.spam if tried.decision.score else None) if tried else "",
        action=f"{SETTINGS_PAGE}?site={chosen.slug}",
        quote=quote_of,
        percent=percent_of,
    )


def _moves(preview: work.Preview) -> list[tuple[Status, Status, int]]:
    """Returns what would be decided otherwise, most first."""
    moves = [(now, then, count) for (now, then), count in preview.moves.items() if now is not then]
    return sorted(moves, key=lambda move: -move[2])


def _text_in(form: Form) -> str:
    """Returns the text that is to be tried out, as a comment would be read; empty when it could be none."""
    try:
        return kinds_of_text.text(form.get("text", ""))[:MAX_TEXT]
    except ValueError:
        return ""


async def _seen(request: web.Request, chosen: Chosen) -> work.SiteSettings:
    service = service_of(request)
    return await work.read_settings(
        chosen.known.site, defaults=service.house.defaults, open_reading=service.open_reading
    )
