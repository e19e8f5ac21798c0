"""What sites have learned, as tables: which model is whose, which one serves, who trains, and who scores in the shadow.

Tables of their own: an instance of an older release reads `model_promotions`, and must not take a site's model for
everybody's.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Double, ForeignKey, Index, String, Table, Text, Uuid

from moderation.domain import RunState
from moderation.storage.metadata import metadata, one_of
from moderation.storage.types import Json, UtcDateTime

site_models = Table(
    "site_models",
    metadata,
    Column("version", String(100), ForeignKey("model_versions.version"), primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False, index=True),
)

site_promotions = Table(
    "site_promotions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    Column("version", String(100), ForeignKey("model_versions.version")),  # null: the common one serves again
    Column("promoted_by", Text, nullable=False),
    Column("promoted_at", UtcDateTime, nullable=False),
    Index(None, "site_id", "id"),
)

# One row for each site for which somebody has ever trained; a lease that ended says so by its `expires_at`.
training_leases = Table(
    "training_leases",
    metadata,
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True),
    Column("holder", Uuid, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),  # by the clock of the database
)

training_runs = Table(
    "training_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("version", String(100), ForeignKey("model_versions.version")),
    Column("report", Json, nullable=False),  # what was found, for people and programs
    CheckConstraint(one_of("state", RunState), name="state"),
    Index(None, "site_id", "id"),
)

shadow_models = Table(
    "shadow_models",
    metadata,
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True),
    Column("version", String(100), ForeignKey("model_versions.version"), nullable=False),
    Column("after_id", Uuid, nullable=False),  # the last comment that it has scored
    Column("begun_by", Text, nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),
)

shadow_scores = Table(
    "shadow_scores",
    metadata,
    Column("comment_id", Uuid, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True),
    Column("site_id", Uuid, nullable=False),
    Column("version", String(100), nullable=False),
    Column("score", Double, nullable=False),
    CheckConstraint("score BETWEEN 0 AND 1", name="score"),
    Index(None, "site_id", "comment_id"),
)
