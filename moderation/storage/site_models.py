"""Which model serves a site: its own, or the one that is common to all. Promotions are appended, never changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from moderation.clock import new_id
from moderation.domain import ModelVersion, Promotion
from moderation.storage.connection import Connection
from moderation.storage.models import SHOWN, model_version
from moderation.storage.tables import model_versions, site_models, site_promotions
from moderation.storage.training_tables import shadow_models, training_runs


class SiteModels:
    """The sites' part of the registry in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def serving(self, site: UUID) -> str | None:
        """Returns the site's own version that serves it; None: the common one does."""
        query = select(site_promotions.c.version).where(site_promotions.c.site_id == site)
        query = query.order_by(site_promotions.c.id.desc()).limit(1)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def all_serving(self) -> dict[UUID, str]:
        """Returns the version of each site that is served by one of its own."""
        sites = (await self._connection.execute(select(site_promotions.c.site_id).distinct())).scalars().all()
        found = {site: await self.serving(site) for site in sites}
        return {site: version for site, version in found.items() if version is not None}

    async def promotions(self, site: UUID, *, limit: int = 100) -> list[Promotion]:
        """Returns what served a site, newest first."""
        query = select(site_promotions).where(site_promotions.c.site_id == site)
        query = query.order_by(site_promotions.c.id.desc()).limit(limit)
        return [
            Promotion(row.version, row.promoted_by, row.promoted_at) for row in await self._connection.execute(query)
        ]

    async def owner(self, version: str) -> UUID | None:
        """Returns the site whose version this is; None for one that is common to all."""
        query = select(site_models.c.site_id).where(site_models.c.version == version)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def owners(self) -> dict[str, UUID]:
        """Returns the site of each version that belongs to one."""
        rows = await self._connection.execute(select(site_models.c.version, site_models.c.site_id))
        return {row.version: row.site_id for row in rows}

    async def versions(self, site: UUID, *, limit: int = 100) -> list[ModelVersion]:
        """Returns the site's own versions, newest first."""
        serving = await self.serving(site)
        query = select(*SHOWN).join(site_models, site_models.c.version == model_versions.c.version)
        query = query.where(site_models.c.site_id == site)
        query = query.order_by(model_versions.c.created_at.desc(), model_versions.c.version).limit(limit)
        return [model_version(row, serving) for row in await self._connection.execute(query)]

    async def add(self, version: str, site: UUID) -> None:
        """Says that a version is a site's own. Raises Raced if it is somebody's."""
        await self._connection.execute(insert(site_models), {"version": version, "site_id": site})

    async def promote(self, site: UUID, version: str | None, *, by: str, now: datetime) -> None:
        """Lets a version serve a site from now on, at every instance; None: the common one."""
        row = {"id": new_id(now), "site_id": site, "version": version, "promoted_by": by, "promoted_at": now}
        await self._connection.execute(insert(site_promotions), row)

    async def forget_unserved(self, site: UUID, *, keep: int) -> None:
        """Forgets versions that have never served and score in no shadow, but for the newest ones. What their runs
        found stays."""
        served = select(site_promotions.c.version).where(site_promotions.c.version.is_not(None))
        query = (
            select(site_models.c.version)
            .join(model_versions, model_versions.c.version == site_models.c.version)
            .where(site_models.c.site_id == site, site_models.c.version.not_in(served))
            .where(site_models.c.version.not_in(select(shadow_models.c.version)))
            .order_by(model_versions.c.created_at.desc(), model_versions.c.version)
            .offset(keep)
        )
        old = list((await self._connection.execute(query)).scalars())
        if old:
            runs = update(training_runs).where(training_runs.c.version.in_(old)).values(version=None)
            await self._connection.execute(runs)
            await self._connection.execute(delete(site_models).where(site_models.c.version.in_(old)))
            await self._connection.execute(delete(model_versions).where(model_versions.c.version.in_(old)))
