"""What goes out is signed so that the libraries of others accept it."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from moderation.delivery import Envelope, seal_envelope
from moderation.privacy import new_webhook_secret

EVENT = UUID("019ab0f2-7c00-7000-8000-000000000002")
DATA = {"id": "c", "external_id": "ä-1", "score": 0.5}


def sealed(*secrets: str, coral: bool = False, now: datetime | None = None) -> Envelope:
    moment = now or datetime.now(UTC)
    return seal_envelope(EVENT, "comment.approved", DATA, occurred_at=moment, now=moment, secrets=secrets, coral=coral)


def test_the_library_of_the_specification_verifies_it_with_the_secret_and_with_no_other() -> None:
    secret = new_webhook_secret()
    envelope = sealed(secret)

    told = Webhook(secret).verify(envelope.body, dict(envelope.headers))

    assert (told["type"], told["data"]) == ("comment.approved", DATA)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_webhook_secret()).verify(envelope.body, dict(envelope.headers))


def test_during_a_rotation_each_of_the_two_secrets_verifies_it() -> None:
    new, old = new_webhook_secret(), new_webhook_secret()
    envelope = sealed(new, old)

    for secret in (new, old):
        Webhook(secret).verify(envelope.body, dict(envelope.headers))


def test_each_try_has_its_own_moment_and_the_same_id_and_body() -> None:
    secret, began = new_webhook_secret(), datetime.now(UTC)
    first, second = (
        seal_envelope(EVENT, "comment.approved", DATA, occurred_at=began, now=now, secrets=[secret])
        for now in (began, began + timedelta(hours=2))
    )

    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == f"msg_{EVENT.hex}"
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 7200
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_coral_signs_the_body_with_the_whole_secret() -> None:
    new, old = new_webhook_secret(), new_webhook_secret()
    envelope = sealed(new, old, coral=True)

    wanted = [f"sha256={hmac.new(each.encode(), envelope.body, 'sha256').hexdigest()}" for each in (new, old)]
    assert envelope.headers["X-Coral-Signature"] == ",".join(wanted)
    assert "X-Coral-Signature" not in sealed(new).headers


def test_neither_body_nor_secret_shows_in_a_log() -> None:
    assert repr(sealed(new_webhook_secret())) == "Envelope()"


def test_the_moment_of_the_event_is_told_as_rfc_3339_says() -> None:
    envelope = sealed(new_webhook_secret(), now=datetime(2026, 11, 23, 10, 0, tzinfo=UTC))

    assert json.loads(envelope.body)["timestamp"] == "2026-11-23T10:00:00Z"
