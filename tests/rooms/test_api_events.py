"""How an event is written: as browsers read it, whatever a name holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from moderation.api.events import as_event
from moderation.domain import Happening

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_a_claim_has_no_id_and_a_name_ends_no_line() -> None:
    claim = Happening(
        None, UUID(int=1), UUID(int=2), "claimed", NOW, moderator="Kim\n\nid: 1", expires_at=NOW + timedelta(minutes=2)
    )

    head, data, *rest = as_event(claim).decode().split("\n")

    assert (head, rest) == ("event: claimed", ["", ""])
    told = json.loads(data.removeprefix("data: "))
    assert told["moderator"] == "Kim\n\nid: 1"
    assert told["expires_at"] == "2026-11-23T10:02:00Z"


def test_a_decision_has_the_id_that_is_sent_back_after_a_break() -> None:
    entered = Happening(UUID(int=3), UUID(int=1), UUID(int=2), "entered", NOW)

    assert as_event(entered).startswith(f"id: {UUID(int=3)}\nevent: entered\n".encode())
