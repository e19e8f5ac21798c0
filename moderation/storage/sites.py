"""Sites and their keys. A site has one pair of keys, and for a day after a rotation the pair before it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, or_, select, update

from moderation.clock import new_id
from moderation.storage.connection import Connection
from moderation.storage.tables import site_keys, sites


@dataclass(frozen=True, slots=True)
class StoredSite:
    """A site as it is stored: its settings are only those it has set itself."""

    id: UUID
    slug: str
    url: str
    settings: Mapping[str, object]
    revision: int


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """A pair of keys: a digest of the API key, and the sealed webhook secret."""

    api_key_digest: bytes = field(repr=False)
    webhook_secret_sealed: bytes = field(repr=False)
    expires_at: datetime | None = None


class Sites:
    """The sites of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, slug: str) -> StoredSite | None:
        """Returns a site and keeps others from changing it until the transaction ends."""
        query = select(sites).where(sites.c.slug == slug).with_for_update(key_share=True)
        row = (await self._connection.execute(query)).one_or_none()
        return _site(row) if row else None

    async def find(self, slug: str) -> StoredSite | None:
        """Returns a site by its slug."""
        row = (await self._connection.execute(select(sites).where(sites.c.slug == slug))).one_or_none()
        return _site(row) if row else None

    async def revision(self, slug: str) -> int | None:
        """Returns the revision of a site; None if there is no such site."""
        query = select(sites.c.revision).where(sites.c.slug == slug)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def revisions(self) -> dict[str, int]:
        """Returns the revision of every site by its slug, in the order of the slugs."""
        query = select(sites.c.slug, sites.c.revision).order_by(sites.c.slug)
        return {row.slug: row.revision for row in await self._connection.execute(query)}

    async def all(self) -> list[StoredSite]:
        """Returns every site by slug."""
        return [_site(row) for row in await self._connection.execute(select(sites).order_by(sites.c.slug))]

    async def with_ids(self, ids: Collection[UUID]) -> dict[UUID, StoredSite]:
        """Returns sites by their ids."""
        return {row.id: _site(row) for row in await self._connection.execute(select(sites).where(sites.c.id.in_(ids)))}

    async def add(self, slug: str, url: str, *, now: datetime) -> StoredSite:
        """Adds a site. Raises Raced if the slug is taken."""
        site = StoredSite(new_id(now), slug, url, {}, 0)
        row = {"id": site.id, "slug": slug, "url": url, "settings": {}, "revision": 0, "created_at": now}
        await self._connection.execute(insert(sites), row)
        return site

    async def change_settings(self, site: UUID, settings: Mapping[str, object]) -> None:
        """Replaces what the site has set."""
        await self._connection.execute(
            update(sites).where(sites.c.id == site).values(settings=dict(settings), revision=sites.c.revision + 1)
        )

    async def keys(self, site: UUID, *, now: datetime) -> list[StoredKeys]:
        """Returns the live pairs, newest first."""
        query = (
            select(site_keys)
            .where(site_keys.c.site_id == site, or_(site_keys.c.expires_at.is_(None), site_keys.c.expires_at > now))
            .order_by(site_keys.c.created_at.desc(), site_keys.c.id.desc())
        )
        return [
            StoredKeys(row.api_key_digest, row.webhook_secret_sealed, row.expires_at)
            for row in await self._connection.execute(query)
        ]

    async def add_keys(self, site: UUID, keys: StoredKeys, *, now: datetime, old_until: datetime) -> None:
        """Adds the newest pair. The one before it lives on until `old_until`, older ones end now: two live at most."""
        # First, because it locks the site: two rotations at once would not see each other's pair.
        await self._connection.execute(update(sites).where(sites.c.id == site).values(revision=sites.c.revision + 1))
        await self._connection.execute(
            delete(site_keys).where(site_keys.c.site_id == site, site_keys.c.expires_at.is_not(None))
        )
        await self._connection.execute(
            update(site_keys).where(site_keys.c.site_id == site).values(expires_at=old_until)
        )
        row = {
            "id": new_id(now),
            "site_id": site,
            "api_key_digest": keys.api_key_digest,
            "webhook_secret_sealed": keys.webhook_secret_sealed,
            "created_at": now,
        }
        await self._connection.execute(insert(site_keys), row)

    async def sealed_secrets(self) -> list[tuple[UUID, UUID, bytes]]:
        """Returns every sealed webhook secret as (key pair, site, ciphertext)."""
        query = select(site_keys.c.id, site_keys.c.site_id, site_keys.c.webhook_secret_sealed).with_for_update()
        return [(row.id, row.site_id, row.webhook_secret_sealed) for row in await self._connection.execute(query)]

    async def reseal_secret(self, pair: UUID, sealed: bytes) -> None:
        """Replaces a sealed webhook secret."""
        await self._connection.execute(
            update(site_keys).where(site_keys.c.id == pair).values(webhook_secret_sealed=sealed)
        )


def _site(row: Row[*tuple[Any, ...]]) -> StoredSite:
    return StoredSite(row.id, row.slug, row.url, row.settings, row.revision)
