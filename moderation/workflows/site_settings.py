"""Administrators set a site: seen with a version, tried out on what came lately, and changed if nobody else did."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from moderation.domain import (
    ArticleState,
    Case,
    Decision,
    History,
    Moderator,
    Reason,
    Repeats,
    Site,
    SitePolicy,
    Status,
)
from moderation.errors import NotFound, SettingsChanged
from moderation.policy import (
    MOST_ALIKE,
    RuleBook,
    count_links,
    decide,
    entries_in,
    policy_from_json,
    policy_to_json,
    rule_book,
)
from moderation.scoring import Scorer
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.decisions import StoredComment
from moderation.storage.sites import StoredSite
from moderation.storage.work import Work
from moderation.workflows.directory import site_of
from moderation.workflows.in_one_go import in_one_go
from moderation.workflows.judging import host_of, writing_of
from moderation.workflows.rehearing import case_of
from moderation.workflows.scores import scores_or_none
from moderation.workflows.sites import change_settings

# Comments on which new settings are tried out: judged twice in about half a second, and a day or more of most sites.
TRIED = 1_000
# How many of those that would be decided otherwise are shown.
SAMPLES = 10


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """What holds on a site now, and which names it has set itself. A change names the `version` that was seen."""

    site: Site
    own: frozenset[str]
    defaults: SitePolicy
    version: int


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A comment that would be decided otherwise."""

    comment: StoredComment
    now: Decision
    then: Decision


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of the latest comments if they came in again, under the present settings and under others.

    `moves` counts them by both statuses. `samples` are some that would be decided otherwise, newest first. The verdict
    of the machine alone counts, and no draw for the audit sample; what was a repetition or came too fast is so again.
    """

    tried: int
    moves: Mapping[tuple[Status, Status], int]
    samples: list[Otherwise]

    @property
    def changed(self) -> int:
        """How many would be decided otherwise."""
        return sum(count for (now, then), count in self.moves.items() if now is not then)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a text of an unknown author would meet: the entries of the lists that it holds, and the verdict."""

    blocked: list[str]
    suspect: list[str]
    links: int
    decision: Decision


async def read_settings(site: Site, *, defaults: SitePolicy, open_reading: OpenWork) -> SiteSettings:
    """Returns the settings as they are stored now. Raises NotFound."""
    async with open_reading() as work:
        stored = await work.sites.find(site.slug)
    if stored is None:
        raise NotFound
    return _settings(stored, defaults)


async def write_settings(
    admin: Moderator,
    site: Site,
    settings: Mapping[str, object],
    *,
    version: int,
    defaults: SitePolicy,
    at_once: AtOnce,
    now: Callable[[], datetime],
) -> SiteSettings:
    """Changes settings, None back to the default. Raises NotFound, Invalid with all that is wrong, and SettingsChanged
    when they are not those of `version` any more."""

    async def change(work: Work, moment: datetime) -> SiteSettings:
        stored = await work.sites.lock(site.slug)
        if stored is None:
            raise NotFound
        if stored.revision != version:
            raise SettingsChanged
        changed = {name: value for name, value in settings.items() if value != stored.settings.get(name)}
        if changed:
            await change_settings(work, stored, changed, defaults=defaults, now=moment, actor=admin.name)
        after = await work.sites.find(site.slug)
        return _settings(after or stored, defaults)

    return await in_one_go(change, at_once=at_once, now=now)


def proposed(seen: SiteSettings, settings: Mapping[str, object]) -> SitePolicy:
    """Returns the policy that would hold with these settings. Raises Invalid with all that is wrong."""
    stored = {name: value for name, value in policy_to_json(seen.site.policy).items() if name in seen.own}
    wanted = {name: value for name, value in {**stored, **settings}.items() if value is not None}
    return policy_from_json(wanted, seen.defaults)


async def preview(site: Site, policy: SitePolicy, *, open_reading: OpenWork, now: datetime) -> Preview:
    """Returns what would become of the latest comments under a policy."""
    async with open_reading() as work:
        latest = await work.decisions.lately(site.id, limit=TRIED, now=now)
    # No transaction stays open while it is computed, and nobody else waits for it.
    return await asyncio.to_thread(_preview, site, latest, policy)


async def try_text(site: Site, policy: SitePolicy, text: str, *, scorer: Scorer) -> Tried:
    """Returns what a text would meet under a policy."""
    [score] = await scores_or_none(scorer.of(site.id), [writing_of(site, "", None, text)])
    host = host_of(site)
    case = Case(
        text=text,
        author_name="",
        author_url=None,
        site_host=host,
        article=ArticleState(),
        history=History(has_approved=True),
        score=score,
    )

    def judge() -> Tried:
        blocked, suspect = entries_in(text, policy.blocked_words), entries_in(text, policy.suspect_words)
        return Tried(blocked, suspect, count_links(text, host), verdict_of(case, rule_book(policy)))

    return await asyncio.to_thread(judge)


def _settings(stored: StoredSite, defaults: SitePolicy) -> SiteSettings:
    return SiteSettings(site_of(stored, defaults), frozenset(stored.settings), defaults, stored.revision)


def _preview(site: Site, latest: Sequence[StoredComment], policy: SitePolicy) -> Preview:
    books = rule_book(site.policy), rule_book(policy)
    moves: Counter[tuple[Status, Status]] = Counter()
    samples: list[Otherwise] = []
    for comment in latest:
        case = as_if_new(site, comment)
        now, then = (verdict_of(case, book) for book in books)
        moves[now.status, then.status] += 1
        if now.status is not then.status and len(samples) < SAMPLES:
            samples.append(Otherwise(comment, now, then))
    return Preview(len(latest), moves, samples)


def as_if_new(site: Site, comment: StoredComment) -> Case:
    """Returns a stored comment as if nobody had ruled on it."""
    found = comment.found_before
    # How often it was said before is not stored. That it was too often then is, and it would be so again.
    repeats = Repeats(MOST_ALIKE, authors=1, rejected=0) if Reason.REPEATED in found else None
    case = case_of(site, comment, text=comment.text, score=comment.score)
    found_before = found - {Reason.AUDIT_SAMPLE}
    return replace(case, rejected_by_moderator=False, found_before=found_before, repeats=repeats)


def verdict_of(case: Case, book: RuleBook) -> Decision:
    """Returns the verdict of the machine alone, and no draw for the audit sample."""
    return decide(case, book, random=_never_drawn)


def _never_drawn() -> float:
    return 1.0
