"""Where sites want to be told: added, given new secrets, switched off and on, and told again what was given up."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from moderation.clock import new_id
from moderation.delivery import Networks, check_url
from moderation.domain import Attempt, Endpoint, EventKind, Owing, SentLetter, State, Switch
from moderation.errors import FieldError, Invalid, NotFound
from moderation.privacy import EmailVault, new_webhook_secret
from moderation.storage.audit import COMMAND_LINE
from moderation.storage.database import OpenWork
from moderation.storage.work import Work

# Long enough to change a receiver's configuration without hurry.
OLD_SECRET_SIGNS = timedelta(days=1)
# A decision is told to each of them.
MOST_OF_A_SITE = 20
_MESSAGE = re.compile(r"(?:msg_)?([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class NewSecret:
    """The secret of an endpoint, shown once."""

    endpoint: UUID
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EndpointState:
    """An endpoint, and what it still has to be told."""

    endpoint: Endpoint
    owing: Owing


@dataclass(frozen=True, slots=True)
class LetterFile:
    """Something that was to be sent, with every try."""

    letter: SentLetter
    tries: Sequence[tuple[datetime, Attempt]]


class Endpoints:
    """Looks after the endpoints of some sites, in the name of somebody."""

    def __init__(
        self,
        *,
        open_work: OpenWork,
        open_reading: OpenWork,
        vault: EmailVault,
        exempt: Networks,
        now: Callable[[], datetime],
        sites: Collection[UUID] | None = None,
        actor: str = COMMAND_LINE,
    ) -> None:
        """`sites` None: all there are, as for whoever sits at the machine."""
        self._open_work = open_work
        self._open_reading = open_reading
        self._vault = vault
        self._exempt = exempt
        self._now = now
        self._sites = sites
        self._actor = actor

    async def add(self, site: UUID, url: str, kinds: Sequence[str], *, coral: bool = False) -> NewSecret:
        """Adds an endpoint. Raises Invalid with all that is wrong, and NotFound for another's site."""
        self._require(site)
        self._check(url, kinds)
        now, secret = self._now(), new_webhook_secret()
        key = new_id(now)
        endpoint = Endpoint(
            id=key,
            site_id=site,
            url=url,
            events=tuple(kind for kind in EventKind if kind in kinds),
            coral=coral,
            secret_sealed=self._vault.seal_secret(key, secret),
            old_secret_sealed=None,
            old_secret_until=None,
            failures=0,
            failing_since=None,
            probed_at=None,
            resumes_at=None,
            disabled_at=None,
            disabled_because=None,
            created_at=now,
        )
        async with self._open_work() as work:
            if len(await work.endpoints.of_sites([site])) >= MOST_OF_A_SITE:
                raise Invalid([FieldError("url", "too_many", f"A site has at most {MOST_OF_A_SITE} endpoints.")])
            await work.endpoints.add(endpoint)
            await self._note(work, "endpoint.add", endpoint)
            await work.commit()
        return NewSecret(key, secret)

    async def all(self) -> list[EndpointState]:
        """Returns the endpoints, each with what it still has to be told."""
        async with self._open_reading() as work:
            found = await (work.endpoints.all() if self._sites is None else work.endpoints.of_sites(self._sites))
            return [EndpointState(each, await work.delivery_log.owing(each.id)) for each in found]

    async def one(self, key: UUID) -> EndpointState:
        """Returns an endpoint with what it still has to be told. Raises NotFound."""
        async with self._open_reading() as work:
            endpoint = self._ours(await work.endpoints.find(key))
            return EndpointState(endpoint, await work.delivery_log.owing(key))

    async def switch(self, key: UUID, *, on: bool) -> None:
        """Switches an endpoint off or on. What is waiting waits; what happens while it is off is not kept for it."""
        async with self._open_work() as work:
            endpoint = await self._locked(work, key)
            if on:
                await work.endpoints.switch_on(key)
            else:
                await work.endpoints.switch_off(key, Switch.BY_HAND, now=self._now())
            await self._note(work, "endpoint.on" if on else "endpoint.off", endpoint)
            work.outbox.filled = on
            await work.commit()

    async def rotate(self, key: UUID) -> NewSecret:
        """Gives an endpoint a new secret; the one before it signs along for another day."""
        secret = new_webhook_secret()
        async with self._open_work() as work:
            endpoint = await self._locked(work, key)
            await work.endpoints.change(
                key,
                secret_sealed=self._vault.seal_secret(key, secret),
                old_secret_sealed=endpoint.secret_sealed,
                old_secret_until=self._now() + OLD_SECRET_SIGNS,
            )
            await self._note(work, "endpoint.rotate", endpoint)
            await work.commit()
        return NewSecret(key, secret)

    async def replay(self, key: UUID, *, since: datetime | None = None) -> int:
        """Has an endpoint told again what was given up; since a moment also what it never was to be told, because it
        was off or not there yet. Returns how many events."""
        async with self._open_work() as work:
            endpoint = await self._locked(work, key)
            now = self._now()
            count = await work.dispatches.revive(key, now=now, since=since)
            if since is not None:
                count += await work.dispatches.add_missed(key, endpoint.site_id, endpoint.events, since=since, now=now)
            await self._note(work, "endpoint.replay", endpoint, count=count)
            work.outbox.filled = True
            await work.commit()
        return count

    async def replay_message(self, message: str, *, endpoint: UUID | None = None) -> int:
        """Has one event told again, whatever became of it: to one endpoint, or to all that were to be told. Returns to
        how many. Raises NotFound."""
        event = _event_of(message)
        async with self._open_work() as work:
            letters = await work.delivery_log.find(event, await self._all_sites(work)) if event else []
            letters = [letter for letter in letters if endpoint in (None, letter.endpoint_id)]
            if not letters:
                raise NotFound("There is no such message.")
            # An endpoint before its events, as the courier does, and one after the other.
            for letter in sorted(letters, key=lambda letter: letter.endpoint_id):
                locked = await self._locked(work, letter.endpoint_id)
                await work.dispatches.revive_one(letter.number, now=self._now())
                await self._note(work, "endpoint.replay", locked, count=1)
            work.outbox.filled = True
            await work.commit()
        return len(letters)

    async def log(
        self, key: UUID, *, state: State | None = None, before: int | None = None, limit: int = 50
    ) -> list[LetterFile]:
        """Returns what was to be sent to an endpoint, newest first, with every try."""
        async with self._open_reading() as work:
            self._ours(await work.endpoints.find(key))
            letters = await work.delivery_log.of(key, state=state, before=before, limit=limit)
            tries = await work.delivery_log.tries([letter.number for letter in letters])
            return [LetterFile(letter, tries[letter.number]) for letter in letters]

    async def _locked(self, work: Work, key: UUID) -> Endpoint:
        return self._ours(await work.endpoints.lock(key))

    def _ours(self, endpoint: Endpoint | None) -> Endpoint:
        if endpoint is None or (self._sites is not None and endpoint.site_id not in self._sites):
            raise NotFound("There is no such endpoint.")
        return endpoint

    async def _all_sites(self, work: Work) -> Collection[UUID]:
        return [site.id for site in await work.sites.all()] if self._sites is None else self._sites

    def _require(self, site: UUID) -> None:
        if self._sites is not None and site not in self._sites:
            raise NotFound("There is no site of this name.")

    def _check(self, url: str, kinds: Sequence[str]) -> None:
        wrong: list[FieldError] = []
        try:
            check_url(url, self._exempt)
        except Invalid as error:
            wrong.extend(error.errors)
        if not kinds or not set(kinds) <= set(EventKind):
            wrong.append(FieldError("events", "invalid", f"Some of: {', '.join(EventKind)}."))
        if wrong:
            raise Invalid(wrong)

    async def _note(self, work: Work, action: str, endpoint: Endpoint, **details: object) -> None:
        # By its id: an address may hold a secret of the receiver's in its path.
        await work.audit.add(
            action, str(endpoint.id), site=endpoint.site_id, actor=self._actor, now=self._now(), details=details
        )


def _event_of(message: str) -> UUID | None:
    found = _MESSAGE.fullmatch(message.strip())
    return UUID(hex=found[1]) if found else None
