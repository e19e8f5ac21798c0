"""What readers complain about and what authors say against a rejection, as tables."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from moderation.domain import AppealState, Complaint, Finding
from moderation.storage.metadata import metadata, one_of
from moderation.storage.types import UtcDateTime

# A reader counts once for each comment, but each notice of illegal content has a pseudonym of its own. Where a site
# names nobody, each report is somebody else's.
reports = Table(
    "reports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    Column("comment_id", Uuid, ForeignKey("comments.id", ondelete="CASCADE"), nullable=False),
    Column("reference", String(20), nullable=False, unique=True),  # 80 random bits, which open the receipt
    Column("complaint", String(20), nullable=False),
    Column("text", Text),
    Column("reporter", LargeBinary),  # a keyed pseudonym; null: nobody was named, or it is long ago
    Column("contact_sealed", LargeBinary),  # name and address of whoever has sent a notice, sealed by the vault
    Column("finding", String(20), nullable=False),
    Column("decision_id", Uuid, ForeignKey("decisions.id"), index=True),  # by which it was settled
    Column("reported_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    UniqueConstraint("comment_id", "reporter"),
    CheckConstraint(one_of("complaint", Complaint), name="complaint"),
    CheckConstraint(one_of("finding", Finding), name="finding"),
    CheckConstraint("(finding = 'open') = (decision_id IS NULL)", name="settled"),
    Index(None, "site_id", "reporter"),
)
_NAMED = text("reporter IS NOT NULL OR contact_sealed IS NOT NULL")
Index("ix_reports_named", reports.c.reported_at, sqlite_where=_NAMED, postgresql_where=_NAMED)

# Each rejection can be appealed against once.
appeals = Table(
    "appeals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    Column("comment_id", Uuid, ForeignKey("comments.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),  # of the decision that is appealed against
    Column("text", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("answer", Text),  # told to whoever has appealed
    Column("decision_id", Uuid, ForeignKey("decisions.id"), index=True),  # by which it was decided
    Column("appealed_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    UniqueConstraint("comment_id", "version"),
    CheckConstraint(one_of("state", AppealState), name="state"),
    CheckConstraint("(state = 'open') = (decision_id IS NULL)", name="decided"),
    Index(None, "site_id", "state", "id"),
)
