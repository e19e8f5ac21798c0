"""The letterbox of one article, as one reader stands before it: forms are handed out, and comments dropped in."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace

from aiohttp import web
from pydantic_core import PydanticCustomError

from moderation.domain import FormDoor, PublicArticle, PublicComment, Submission
from moderation.errors import ModerationError, NotFound
from moderation.intake.lengths import MAX_ID
from moderation.readers.draft import Draft, old_form, submission_of
from moderation.readers.flood import Turnstile
from moderation.readers.token import new_token, read_token
from moderation.web.identity import address_of, named_site, service_of
from moderation.web.texts import identifier
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Accepted
from moderation.workflows.submit import Arrival


@dataclass(frozen=True)
class Letterbox:
    """Where comments on one article are dropped in, by somebody at one address."""

    service: Service
    known: KnownSite
    article: str
    address: str = field(repr=False)

    def token(self) -> str:
        """Returns the token of a new form."""
        digest = self.service.house.vault.form_digest(self.known.site.id)
        return new_token(self.article, digest=digest, now=self.service.now())

    async def about(self) -> PublicArticle:
        """Returns what is known of the article."""
        async with self.service.open_reading() as work:
            return await work.reading.article(self.known.site.id, self.article)

    async def answered(self, draft: Draft) -> PublicComment | None:
        """Returns the comment that is answered, if anyone can read it."""
        if not draft.parent or _id_or_none(draft.parent) is None:
            return None
        async with self.service.open_reading() as work:
            return await work.reading.comment(self.known.site.id, self.article, draft.parent)

    async def count_try(self, turnstile: Turnstile) -> None:
        """Counts that somebody wants to drop something in. Raises RateLimited and Flood."""
        who = self.service.house.vault.caller_digest("form", self.address)
        site = self.known.site
        now = self.service.now().timestamp()
        await turnstile.pass_through(who, site.id, site_limit=site.policy.form_limit, now=now)

    async def take(self, draft: Draft) -> tuple[Submission, Accepted]:
        """Takes a comment in. Raises Invalid with the names of the form's fields, and what stands in the way."""
        now = self.service.now()
        digest = self.service.house.vault.form_digest(self.known.site.id)
        opened = read_token(draft.token, self.article, digest=digest, now=now)
        if opened is None:
            raise old_form()
        if await self.answered(draft) is None:
            draft = replace(draft, parent="")  # what was answered is gone: the answer stands for itself
        submission = submission_of(draft, self.article, opened, ip=_ip(self.address), now=now)
        outcome = await self.service.submissions.put((self.known, Arrival(submission)))
        if isinstance(outcome, ModerationError):
            raise outcome
        return submission, outcome


async def letterbox_of(request: web.Request) -> Letterbox:
    """Returns the letterbox in the address. Raises NotFound, also where the site wants none."""
    known = await named_site(request)
    if known.site.policy.form is FormDoor.CLOSED:
        raise NotFound("This site takes no comments by the form.")
    article = _id_or_none(request.match_info["article"])
    if article is None:
        raise NotFound
    return Letterbox(service_of(request), known, article, address_of(request))


def _id_or_none(value: str) -> str | None:
    try:
        return identifier(value) if len(value) <= MAX_ID else None
    except PydanticCustomError:
        return None


def _ip(address: str) -> str | None:
    """Returns the IP of a caller, or of their network where that is what callers are counted by."""
    try:
        return str(ipaddress.ip_interface(address).ip)
    except ValueError:
        return None
