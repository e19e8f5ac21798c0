"""An event as it goes out: the bytes, and headers as Standard Webhooks 1.0.0 says."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from moderation.clock import rfc_3339

_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is sent: nothing of it names an author."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def message_id(event: UUID) -> str:
    """Returns the `webhook-id` of an event: the same in every try, and at every endpoint."""
    return f"msg_{event.hex}"


def seal_envelope(
    event: UUID,
    kind: str,
    data: Mapping[str, object],
    *,
    occurred_at: datetime,
    now: datetime,
    secrets: Sequence[str],
    coral: bool = False,
) -> Envelope:
    """Returns an event signed with each of the secrets, newest first. `now` is the moment of this try; the body is the
    same in every one. With `coral`, the body is signed as Coral does, too: the whole secret is its key."""
    name, moment = message_id(event), str(int(now.timestamp()))
    document = {"type": kind, "timestamp": rfc_3339(occurred_at), "data": data}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    signed = b"%b.%b.%b" % (name.encode(), moment.encode(), body)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "moderation-webhooks/1",
        "webhook-id": name,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{_standard(secret, signed)}" for secret in secrets),
    }
    if coral:
        headers["X-Coral-Signature"] = ",".join(f"sha256={_coral(secret, body)}" for secret in secrets)
    return Envelope(headers, body)


def _standard(secret: str, signed: bytes) -> str:
    return b64encode(hmac.digest(b64decode(secret.removeprefix(_PREFIX)), signed, "sha256")).decode()


def _coral(secret: str, body: bytes) -> str:
    return hmac.digest(secret.encode(), body, "sha256").hex()
