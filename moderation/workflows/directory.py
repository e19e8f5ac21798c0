"""Sites by their slug, with compiled policy and opened keys: kept at hand, and looked at again after half a second."""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from moderation.domain import Site, SitePolicy
from moderation.errors import BadKeys, StorageUnavailable
from moderation.policy import RuleBook, rule_book, stored_policy
from moderation.privacy import RETRY_SECONDS, EmailVault, access_key_digest
from moderation.storage.database import OpenWork
from moderation.storage.failures import away
from moderation.storage.sites import StoredKeys, StoredSite
from moderation.workflows.keys import learn_keys

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

# `moderation site set` and `rotate` reach a running service after this long at most.
FRESH_SECONDS = 0.5
# How long a look is waited for. A comment may take `PATIENCE_SECONDS` after it, and is answered within five in all, on
# a busy machine too. A site that is known already need not wait as long: who it is has hardly changed.
KNOWN_LOOK_SECONDS = 0.25
FIRST_LOOK_SECONDS = 0.8


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A site with what is needed to let it in and to judge its comments."""

    site: Site
    book: RuleBook = field(repr=False)
    keys: tuple[StoredKeys, ...] = field(repr=False)
    secrets: tuple[str | None, ...] = field(repr=False)  # None: sealed with a data key that this process does not know
    checked_at: float = 0.0  # seconds of the monotonic clock

    def takes_key(self, api_key: str, *, now: datetime) -> bool:
        """Tells whether this is a live key of the site, in a time that does not depend on the key."""
        digest = access_key_digest(api_key)
        fits = [hmac.compare_digest(digest, keys.api_key_digest) and _lives(keys, now) for keys in self.keys]
        return any(fits)

    def live_secrets(self, *, now: datetime) -> list[str]:
        """Returns the webhook secrets that may sign now: one, or two for a day after a rotation.

        Raises StorageUnavailable if one of them is not known: nobody could tell a good signature from a bad one.
        """
        live = [secret for keys, secret in zip(self.keys, self.secrets, strict=True) if _lives(keys, now)]
        known = [secret for secret in live if secret is not None]
        if len(known) < len(live):
            raise StorageUnavailable("This instance does not know the key of the secret.", retry_after=RETRY_SECONDS)
        return known


class SiteDirectory:
    """The sites of a running service. Bounded by the sites there are: unknown slugs are not kept."""

    def __init__(
        self,
        *,
        open_reading: OpenWork,
        vault: EmailVault,
        defaults: SitePolicy,
        now: Callable[[], datetime],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_reading = open_reading
        self._vault = vault
        self._defaults = defaults
        self._now = now
        self._seconds = seconds
        self._known: dict[str, KnownSite] = {}
        self._looking: dict[str, asyncio.Task[KnownSite | None]] = {}

    def at_hand(self, slug: str) -> KnownSite | None:
        """Returns a site that was looked at a moment ago, or None."""
        known = self._known.get(slug)
        return known if known is not None and self._is_fresh(known) else None

    async def find(self, slug: str) -> KnownSite | None:
        """Returns a site, or None if there is none of that name.

        While the database is slow or away, returns a site as it was last seen. Raises StorageUnavailable for one that
        was not seen before.
        """
        if (fresh := self.at_hand(slug)) is not None:
            return fresh
        known = self._known.get(slug)
        if not SLUG.fullmatch(slug):
            return None
        # Those who ask for the same site at once wait for one look, and none of them for another site's.
        looking = self._looking.get(slug)
        if looking is None:
            looking = self._looking[slug] = asyncio.create_task(self._look(slug, known))
            looking.add_done_callback(lambda done: self._looked(slug, done))
        await asyncio.wait([looking], timeout=FIRST_LOOK_SECONDS if known is None else KNOWN_LOOK_SECONDS)
        if looking.done():
            return looking.result()
        if known is None:
            raise away()
        return known  # the look goes on, for those who come after it

    async def all(self) -> list[KnownSite]:
        """Returns every site by slug. What has not changed since it was seen is not asked for one by one."""
        checked_at = self._seconds()
        async with self._open_reading() as work:
            revisions = await work.sites.revisions()
        for slug, revision in revisions.items():
            known = self._known.get(slug)
            if known is not None and _is_as_stored(known, revision):
                self._known[slug] = replace(known, checked_at=checked_at)
        found = [await self.find(slug) for slug in revisions]
        return [known for known in found if known is not None]

    def _is_fresh(self, known: KnownSite) -> bool:
        return self._seconds() - known.checked_at < FRESH_SECONDS

    async def _look(self, slug: str, known: KnownSite | None) -> KnownSite | None:
        try:
            return await self._look_up(slug, known)
        except StorageUnavailable:
            if known is None:
                raise
            # Who the site is has hardly changed; whether its comment can be stored, the next step will tell. It counts
            # as fresh: a database that is away answers late, and not everybody should wait for that.
            self._known[slug] = replace(known, checked_at=self._seconds())
            return known

    def _looked(self, slug: str, done: asyncio.Task[KnownSite | None]) -> None:
        del self._looking[slug]
        if not done.cancelled():
            done.exception()  # seen, also when everybody who asked has left

    async def _look_up(self, slug: str, known: KnownSite | None) -> KnownSite | None:
        checked_at = self._seconds()
        async with self._open_reading() as work:
            revision = await work.sites.revision(slug)
            if revision is None:
                self._known.pop(slug, None)
                return None
            if known is not None and _is_as_stored(known, revision):
                self._known[slug] = replace(known, checked_at=checked_at)
                return self._known[slug]
            stored = await work.sites.find(slug)
            keys = await work.sites.keys(stored.id, now=self._now()) if stored else []
        if stored is None:
            return None
        site = site_of(stored, self._defaults)
        book = await asyncio.to_thread(rule_book, site.policy)  # long word lists take a while to compile
        secrets = self._secrets(site, keys)
        if None in secrets:
            # Another process has just sealed the secrets with a new data key.
            await learn_keys(self._vault, open_reading=self._open_reading)
            secrets = self._secrets(site, keys)
        self._known[slug] = KnownSite(site, book, tuple(keys), secrets, checked_at)
        return self._known[slug]

    def _secrets(self, site: Site, keys: Sequence[StoredKeys]) -> tuple[str | None, ...]:
        return tuple(self._secret(site, pair) for pair in keys)

    def _secret(self, site: Site, pair: StoredKeys) -> str | None:
        try:
            return self._vault.open_secret(site.id, pair.webhook_secret_sealed)
        except BadKeys:
            return None  # the site's own key is good all the same, and only what is signed must wait


def site_of(stored: StoredSite, defaults: SitePolicy) -> Site:
    """Returns a stored site with its whole policy: what it has set, and the deployment's defaults."""
    return Site(stored.id, stored.slug, stored.url, stored_policy(stored.settings, defaults), stored.revision)


def _is_as_stored(known: KnownSite, revision: int) -> bool:
    # A secret that could not be opened is tried again, though nothing else has changed.
    return known.site.revision == revision and None not in known.secrets


def _lives(keys: StoredKeys, now: datetime) -> bool:
    return keys.expires_at is None or keys.expires_at > now
