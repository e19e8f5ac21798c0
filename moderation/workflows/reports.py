"""Readers complain: each report raises the comment in the queue, and only from the site's own limit on does the comment
wait for a person."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from moderation.clock import new_id
from moderation.domain import (
    Actor,
    Complaint,
    Decision,
    Delivery,
    Finding,
    Grievance,
    Moderator,
    Reason,
    Receipt,
    ReportReceipt,
    Site,
    Status,
)
from moderation.errors import NotFound
from moderation.privacy import EmailVault
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.decisions import StoredComment
from moderation.storage.reports import PERSON_BYTES
from moderation.storage.work import Work
from moderation.workflows.change import decide_again, locked, once
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.keys import known_key

# Letters and digits that nobody takes for one another.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_GROUPS, _GROUP = 4, 4


@dataclass(frozen=True, slots=True)
class Contact:
    """Who has sent a notice, as far as they say so."""

    name: str
    email: str


def reader_pseudonym(vault: EmailVault, site: UUID, address: str) -> bytes:
    """Returns the keyed pseudonym of a reader without an account: the same for one network address on one site."""
    return vault.caller_digest(f"reader of {site}", address)


def named_pseudonym(vault: EmailVault, site: UUID, name: str) -> bytes:
    """Returns the keyed pseudonym of a reader whom the site has named."""
    return vault.caller_digest(f"reporter of {site}", name)


def _told_apart(vault: EmailVault, site: UUID, grievance: Grievance) -> Grievance:
    """Returns a notice of illegal content under a pseudonym of its own, which begins as its sender's does.

    Art. 16 of the Digital Services Act has no room for losing one: several people share an address, and one person may
    have more to say. Other complaints stay one for each reader.
    """
    if grievance.reporter is None or grievance.complaint is not Complaint.ILLEGAL:
        return grievance
    words = json.dumps(["notice", grievance.reporter.hex(), grievance.contact, grievance.text]).encode()
    own = vault.keyed_digest(site)(words)
    return replace(grievance, reporter=grievance.reporter[:PERSON_BYTES] + own[: len(own) - PERSON_BYTES])


async def report(
    site: Site,
    external_id: str,
    grievance: Grievance,
    *,
    at_once: AtOnce,
    vault: EmailVault,
    now: Callable[[], datetime],
) -> tuple[ReportReceipt, bool]:
    """Takes a reader's report about a published comment, and tells whether it is new: who reports a comment again gets
    the first receipt, but each notice of illegal content is kept unless it is the same in every word. Raises NotFound
    for what nobody can read."""
    grievance = _told_apart(vault, site.id, grievance)

    async def take(work: Work, moment: datetime) -> tuple[ReportReceipt, bool]:
        comment = await locked(work, site, external_id, moment)
        known = await work.reports.by(grievance.reporter, comment.id) if grievance.reporter else None
        if known is not None:
            return known, False
        if comment.status is not Status.APPROVED:
            raise NotFound("There is no such comment, or not any more.")
        return await _keep(work, site, comment, grievance, vault=vault, now=moment), True

    return await in_one_go(take, at_once=at_once, now=now)


async def report_by_site(
    site: Site,
    external_id: str,
    grievance: Grievance,
    delivery: Delivery,
    *,
    at_once: AtOnce,
    vault: EmailVault,
    now: Callable[[], datetime],
) -> Receipt:
    """Takes a report that a site passes on. Raises NotFound if we never had the comment."""
    grievance = _told_apart(vault, site.id, grievance)

    async def tell(work: Work, moment: datetime, obeyed: bool) -> Receipt:
        comment = await locked(work, site, external_id, moment)
        known = grievance.reporter and await work.reports.by(grievance.reporter, comment.id)
        if obeyed or known or comment.deleted_at is not None:
            return comment.receipt
        await _keep(work, site, comment, grievance, vault=vault, now=moment)
        return (await locked(work, site, external_id, moment)).receipt

    return await once(site, delivery, tell, at_once=at_once, now=now)


async def receipt_of(site: UUID, reference: str, *, open_reading: OpenWork) -> ReportReceipt:
    """Returns what became of a report. Raises NotFound."""
    async with open_reading() as work:
        receipt = await work.reports.named(site, reference.strip().upper())
    if receipt is None:
        raise NotFound("There is no report with this reference.")
    return receipt


async def reveal_contact(
    admin: Moderator, report_id: UUID, *, reason: str, at_once: AtOnce, vault: EmailVault, now: Callable[[], datetime]
) -> Contact:
    """Returns who has sent a notice. Who looked and why is in the audit trail before. Raises NotFound."""

    async def look(work: Work, moment: datetime) -> Contact:
        found = await work.reports.contact(report_id, admin.sites)
        site, comment, sealed = found or (None, None, None)
        if sealed is None:
            raise NotFound("There is no such report, or it names nobody.")
        details = {"comment": str(comment), "reason": reason}
        await work.audit.add("report.contact", str(report_id), now=moment, actor=admin.name, site=site, details=details)
        with known_key("contact"):
            return Contact(**json.loads(vault.open_secret(report_id, sealed)))

    return await in_one_go(look, at_once=at_once, now=now)


def contact_text(name: str, email: str) -> str | None:
    """Returns a contact as it is sealed; None where nothing is told."""
    return json.dumps({"name": name, "email": email}) if name or email else None


async def _keep(
    work: Work, site: Site, comment: StoredComment, grievance: Grievance, *, vault: EmailVault, now: datetime
) -> ReportReceipt:
    key, reference = new_id(now), new_reference()
    notice = grievance.complaint is Complaint.ILLEGAL
    sealed = vault.seal_secret(key, grievance.contact) if notice and grievance.contact else None
    await work.reports.add(key, site.id, comment.id, grievance, reference=reference, sealed=sealed, now=now)
    await _hold_if_due(work, site, comment, now)
    return ReportReceipt(reference, comment.id, grievance.complaint, Finding.OPEN, now, None)


async def _hold_if_due(work: Work, site: Site, comment: StoredComment, now: datetime) -> None:
    limit = site.policy.report_limit
    # What a person has published stays public until a person says otherwise.
    if not limit or comment.status is not Status.APPROVED or comment.decided_by is Actor.MODERATOR:
        return
    count = await work.reports.credible(comment.id)
    if count >= limit:
        decision = Decision(Status.PENDING, Reason.REPORTED, comment.score, f"{count} reports, {limit} allowed")
        await decide_again(work, site, comment, decision, {}, now)


def new_reference() -> str:
    """Returns a number for a report that is easy to read out, and not to be guessed: 80 random bits."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP))
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))
