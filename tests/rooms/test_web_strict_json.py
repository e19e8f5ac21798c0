"""What the intake takes for JSON, and what it refuses before anything else looks at it."""

from __future__ import annotations

import json
import timeit
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import Malformed
from moderation.web import strict_json
from tests.bad_inputs import json_bodies

# JSONTestSuite takes duplicate keys for valid syntax; our contract refuses them.
DUPLICATES = {"y_object_duplicated_key", "y_object_duplicated_key_and_value"}

ORDINARY_COMMENT = json.dumps(
    {
        "external_id": "c-1",
        "article": {"id": "a-1", "url": "https://news.example/a-1", "title": "A bridge is opened"},
        "parent_id": None,
        "author": {"name": "Ana", "email": "ana@example.org", "url": None, "ip": "192.0.2.7", "user_agent": "Mozilla"},
        "text": "A good article about the bridge, though the figures of last year are missing.",
        "submitted_at": "2026-11-23T10:00:00Z",
        "trap": None,
        "filled_in_ms": 8000,
    }
).encode()


@pytest.mark.parametrize(("name", "syntax", "body"), json_bodies(), ids=lambda value: value if value else "empty")
def test_each_document_of_the_corpus_is_parsed_or_refused_as_malformed(name: str, syntax: str, body: bytes) -> None:
    parsed = True
    try:
        strict_json.loads(body)
    except Malformed:
        parsed = False

    if syntax != "either":
        assert parsed == (syntax == "parse" and name not in DUPLICATES)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"a": 1, "a": 1}', "same key twice"),
        (b'[{"a": {"b": 1, "b": 2}}]', "same key twice"),
        (b'{"a": 1, "\\u0061": 2}', "same key twice"),
        (b"[NaN]", "NaN"),
        (b"[Infinity]", "NaN"),
        (b"-Infinity", "NaN"),
        (b"[1e400]", "too large"),
        (b"[-1e400]", "too large"),
        (b"1" * 41, "40 digits"),
        (b"-" + b"1" * 41, "40 digits"),
        (b"0." + b"1" * 41, "40 digits"),
        (b"1e" + b"0" * 41 + b"1", "40 digits"),
        (b"1" * 1_000_000, "40 digits"),
        (b"[" * 33 + b"]" * 33, "32 levels"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "32 levels"),
        (b"[" * 30_000 + b"]" * 30_000, "32 levels"),
        (b'{"a":' * 30_000 + b"1" + b"}" * 30_000, "32 levels"),
        (b'\xef\xbb\xbf{"a": 1}', "byte order mark"),
        ('{"a": 1}'.encode("utf-16"), "UTF-8"),
        ('{"a": 1}'.encode("utf-16-le"), "JSON"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b'"\xc0\xaf"', "UTF-8"),
        (b'"a\nb"', "JSON"),
        (b'"a\x00b"', "JSON"),
        (b"", "JSON"),
        (b"{} {}", "JSON"),
        (b"\x0c{}", "JSON"),
        (b"\xc2\xa0{}", "JSON"),
        (b"{'a': 1}", "JSON"),
        (b"[01]", "JSON"),
    ],
    ids=lambda value: value[:24] if isinstance(value, bytes) else value,
)
def test_what_parsers_disagree_on_is_malformed_and_the_sentence_says_why(body: bytes, sentence: str) -> None:
    with pytest.raises(Malformed, match=sentence):
        strict_json.loads(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"1" * 40, int("1" * 40)),
        (b"-" + b"1" * 40, -int("1" * 40)),
        (b"1e-400", 0.0),
        (b"[" * 32 + b"]" * 32, None),
        (b'{"a":' * 32 + b"1" + b"}" * 32, None),
        (b"[" + b"[]," * 500 + b"[]]", [[]] * 501),
        (b' \t\r\n{"a": [1.5, true, null]} ', {"a": [1.5, True, None]}),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\ud800"', "\ud800"),
        (b'"{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{[{["', "{[" * 19),
    ],
    ids=lambda value: value[:24] if isinstance(value, bytes) else "",
)
def test_what_is_just_within_the_limits_is_parsed(body: bytes, value: object) -> None:
    parsed = strict_json.loads(body)

    assert value is None or parsed == value


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_a_value_or_malformed(body: bytes) -> None:
    with suppress(Malformed):
        strict_json.loads(body)


def _values(children: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**39), 10**39)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        _values,
        max_leaves=20,
    )
)
def test_whatever_json_writes_is_read_back_the_same(value: object) -> None:
    assert strict_json.loads(json.dumps(value).encode()) == value


def _fastest(action: Callable[[], object], *, times: int) -> float:
    """Seconds of one call, the best of five rounds: the others were disturbed."""
    return min(timeit.repeat(action, number=times, repeat=5)) / times


def test_an_ordinary_comment_costs_little_more_than_the_plain_parser() -> None:
    ours = _fastest(lambda: strict_json.loads(ORDINARY_COMMENT), times=2_000)
    plain = _fastest(lambda: json.loads(ORDINARY_COMMENT), times=2_000)

    assert ours < 4 * plain
