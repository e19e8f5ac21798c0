"""The same work in the form that is written first: one request, one call of the classifier, one commit.

An aiohttp handler checks signature and fields, asks the scikit-learn pipeline for the probability of one text, and
stores one row by SQLAlchemy's ORM, durably. It is well-behaved: kept connections, SQLite in WAL mode with
`synchronous=FULL`, `synchronous_commit` on PostgreSQL. And it does less than the service: it recalls no author, article
or earlier delivery, seals no address, and writes neither decision nor event. The classifier has the service's features,
fitted on a part of the shipped texts, because fitting is not what is measured.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

from aiohttp import web
from pydantic import BaseModel, EmailStr, Field, ValidationError
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from standardwebhooks import Webhook, WebhookVerificationError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.echo import serve
from moderation.bundled import bundled_folder
from moderation.training.dataset import make_dataset
from moderation.training.pipeline import ROUGH, fit
from moderation.training.sources import bundled_examples

_EVERY = 4  # of the shipped texts, one of so many is learned from

SESSIONS: web.AppKey[async_sessionmaker[AsyncSession]] = web.AppKey("SESSIONS", async_sessionmaker)
WEBHOOK: web.AppKey[Webhook] = web.AppKey("WEBHOOK", Webhook)
PIPELINE: web.AppKey[Any] = web.AppKey("PIPELINE", object)


class Base(DeclarativeBase):
    """The tables of the naive service."""


class Comment(Base):
    """One row a comment."""

    __tablename__ = "comments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    article: Mapped[str]
    author_name: Mapped[str]
    author_email: Mapped[str]
    text: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    score: Mapped[float]
    received_at: Mapped[datetime]


class Author(BaseModel):
    """Who wrote it."""

    name: str = Field(min_length=1, max_length=200)
    email: EmailStr


class Article(BaseModel):
    """What it stands below."""

    id: str = Field(min_length=1, max_length=200)


class Submission(BaseModel):
    """One comment."""

    external_id: str = Field(min_length=1, max_length=200)
    article: Article
    author: Author
    text: str = Field(min_length=1, max_length=20_000)


class Envelope(BaseModel):
    """The body of a webhook."""

    type: Literal["comment.submitted"]
    timestamp: datetime
    data: Submission


async def take(request: web.Request) -> web.Response:
    """Verifies, checks, scores and stores one comment, and answers with its receipt."""
    body = await request.read()
    try:
        request.app[WEBHOOK].verify(body, dict(request.headers))
        submission = Envelope.model_validate_json(body).data
    except WebhookVerificationError:
        return web.json_response({"code": "bad_signature"}, status=401)
    except ValidationError as error:
        return web.json_response({"code": "invalid", "errors": error.error_count()}, status=422)
    score = float(request.app[PIPELINE].predict_proba([submission.text])[0, 1])
    comment = Comment(
        id=uuid4(),
        external_id=submission.external_id,
        article=submission.article.id,
        author_name=submission.author.name,
        author_email=submission.author.email,
        text=submission.text,
        status="rejected" if score >= 0.95 else "approved" if score < 0.3 else "pending",
        score=score,
        received_at=datetime.now(UTC).replace(tzinfo=None),
    )
    async with request.app[SESSIONS]() as session:
        session.add(comment)
        await session.commit()
    receipt = {"id": str(comment.id), "external_id": comment.external_id, "status": comment.status, "score": score}
    return web.json_response(receipt, status=201)


def learn(path: Path) -> None:
    """Fits the pipeline and writes it to a file, for `naive` to read."""
    examples = [*bundled_examples(bundled_folder("models"))][::_EVERY]
    path.write_bytes(pickle.dumps(fit(make_dataset(examples), tolerance=ROUGH, reproducible=False)))


def naive(url: str, secret: str, pipeline: Any) -> web.Application:
    """Returns the naive service, with a database, the secret of webhooks, and what `learn` has made."""
    app = web.Application()
    engine = _engine(url)

    async def store(app: web.Application) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield
        await engine.dispose()

    app[SESSIONS] = async_sessionmaker(engine, expire_on_commit=False)
    app[WEBHOOK] = Webhook(secret)
    app[PIPELINE] = pipeline
    app.cleanup_ctx.append(store)
    app.router.add_post("/v1/sites/{site}/webhook", take)
    return app


def _engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


if __name__ == "__main__":
    if sys.argv[1] == "learn":
        learn(Path(sys.argv[2]))
    else:
        # Only ever what `learn` has written a moment ago.
        app = naive(sys.argv[2], sys.argv[3], pickle.loads(Path(sys.argv[4]).read_bytes()))
        asyncio.run(serve(app))
