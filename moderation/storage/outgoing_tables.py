"""What sites are told, as tables: their endpoints, what is on its way to each, and every try."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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

from moderation.domain import Outcome, State, Switch
from moderation.storage.metadata import metadata, one_of
from moderation.storage.types import Json, UtcDateTime

Number = BigInteger().with_variant(Integer, "sqlite")

endpoints = Table(
    "endpoints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("events", Json, nullable=False),  # the kinds that it is told
    Column("coral", Boolean, nullable=False),  # signed as Coral does, too
    Column("secret_sealed", LargeBinary, nullable=False),
    Column("old_secret_sealed", LargeBinary),
    Column("old_secret_until", UtcDateTime),
    Column("failures", Integer, nullable=False),  # in a row
    Column("failing_since", UtcDateTime),
    Column("probed_at", UtcDateTime),
    Column("resumes_at", UtcDateTime),  # as the receiver has asked for
    Column("disabled_at", UtcDateTime),
    Column("disabled_because", String(20)),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint(one_of("disabled_because", Switch), name="disabled_because"),
    CheckConstraint("(disabled_at IS NULL) = (disabled_because IS NULL)", name="disabled"),
)

# Its numbers grow in the order of commits for one comment, because whoever decides it holds its lock: so they are the
# order of what is told about it.
dispatches = Table(
    "dispatches",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("endpoint_id", Uuid, ForeignKey("endpoints.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", Uuid, ForeignKey("outbox.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("subject", Uuid, nullable=False),  # the comment, or the event itself where it is about none
    Column("state", String(20), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("claim", Integer, nullable=False),  # grows each time that somebody takes it up
    Column("due_at", UtcDateTime, nullable=False),  # when it may be taken up; while it is sent, the end of the lease
    Column("last_outcome", String(20)),
    Column("last_status", Integer),
    Column("last_at", UtcDateTime),
    UniqueConstraint("endpoint_id", "event_id"),
    CheckConstraint(one_of("state", State), name="state"),
)
_WAITING = text("state = 'waiting'")
_DEAD = text("state = 'dead'")
Index(
    "ix_dispatches_due",
    dispatches.c.endpoint_id,
    dispatches.c.due_at,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index(
    "ix_dispatches_order",
    dispatches.c.endpoint_id,
    dispatches.c.subject,
    dispatches.c.number,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)
Index("ix_dispatches_dead", dispatches.c.endpoint_id, dispatches.c.number, sqlite_where=_DEAD, postgresql_where=_DEAD)
Index("ix_dispatches_log", dispatches.c.endpoint_id, dispatches.c.number)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("dispatch_number", Number, ForeignKey("dispatches.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("outcome", String(20), nullable=False),
    Column("status", Integer),  # of the answer, if there was one
    Column("milliseconds", Integer, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    CheckConstraint(one_of("outcome", Outcome), name="outcome"),
)
