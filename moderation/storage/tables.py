"""Everything we remember, as tables. The revisions in `alembic/` build the same; a test holds the two together.

Names: `*_at` is a moment, `*_sealed` a ciphertext, `*_fingerprint` and `*_digest` keyed hashes of 32 bytes.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    Uuid,
    literal_column,
    text,
)

from moderation.domain import Actor, Comments, Label, Moderation, Standing, Status
from moderation.privacy import Purpose
from moderation.storage import account_tables, outgoing_tables, report_tables, review_tables, training_tables
from moderation.storage.metadata import metadata as metadata
from moderation.storage.metadata import one_of
from moderation.storage.types import Json, UtcDateTime

moderators = account_tables.moderators  # who decides; the rest of accounts is told there
claims, notes = review_tables.claims, review_tables.notes
reports, appeals = report_tables.reports, report_tables.appeals  # what readers and authors complain about
site_models, site_promotions = training_tables.site_models, training_tables.site_promotions
endpoints, dispatches = outgoing_tables.endpoints, outgoing_tables.dispatches  # who is told of what is in the outbox

sites = Table(
    "sites",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("slug", String(63), nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("settings", Json, nullable=False),  # only what the site has set; defaults are the deployment's
    Column("revision", Integer, nullable=False),  # grows with each change of settings or keys
    Column("created_at", UtcDateTime, nullable=False),
)

site_keys = Table(
    "site_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("api_key_digest", LargeBinary, nullable=False, unique=True),  # SHA-256 of 256 random bits
    Column("webhook_secret_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),  # null: the newest; older ones live on for a day, so that a site can change over
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint(one_of("purpose", Purpose), name="purpose"),
)

articles = Table(
    "articles",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("url", Text),
    Column("title", Text),
    Column("comments", String(20), nullable=False),
    Column("moderation", String(20)),  # null: as the site's policy says
    Column("said_at", UtcDateTime),  # the site's time of its last `article.updated`; older ones change nothing
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("site_id", "external_id"),
    CheckConstraint(one_of("comments", Comments), name="comments"),
    CheckConstraint(one_of("moderation", Moderation), name="moderation"),
    Index(None, "site_id", "id"),
)

authors = Table(
    "authors",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    Column("email_fingerprint", LargeBinary, nullable=False),
    Column("email_sealed", LargeBinary, nullable=False),
    Column("sealing_key", LargeBinary, nullable=False),  # which data key, so that a rotation finds the old ones
    Column("standing", String(20), nullable=False),
    Column("standing_until", UtcDateTime),  # null: for good
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("site_id", "email_fingerprint"),
    CheckConstraint(one_of("standing", Standing), name="standing"),
    Index(None, "sealing_key", "id"),
)

comments = Table(
    "comments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    Column("article_id", Uuid, ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    Column("author_id", Uuid, ForeignKey("authors.id"), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("parent_external_id", String(200)),
    Column("thread", Text, nullable=False),  # ids of the ancestors and its own: sorts an article as a tree
    Column("author_name", Text, nullable=False),
    Column("author_url", Text),
    Column("text", Text, nullable=False),
    Column("text_digest", LargeBinary, nullable=False),  # equal for the same words
    Column("content_digest", LargeBinary, nullable=False),  # of all that the reader sent first
    Column("submitted_at", UtcDateTime, nullable=False),  # as the site says
    Column("received_at", UtcDateTime, nullable=False),
    Column("edited_at", UtcDateTime),  # the site's time of the last edit
    Column("deleted_at", UtcDateTime),
    # The latest decision, repeated here so that queue and article are read by one index each.
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("score", Double),
    Column("model", String(100)),
    Column("reports", Integer, nullable=False, server_default=text("0")),  # readers who have complained
    Column("campaign", Uuid),  # its name, see `workflows/campaigns.py`; without one a comment's own id is the name
    # Kept for a configured number of days only.
    Column("ip_network", String(50)),
    Column("ip_fingerprint", LargeBinary),
    Column("user_agent", Text),
    UniqueConstraint("site_id", "external_id"),
    CheckConstraint(one_of("status", Status), name="status"),
    CheckConstraint("score IS NULL OR score BETWEEN 0 AND 1", name="score"),
    CheckConstraint("(score IS NULL) = (model IS NULL)", name="score_has_model"),
    Index(None, "site_id", "status", "id"),
    Index(None, "author_id", "received_at"),
    Index(None, "author_id", "text_digest", "received_at"),
)


def _index(name: str, table: Table, *columns: str, only: TextClause) -> None:
    Index(name, *(table.c[column] for column in columns), sqlite_where=only, postgresql_where=only)


# As the partial indexes have it, in letters: with a parameter they are not seen to fit.
is_pending: ColumnElement[bool] = comments.c.status == literal_column("'pending'")

_PENDING = text("status = 'pending'")
_PUBLIC = text("status = 'approved'")
_REPORTED = text("reports > 0")
_NOT_SCORED = text("reason = 'not_scored'")
_WITH_ADDRESS = text("ip_fingerprint IS NOT NULL")
_WITH_TRACE = text("ip_network IS NOT NULL OR user_agent IS NOT NULL")
_JUDGED = text("standing <> 'normal'")
_ONE_OF_MANY = text("campaign IS NOT NULL")

_index("ix_authors_judged", authors, "site_id", "id", only=_JUDGED)

# With the status at their end, which says nothing new: without it SQLite (3.40) reads each row to be sure of it, and
# counting by score or reason would read tens of thousands.
_index("ix_comments_queue_by_score", comments, "site_id", "score", "id", "status", only=_PENDING)
_index("ix_comments_queue_by_reason", comments, "site_id", "reason", "score", "id", "status", only=_PENDING)
_index("ix_comments_queue_by_reports", comments, "site_id", "reports", "id", only=_PENDING)
_index("ix_comments_reported", comments, "site_id", "status", "reports", "id", only=_REPORTED)
_index("ix_comments_queue_by_article", comments, "article_id", "score", "id", only=_PENDING)
_index("ix_comments_queue_by_author", comments, "author_id", "score", "id", only=_PENDING)
_index("ix_comments_public", comments, "article_id", "thread", only=_PUBLIC)
_index("ix_comments_not_scored", comments, "id", only=_NOT_SCORED)
_index("ix_comments_campaign", comments, "campaign", "status", "id", only=_ONE_OF_MANY)
_index("ix_comments_ip_fingerprint", comments, "ip_fingerprint", "received_at", only=_WITH_ADDRESS)
_index("ix_comments_traces", comments, "received_at", only=_WITH_TRACE)

# One row for each comment of the last weeks that is long enough to be told from others; see `policy/sketches.py`.
# A table of its own: a decision changes the comment's row, and would write all these indexes again.
sketches = Table(
    "sketches",
    metadata,
    Column("comment_id", Uuid, ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True),
    Column("site_id", Uuid, nullable=False),  # the comment's; filters what is found by a key
    Column("numbers", LargeBinary, nullable=False),
    *(Column(f"key_{number}", Integer, nullable=False, index=True) for number in range(1, 5)),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("comment_id", Uuid, ForeignKey("comments.id", ondelete="CASCADE"), nullable=False),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),  # 1 is the first decision; the comment shows the latest
    Column("status", String(20), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("detail", Text),
    Column("score", Double),
    Column("model", String(100)),
    Column("decided_by", String(20), nullable=False),
    Column("moderator_id", Uuid, ForeignKey("moderators.id")),
    Column("label", String(20)),
    Column("note", Text),
    Column("basis", Text),  # the rule or the law, as the site is told
    Column("batch_id", Uuid),
    Column("undoes_id", Uuid, ForeignKey("decisions.id")),
    Column("decided_at", UtcDateTime, nullable=False),
    UniqueConstraint("comment_id", "version"),
    CheckConstraint(one_of("status", Status), name="status"),
    CheckConstraint(one_of("decided_by", Actor), name="decided_by"),
    CheckConstraint(one_of("label", Label), name="label"),
    CheckConstraint("(decided_by = 'moderator') = (moderator_id IS NOT NULL)", name="moderator_is_named"),
)

_LABELLED = text("label IS NOT NULL")
_BY_PEOPLE = text("moderator_id IS NOT NULL")
_UNDOING = text("undoes_id IS NOT NULL")
_OF_A_BATCH = text("batch_id IS NOT NULL")
_index("ix_decisions_labels", decisions, "site_id", "decided_at", only=_LABELLED)
_index("ix_decisions_of_site_by_people", decisions, "site_id", "id", only=_BY_PEOPLE)
_index("ix_decisions_of_moderator", decisions, "moderator_id", "id", only=_BY_PEOPLE)
_index("ix_decisions_batch_id", decisions, "batch_id", only=_OF_A_BATCH)
# A decision that is erased asks who undoes it.
_index("ix_decisions_undoes_id", decisions, "undoes_id", only=_UNDOING)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), nullable=False),
    Column("type", String(60), nullable=False),
    Column("comment_id", Uuid, ForeignKey("comments.id", ondelete="CASCADE"), index=True),  # null: of no comment
    Column("body", Json, nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Index(None, "site_id", "id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True),
    Column("delivery_id", String(200), primary_key=True),
    Column("body_digest", LargeBinary, nullable=False),
    Column("received_at", UtcDateTime, nullable=False, index=True),
)

model_versions = Table(
    "model_versions",
    metadata,
    Column("version", String(100), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("bundled", Boolean, nullable=False),
    Column("artifact", LargeBinary),
    Column("card", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("bundled OR artifact IS NOT NULL", name="artifact"),
)

model_promotions = Table(
    "model_promotions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", String(100), ForeignKey("model_versions.version"), nullable=False),
    Column("promoted_by", Text, nullable=False),
    Column("promoted_at", UtcDateTime, nullable=False),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("sites.id", ondelete="CASCADE")),
    Column("actor", Text, nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Json, nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Index(None, "site_id", "id"),
    Index(None, "subject", "id"),
)
