"""The envelope of a webhook: type, timestamp and data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import Invalid
from moderation.intake.envelope import Envelope, EventType, parse_envelope
from tests.bad_inputs import strings

ENVELOPE = {"type": "comment.submitted", "timestamp": "2026-11-23T10:00:00Z", "data": {"text": "a"}}


def errors_of(document: object) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        parse_envelope(document)
    return {error.field: error.code for error in caught.value.errors}


@pytest.mark.parametrize("kind", EventType)
def test_an_envelope_has_a_known_type_a_moment_and_data(kind: EventType) -> None:
    envelope = parse_envelope(ENVELOPE | {"type": str(kind), "more": 1})

    assert envelope == Envelope(kind, datetime(2026, 11, 23, 10, tzinfo=UTC), {"text": "a"})


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"type": None}, {"type": "required"}),
        ({"type": ""}, {"type": "required"}),
        ({"type": 5}, {"type": "invalid"}),
        ({"type": ["comment.submitted"]}, {"type": "invalid"}),
        ({"type": "comment.approved"}, {"type": "invalid"}),
        ({"type": "Comment.Submitted"}, {"type": "invalid"}),
        ({"timestamp": None}, {"timestamp": "required"}),
        ({"timestamp": 1795428000}, {"timestamp": "invalid"}),
        ({"timestamp": "2026-11-23T10:00:00"}, {"timestamp": "invalid"}),
        ({"timestamp": "\ud800"}, {"timestamp": "invalid"}),
        ({"data": None}, {"data": "required"}),
        (
            {"type": None, "timestamp": "x", "data": None},
            {"type": "required", "timestamp": "invalid", "data": "required"},
        ),
    ],
)
def test_what_is_wrong_with_an_envelope_is_told_at_once(changed: dict[str, object], errors: dict[str, str]) -> None:
    assert errors_of(ENVELOPE | changed) == errors


def test_an_empty_object_lacks_all_three() -> None:
    assert errors_of({}) == {"type": "required", "timestamp": "required", "data": "required"}


@pytest.mark.parametrize("document", [None, [], [ENVELOPE], "text", 5, True])
def test_a_document_that_is_no_object_is_invalid(document: object) -> None:
    assert errors_of(document) == {"": "invalid"}


def test_an_unknown_type_is_answered_with_the_known_ones_and_not_with_itself() -> None:
    with pytest.raises(Invalid) as caught:
        parse_envelope(ENVELOPE | {"type": "user.created"})

    sentence = caught.value.errors[0].message
    assert all(kind in sentence for kind in EventType)
    assert "user.created" not in sentence


@pytest.mark.parametrize("data", [[], 5, "text", {"a": "\ud800"}])
def test_data_is_handed_on_unchecked(data: object) -> None:
    assert parse_envelope(ENVELOPE | {"data": data}).data == data


@given(
    st.sampled_from(list(ENVELOPE)),
    st.none() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.sampled_from(strings()),
)
def test_any_value_in_an_envelope_is_taken_or_invalid(name: str, value: object) -> None:
    try:
        parse_envelope(ENVELOPE | {name: value})
    except Invalid as error:
        assert {each.field for each in error.errors} == {name}  # noqa: PT017
