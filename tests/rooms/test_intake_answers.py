"""What a site reads about its comment."""

from __future__ import annotations

import json
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import Reason, Receipt, Status
from moderation.intake.answers import receipt_json

TEXTS = st.text(st.characters(exclude_categories=()))


@given(
    st.uuids(),
    TEXTS,
    st.sampled_from(Status),
    st.sampled_from(Reason),
    st.none() | st.floats(0, 1) | st.floats(0, 1e-6) | st.sampled_from([0, 1]),
    st.none() | TEXTS,
)
def test_a_receipt_is_the_json_of_its_six_fields(
    own: UUID, external_id: str, status: Status, reason: Reason, score: float | None, model: str | None
) -> None:
    written = receipt_json(Receipt(own, external_id, status, reason, score, model))

    fields = {
        "id": str(own),
        "external_id": external_id,
        "status": str(status),
        "reason": str(reason),
        "score": None if score is None else round(score, 6),
        "model": model,
    }
    assert written.decode("ascii") == json.dumps(fields)
