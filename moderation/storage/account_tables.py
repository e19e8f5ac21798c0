"""The people who rule, as tables: their accounts, and every way in."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, LargeBinary, String, Table, Text, Uuid

from moderation.domain import LinkPurpose, Role
from moderation.storage.metadata import metadata, one_of
from moderation.storage.types import UtcDateTime

moderators = Table(
    "moderators",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text),  # argon2id; null: no log-in by password
    Column("disabled_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("language", String(10)),  # of the pages; null: as the browser asks for
    Column("second_factor_sealed", LargeBinary),  # the secret of the codes, sealed by the vault
    Column("second_factor_since", UtcDateTime),  # null: there is none, or its first code was not given yet
    Column("second_factor_step", Integer),  # the half minute of the last code that let somebody in
    CheckConstraint(one_of("role", Role), name="role"),
)

moderator_sites = Table(
    "moderator_sites",
    metadata,
    Column("moderator_id", Uuid, ForeignKey("moderators.id", ondelete="CASCADE"), primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True),
)

moderator_tokens = Table(
    "moderator_tokens",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("moderator_id", Uuid, ForeignKey("moderators.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("digest", LargeBinary, nullable=False, unique=True),  # SHA-256 of 256 random bits
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("label", String(100)),  # what its owner calls it
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("moderator_id", Uuid, ForeignKey("moderators.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("digest", LargeBinary, nullable=False, unique=True),  # SHA-256 of 256 random bits
    Column("device", String(60), nullable=False),  # such as "Firefox, Linux": no more than tells one's own apart
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),  # to the minute
)

one_time_links = Table(
    "one_time_links",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),  # SHA-256 of 256 random bits
    Column("purpose", String(20), nullable=False),
    Column("moderator_id", Uuid, ForeignKey("moderators.id", ondelete="CASCADE"), index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    CheckConstraint(one_of("purpose", LinkPurpose), name="purpose"),
    CheckConstraint("(purpose = 'first_admin') = (moderator_id IS NULL)", name="moderator"),
)

# Rows live for minutes: as many as were tried lately.
login_tries = Table(
    "login_tries",
    metadata,
    Column("who", LargeBinary, primary_key=True),  # keyed digest of a name or of an address
    Column("tries", Integer, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False, index=True),
)
