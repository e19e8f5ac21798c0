"""What the documentation shows."""

from __future__ import annotations

EXAMPLE_SUBMISSION: dict[str, object] = {
    "external_id": "c-1",
    "article": {"id": "a-1", "url": "https://planet.example.com/a-1", "title": "A title"},
    "parent_id": None,
    "author": {"name": "Ana", "email": "ana@example.org", "url": None, "ip": "192.0.2.7", "user_agent": None},
    "text": "Thank you, this explains a lot.",
    "submitted_at": "2026-11-23T10:00:00Z",
    "trap": None,
    "filled_in_ms": 8000,
}

EXAMPLE_RECEIPT: dict[str, object] = {
    "id": "019ab0f2-7c00-7000-8000-000000000001",
    "external_id": "c-1",
    "status": "approved",
    "reason": "clean",
    "score": 0.0123,
    "model": "baseline-1",
}


def _event(kind: str, data: dict[str, object]) -> dict[str, object]:
    return {"type": kind, "timestamp": "2026-11-23T10:00:00Z", "data": data}


EXAMPLE_WEBHOOKS: dict[str, object] = {
    "a new comment": _event("comment.submitted", EXAMPLE_SUBMISSION),
    "a new text": _event("comment.edited", {"external_id": "c-1", "text": "Thank you. This explains a lot."}),
    "a comment that is gone": _event("comment.deleted", {"external_id": "c-1"}),
    "a reader's report": _event("comment.reported", {"external_id": "c-1", "reason": "abuse", "reporter": "r-1"}),
    "an article that closes": _event("article.updated", {"id": "a-1", "comments": "closed"}),
}
