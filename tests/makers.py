"""Makes the nouns of the house with everything in them that a test does not care about."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import Any

from moderation.domain import ArticleRef, Author, Delivery, Submission
from moderation.workflows.submit import Arrival

_numbers = count(1)
_WORDS = (
    "school river council winter budget answer garden people bridge minute letter market doctor street summer reader "
    "number friend window family village reason travel teacher station weather history kitchen picture morning evening"
)


def a_text(number: int) -> str:
    """Returns a remark that is not like that of another number: readers seldom say nearly the same.

    The bundled classifier doubts none of the first thousands.
    """
    return f"{' '.join(Random(number).sample(_WORDS.split(), 12))}, as I said in remark {number}."


def a_submission(
    *,
    external_id: str | None = None,
    article: str = "a-1",
    email: str | None = None,
    name: str = "Ana",
    text: str | None = None,
    ip: str | None = None,
    **more: Any,
) -> Submission:
    """Returns a submission; each call makes another comment by another author unless told otherwise."""
    number = next(_numbers)
    author = Author(name=name, email=email or f"reader-{number}@example.org", ip=ip, url=more.pop("url", None))
    return Submission(
        external_id=external_id or f"c-{number}",
        article=ArticleRef(article),
        author=author,
        text=text or a_text(number),
        **more,
    )


def an_arrival(*, delivery: Delivery | None = None, **fields: Any) -> Arrival:
    """Returns a submission as it arrives."""
    return Arrival(a_submission(**fields), delivery)


def a_payload(**fields: Any) -> dict[str, Any]:
    """Returns the `data` of `comment.submitted`; keys with a dot go inside: `a_payload(**{"author.name": "Bo"})`."""
    number = next(_numbers)
    payload: dict[str, Any] = {
        "external_id": f"p-{number}",
        "article": {"id": "a-1"},
        "author": {"name": "Ana", "email": f"reader-{number}@example.org"},
        "text": a_text(number),
    }
    for path, value in fields.items():
        *parents, last = path.split(".")
        part = payload
        for parent in parents:
            part = part[parent]
        part[last] = value
    return payload


def an_event(kind: str, data: object, *, timestamp: str = "2026-11-23T10:00:00Z") -> dict[str, object]:
    """Returns the body of a webhook."""
    return {"type": kind, "timestamp": timestamp, "data": data}
