"""The model registry: which classifiers there are, and which one serves. Promotions are appended, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from moderation.clock import new_id
from moderation.domain import ModelVersion, Promotion
from moderation.storage.connection import Connection
from moderation.storage.tables import model_promotions, model_versions


class Models:
    """The registry in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def serving(self) -> str | None:
        """Returns the version that was promoted last."""
        newest = model_promotions.c.promoted_at.desc(), model_promotions.c.id.desc()
        query = select(model_promotions.c.version).order_by(*newest).limit(1)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def promotions(self) -> list[Promotion]:
        """Returns every promotion with who it was, newest first."""
        newest = model_promotions.c.promoted_at.desc(), model_promotions.c.id.desc()
        rows = await self._connection.execute(select(model_promotions).order_by(*newest))
        return [Promotion(row.version, row.promoted_by, row.promoted_at) for row in rows]

    async def find(self, version: str) -> ModelVersion | None:
        """Returns one version."""
        query = select(*SHOWN).where(model_versions.c.version == version)
        row = (await self._connection.execute(query)).one_or_none()
        return model_version(row, await self.serving()) if row else None

    async def all(self) -> list[ModelVersion]:
        """Returns every version, newest first."""
        serving = await self.serving()
        query = select(*SHOWN).order_by(model_versions.c.created_at.desc(), model_versions.c.version)
        return [model_version(row, serving) for row in await self._connection.execute(query)]

    async def artifact(self, version: str) -> bytes | None:
        """Returns the bytes of a trained version; None for a bundled one, whose bytes lie in `models/`."""
        query = select(model_versions.c.artifact).where(model_versions.c.version == version)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def add(self, model: ModelVersion, artifact: bytes | None) -> None:
        """Adds a version. Raises Raced if it is there."""
        row = {
            "version": model.version,
            "sha256": model.sha256,
            "bundled": model.bundled,
            "artifact": artifact,
            "card": dict(model.card),
            "created_at": model.created_at,
        }
        await self._connection.execute(insert(model_versions), row)

    async def promote(self, version: str, *, by: str, now: datetime) -> None:
        """Lets a version serve from now on, at every instance."""
        row = {"id": new_id(now), "version": version, "promoted_by": by, "promoted_at": now}
        await self._connection.execute(insert(model_promotions), row)


SHOWN = (
    model_versions.c.version,
    model_versions.c.sha256,
    model_versions.c.bundled,
    model_versions.c.card,
    model_versions.c.created_at,
)


def model_version(row: Row[*tuple[Any, ...]], serving: str | None) -> ModelVersion:
    """Returns a row of `SHOWN` as a version."""
    return ModelVersion(row.version, row.sha256, row.bundled, row.card, row.created_at, serving=row.version == serving)
