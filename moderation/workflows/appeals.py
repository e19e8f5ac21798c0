"""Authors appeal against a rejection, by the link in its statement of reasons; another moderator decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moderation.clock import new_id
from moderation.domain import Appeal, AppealState, Moderator, QueuedComment, Rejection, Ruling, Site, Status
from moderation.errors import AlreadyDecided, NotFound, OwnDecision
from moderation.policy import APPEAL_FOR
from moderation.privacy import EmailVault
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.rulings import LockedComment
from moderation.storage.work import Work
from moderation.workflows.appeal_links import read_appeal_key
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.review import REASONS, Ruled, rule
from moderation.workflows.statements import linked, rejection_of

_GONE = "There is no such link, or its time is over."


@dataclass(frozen=True, slots=True)
class AppealCase:
    """What whoever follows a link may know: the statement, and the appeal if there was one.

    `stands`: the rejection still holds, and may be appealed against if that was not done yet.
    """

    statement: Mapping[str, object]
    appeal: Appeal | None
    stands: bool

    @property
    def is_open(self) -> bool:
        """Whether an appeal can be made now."""
        return self.stands and self.appeal is None and self.statement["appeal"] is not None


@dataclass(frozen=True, slots=True)
class ListedAppeal:
    """An appeal with the comment as it stands. `mine`: whoever looks has rejected it, and must leave it to others."""

    appeal: Appeal
    comment: QueuedComment
    mine: bool


@dataclass(frozen=True, slots=True)
class AppealPage:
    """Some appeals. `next` is the one behind which the next page begins; None on the last page."""

    appeals: list[ListedAppeal]
    next: UUID | None


async def look_at_appeal(
    site: Site, key: str, *, open_reading: OpenWork, vault: EmailVault, base: str, now: datetime
) -> AppealCase:
    """Returns what a link leads to. Raises NotFound, also when its time is over."""
    async with open_reading() as work:
        comment, rejection = await _find(work, site, key, vault=vault, now=now)
        appeal = await work.appeals.find(comment.id, rejection.version)
    statement = linked(rejection, site, article=comment.article_title, vault=vault, base=base)
    return AppealCase(statement, appeal, _stands(comment, rejection))


async def appeal(
    site: Site, key: str, text: str, *, at_once: AtOnce, vault: EmailVault, now: Callable[[], datetime]
) -> bool:
    """Takes an appeal; of several by one link the first counts. Returns whether it is new. Raises NotFound, and
    AlreadyDecided when the rejection does not stand any more."""

    async def take(work: Work, moment: datetime) -> bool:
        seen, rejection = await _find(work, site, key, vault=vault, now=moment)
        # What was seen before the lock may have been decided, deleted or appealed against by now.
        locked = await work.rulings.lock([seen.id], [site.id])
        if not locked or locked[0].deleted:
            raise NotFound(_GONE)
        [comment] = locked
        if await work.appeals.find(comment.id, rejection.version) is not None:
            return False
        if rejection.final or not _stands(comment, rejection):
            raise AlreadyDecided("This decision does not stand any more, or was taken on an appeal.")
        await work.appeals.add(new_id(moment), site.id, comment.id, rejection.version, text, now=moment)
        return True

    return await in_one_go(take, at_once=at_once, now=now)


async def list_appeals(
    moderator: Moderator,
    sites: Collection[UUID],
    state: AppealState | None,
    *,
    after: UUID | None,
    limit: int,
    open_reading: OpenWork,
    now: datetime,
) -> AppealPage:
    """Returns appeals of some sites: those that wait oldest first, others newest first."""
    async with open_reading() as work:
        found = await work.appeals.page(sites, state, after=after, limit=limit + 1)
        items = {each.id: each for each in await work.items.all_of([one.comment_id for one in found], now=now)}
    listed = [
        ListedAppeal(one, items[one.comment_id], one.first == moderator.id)
        for one in found[:limit]
        if one.comment_id in items
    ]
    return AppealPage(listed, found[limit - 1].id if len(found) > limit else None)


async def decide_appeal(
    moderator: Moderator,
    appeal_id: UUID,
    outcome: AppealState,
    *,
    answer: str | None,
    version: int | None,
    at_once: AtOnce,
    open_reading: OpenWork,
    now: Callable[[], datetime],
) -> Ruled:
    """Decides on an appeal: granted, the comment is approved; refused, it is rejected again for the same reason.
    Raises NotFound, OwnDecision, and AlreadyDecided when somebody was first."""
    async with open_reading() as work:
        found = await work.appeals.named(appeal_id, moderator.sites)
        comment = await work.rulings.peek(found.comment_id, moderator.sites) if found else None
        history = await work.rulings.history(found.comment_id) if found else []
    if found is None or comment is None:
        raise NotFound("There is no such appeal.")
    if found.first == moderator.id:
        raise OwnDecision
    if found.state is not AppealState.OPEN:
        raise AlreadyDecided("This appeal was decided already.")
    first = next((decision for decision in history if decision.version == found.version), None)
    if outcome is AppealState.GRANTED:
        ruling = Ruling(Status.APPROVED, REASONS[Status.APPROVED][0], answer=answer)
    else:
        reasons = REASONS[Status.REJECTED]
        reason = first.reason if first and first.reason in reasons else reasons[-1]
        ruling = Ruling(Status.REJECTED, reason, basis=first.basis if first else None, answer=answer)
    seen = comment.version if version is None else version
    return await rule(moderator, comment.id, ruling, version=seen, at_once=at_once, now=now)


async def _find(
    work: Work, site: Site, key: str, *, vault: EmailVault, now: datetime
) -> tuple[LockedComment, Rejection]:
    told = read_appeal_key(vault, site.id, key)
    if told is None:
        raise NotFound(_GONE)
    comment = await work.rulings.peek(told[0], [site.id])
    rejection = await rejection_of(work, told[0], version=told[1])
    if comment is None or comment.deleted or rejection is None or now >= rejection.decided_at + APPEAL_FOR:
        raise NotFound(_GONE)
    return comment, rejection


def _stands(comment: LockedComment, rejection: Rejection) -> bool:
    return comment.status is Status.REJECTED and comment.version == rejection.version
