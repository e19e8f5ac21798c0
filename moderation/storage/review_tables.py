"""What moderators leave beside their decisions, as tables: who looks at a comment now, and notes for colleagues."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, Text, Uuid

from moderation.storage.metadata import metadata
from moderation.storage.types import UtcDateTime

# One row for each comment that was ever claimed; a claim that ended says so by its `expires_at`.
claims = Table(
    "claims",
    metadata,
    Column("comment_id", Uuid, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    Column("moderator_id", Uuid, ForeignKey("moderators.id"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False, index=True),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("comment_id", Uuid, ForeignKey("comments.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("moderator_id", Uuid, ForeignKey("moderators.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
)
