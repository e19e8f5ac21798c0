"""The short way that ordinary comments and envelopes take ends where the long one does."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moderation.errors import Invalid
from moderation.intake import envelope, fields
from moderation.intake.lengths import MAX_FILLED_IN_MS, MAX_ID, MAX_NAME, MAX_TEXT, MAX_TITLE, MAX_TRAP
from moderation.intake.ordinary import ordinary_submission
from tests.bad_inputs import strings

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)

ORDINARY: dict[str, Any] = {
    "external_id": "c-1",
    "article": {"id": "a-1", "url": "https://news.example/a-1", "title": "A bridge"},
    "parent_id": "c-0",
    "author": {
        "name": " Zoë ",
        "email": "Ana@Example.org",
        "url": "ana.example",
        "ip": "2001:DB8::7",
        "user_agent": "Mozilla/5.0",
    },
    "text": " Good \N{GRINNING FACE}.\n",
    "submitted_at": "2026-11-23t10:00:00.5+01:00",
    "trap": "x",
    "filled_in_ms": 8000,
}
PARTS = ("article", "author")
WORDS = [
    *("", " ", "0", "a", "a b", "é", "\u2028", "\x00", "\x7f", "\u200b", "\ud800", "\N{GRINNING FACE}\ufe0f"),
    *("a@example.org", "a@b", "@", "A.B@EXAMPLE.ORG", f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example.org"),
    *(
        "example.org",
        "https://example.org",
        "javascript:1",
        "https://a@example.org",
        "192.0.2.7",
        "::ffff:192.0.2.7",
    ),
    *("2026-11-23T10:00:00Z", "2026-11-24T10:00:01Z", "2026-11-23T10:00:60Z", "2026-11-23T10:00:00"),
    *("0001-01-01T00:00:00+01:00", "2026-11-23T10:00:00.1234567-00:00", "comment.submitted", "comment.deleted"),
    *("x" * length for most in (MAX_ID, MAX_NAME, MAX_TITLE, MAX_TEXT, MAX_TRAP) for length in (most, most + 1)),
]
OTHERS = [None, True, 0, -1, 8000, 8000.0, MAX_FILLED_IN_MS, MAX_FILLED_IN_MS + 1, [], [None], {}, {"id": "a-1"}]
VALUES = st.sampled_from([*WORDS, *OTHERS, *strings()])
PATHS = [*ORDINARY, *(f"{part}.{name}" for part in PARTS for name in ORDINARY[part]), "unknown", "author.unknown"]


def outcome(of: Callable[[], object]) -> object:
    """What comes of a call: its value, or all that it finds wrong."""
    try:
        return of()
    except Invalid as error:
        return error.errors


def changed(document: dict[str, Any], changes: dict[str, object]) -> object:
    body = copy.deepcopy(document)
    for path, value in changes.items():
        *parts, last = path.split(".")
        where = body
        for part in parts:
            where = where[part] if isinstance(where, dict) and part in where else {}
        if isinstance(where, dict):
            where[last] = value
    return body


@settings(max_examples=400)
@given(st.dictionaries(st.sampled_from(PATHS), VALUES, max_size=4))
@example({})
def test_the_short_way_and_the_long_way_make_the_same_of_any_comment(changes: dict[str, object]) -> None:
    body = changed(ORDINARY, changes)

    short = ordinary_submission(body, now=NOW)
    long = outcome(lambda: fields._any_submission(body, NOW))

    assert short is None or short == long
    assert outcome(lambda: fields.parse_submission(body, now=NOW)) == long


@pytest.mark.parametrize("path", PATHS)
def test_whatever_stands_in_one_field_both_ways_make_the_same_of_it(path: str) -> None:
    for value in [*WORDS, *OTHERS]:
        body = changed(ORDINARY, {path: value})

        short = ordinary_submission(body, now=NOW)

        assert short is None or short == outcome(lambda body=body: fields._any_submission(body, NOW))  # type: ignore[misc]


@pytest.mark.parametrize("path", PATHS)
def test_no_field_is_forgotten_on_the_short_way(path: str) -> None:
    full = ordinary_submission(ORDINARY, now=NOW)
    without = changed(ORDINARY, {path: None})

    assert full is not None
    assert full == fields._any_submission(ORDINARY, NOW)
    short = ordinary_submission(without, now=NOW)
    assert (short == full) == path.endswith("unknown")


@pytest.mark.parametrize("body", [None, [], "text", {}, ORDINARY | {"author": []}, ORDINARY | {"article": "a-1"}])
def test_what_is_no_comment_does_not_go_the_short_way(body: object) -> None:
    assert ordinary_submission(body, now=NOW) is None


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(["type", "timestamp", "data", "unknown"]), VALUES, max_size=3)
    | st.none()
    | st.lists(st.none())
)
def test_the_short_way_and_the_long_way_make_the_same_of_any_envelope(changes: object) -> None:
    whole = {"type": "comment.edited", "timestamp": "2026-11-23T10:00:00+02:00", "data": {"text": "a"}}
    document = {**whole, **changes} if isinstance(changes, dict) else changes

    short = envelope._ordinary(document)
    long = outcome(lambda: envelope._any_envelope(document))

    assert short is None or short == long
    assert outcome(lambda: envelope.parse_envelope(document)) == long
    assert envelope._ordinary(whole) is not None
