"""One comment as a page, with all that is known about it; and what is done to it."""

from __future__ import annotations

from aiohttp import web

from moderation.console.cards import OTHER_REASONS, age_of, card_of, quote_of
from moderation.console.chosen import site_of_page
from moderation.console.pages import ROOT, id_in, page, texts_of
from moderation.console.queue import ruling_in
from moderation.console.returns import back_of, done_on, here, notice_of
from moderation.domain import Actor, AuthorRecord, Moderator
from moderation.errors import FieldError, Invalid
from moderation.policy import LINK_GAP, statement_json
from moderation.web.checking import check
from moderation.web.feeding import feed_of
from moderation.web.forms import Form, form_of
from moderation.web.identity import current_moderator, now_of, service_of
from moderation.web.review_fields import NoteFields
from moderation.workflows import queue, review, undo
from moderation.workflows.directory import KnownSite
from moderation.workflows.items import Item
from moderation.workflows.queue import CaseFile

COMMENTS = f"{ROOT}/comments"


async def show_comment(request: web.Request) -> web.Response:
    """Shows a comment."""
    case = await _case(request)
    chosen = await site_of_page(request, case.comment.site_id)
    return _show(request, await current_moderator(request), case, _statement(case, chosen.known))


def _statement(file: CaseFile, known: KnownSite) -> str:
    """Returns what the author is told, without the link that is for them alone."""
    if file.rejection is None:
        return ""
    article = file.comment.article.title
    told = statement_json(file.rejection, known.site.policy, article=article, page="")
    return str(told["text"]).replace(LINK_GAP, "…")


async def _case(request: web.Request) -> CaseFile:
    service = service_of(request)
    return await queue.open_case(
        await current_moderator(request),
        id_in(request, "comment"),
        open_reading=service.open_reading,
        directory=service.directory,
        scorer=service.scorer,
        now=service.now(),
    )


def _show(request: web.Request, moderator: Moderator, file: CaseFile, statement: str) -> web.Response:
    texts, now = texts_of(request), now_of(request)
    latest = file.decisions[-1]
    return page(
        request,
        "comment.html",
        card=card_of(_item(file), moderator, texts=texts, now=now, whole=True),
        file=file,
        latest=latest,
        can_undo=latest.decided_by is Actor.MODERATOR and len(file.decisions) > 1,
        notice=notice_of(request, texts),
        back=here(request),
        age=lambda moment: age_of(moment, texts=texts, now=now),
        quote=quote_of,
        is_mine=file.comment.claim is not None and file.comment.claim.moderator_id == moderator.id,
        other_reasons=OTHER_REASONS,
        statement=statement,
    )


def _item(file: CaseFile) -> Item:
    author = AuthorRecord(file.author.standing, file.author.standing_until, file.author.counts)
    return Item(file.comment, file.explained, author, file.decisions, file.notes, file.parent, file.campaign)


async def send_decision(request: web.Request) -> web.Response:
    """Decides a comment, as it was when the page was shown."""
    moderator, form, service = await current_moderator(request), await form_of(request), service_of(request)
    ruling = ruling_in(form).ruling()
    ruled = await review.rule(
        moderator,
        id_in(request, "comment"),
        ruling,
        version=_version(form),
        at_once=service.at_once,
        now=service.now,
    )
    feed_of(request).wake()
    return done_on(back_of(form), done=ruled.status, undo=ruled.id)


def _version(form: Form) -> int:
    version = form.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        raise Invalid([FieldError("version", "invalid", "This must be the version of the comment that was seen.")])
    return int(version)


async def send_undo(request: web.Request) -> web.Response:
    """Takes a decision back."""
    moderator, form, service = await current_moderator(request), await form_of(request), service_of(request)
    await undo.undo(moderator, id_in(request, "decision"), at_once=service.at_once, now=service.now)
    feed_of(request).wake()
    return done_on(back_of(form), done="undone")


async def send_undo_batch(request: web.Request) -> web.Response:
    """Takes back what is still as a batch has left it."""
    moderator, form, service = await current_moderator(request), await form_of(request), service_of(request)
    undone = await undo.undo_batch(moderator, id_in(request, "batch"), at_once=service.at_once, now=service.now)
    feed_of(request).wake()
    marks = {"count": undone.count, "kept": undone.kept - undone.before, "before": undone.before}
    return done_on(back_of(form), done="undone_many", **marks)


async def send_note(request: web.Request) -> web.Response:
    """Notes something for colleagues."""
    moderator, form, service = await current_moderator(request), await form_of(request), service_of(request)
    given = check(NoteFields, {"text": form.get("text", "")})
    await queue.note(moderator, id_in(request, "comment"), given.text, at_once=service.at_once, now=service.now)
    return done_on(back_of(form), done="noted")


async def send_claim(request: web.Request) -> web.Response:
    """Tells colleagues that one looks at the comment."""
    moderator, form, service = await current_moderator(request), await form_of(request), service_of(request)
    await queue.claim(moderator, id_in(request, "comment"), at_once=service.at_once, now=service.now)
    feed_of(request).wake()
    return done_on(back_of(form))


async def send_release(request: web.Request) -> web.Response:
    """Tells colleagues that one does not look at it any more."""
    moderator, form, service = await current_moderator(request), await form_of(request), service_of(request)
    await queue.release(moderator, id_in(request, "comment"), at_once=service.at_once, now=service.now)
    feed_of(request).wake()
    return done_on(back_of(form))
