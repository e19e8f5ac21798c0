"""A person is forgotten on a site: every comment, the sealed address, and what they have told us about themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moderation.errors import BadKeys
from moderation.privacy import EmailVault
from moderation.storage.audit import COMMAND_LINE
from moderation.storage.database import OpenWork
from moderation.storage.work import Work
from moderation.workflows.events import erased_events
from moderation.workflows.sites import present_site

# Comments taken out in one transaction: a fraction of a second, so that those that come in hardly wait for it.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Erased:
    """How many comments were erased, and from how many notices of illegal content the sender."""

    comments: int
    notices: int


async def erase_author(
    slug: str, email: str, *, open_work: OpenWork, vault: EmailVault, now: Callable[[], datetime]
) -> Erased:
    """Erases all that a site holds of an address, and tells the site by `comment.erased`. Raises NotFound for the site.

    Nobody is told whether the address was known but whoever asks here. It can be asked again, with nothing left to do.
    """
    async with open_work() as work:
        site = (await present_site(work, slug)).id
    erased = 0
    while True:
        async with open_work() as work:
            author = await work.erasure.author(site, vault.fingerprint(site, email))
            if author is None:
                break
            found = await work.erasure.some_comments(author, limit=BATCH)
            if not found:
                await _end(work, site, author, erased, now())
                await work.commit()
                break
            await work.erasure.erase_comments([key for key, _, _ in found])
            await work.outbox.add_all(erased_events(site, found, now=now()))
            await work.commit()
            erased += len(found)
    return Erased(erased, await _forget_notices(site, email, open_work=open_work, vault=vault))


async def _end(work: Work, site: UUID, author: UUID, erased: int, now: datetime) -> None:
    await work.erasure.erase_author(author)
    details = {"comments": erased}
    await work.audit.add("author.erase", str(author), site=site, actor=COMMAND_LINE, now=now, details=details)


async def _forget_notices(site: UUID, email: str, *, open_work: OpenWork, vault: EmailVault) -> int:
    """Forgets who has sent notices of illegal content from this address. Returns how many notices."""
    forgotten = 0
    async with open_work() as work:
        for report, sealed in await work.reports.sealed_contacts(site):
            try:
                contact = json.loads(vault.open_secret(report, sealed))
            except BadKeys:
                continue  # nobody can read it here; whoever has the key can erase it
            if str(contact["email"]).casefold() == email.casefold():
                await work.reports.forget_contact(report)
                forgotten += 1
        await work.commit()
    return forgotten
