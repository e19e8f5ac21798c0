"""What a site may send as a comment, an edit, a deletion or an article, and how it is told what is wrong."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import ArticleRef, ArticleUpdate, Author, Comments, Edit, Moderation, Submission
from moderation.errors import Invalid, Malformed
from moderation.intake import fields
from moderation.web import strict_json
from moderation.web.moments import read_moment
from tests.bad_inputs import json_bodies, strings

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)

FULL: dict[str, Any] = {
    "external_id": "c-1",
    "article": {"id": "a-1", "url": "https://news.example/a-1", "title": "A bridge"},
    "parent_id": "c-0",
    "author": {
        "name": "Ana",
        "email": "Ana@Example.org",
        "url": "ana.example",
        "ip": "192.0.2.7",
        "user_agent": "Mozilla/5.0",
    },
    "text": "Good.",
    "submitted_at": "2026-11-23T10:00:00+01:00",
    "trap": "x",
    "filled_in_ms": 8000,
}
PATHS = [
    *FULL,
    *(f"article.{name}" for name in FULL["article"]),
    *(f"author.{name}" for name in FULL["author"]),
]
REQUIRED = ["external_id", "article.id", "author.name", "author.email", "text"]


def a_body(**changed: object) -> dict[str, Any]:
    """The full body; `author__name="Bo"` changes a part of it, `...` leaves the field out."""
    body = copy.deepcopy(FULL)
    for path, value in changed.items():
        *parts, last = path.split("__")
        where = body
        for part in parts:
            where = where[part]
        where[last] = value
        if value is ...:
            del where[last]
    return body


def with_field(path: str, value: object) -> dict[str, Any]:
    return a_body(**{path.replace(".", "__"): value})


def submission(body: object) -> Submission:
    return fields.parse_submission(body, now=NOW)


def errors_of(parse: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        parse()
    return {error.field: error.code for error in caught.value.errors}


def wrong_fields(body: object) -> dict[str, str]:
    return errors_of(lambda: submission(body))


def test_a_full_body_becomes_a_submission() -> None:
    assert submission(FULL) == Submission(
        external_id="c-1",
        article=ArticleRef(id="a-1", url="https://news.example/a-1", title="A bridge"),
        author=Author(
            name="Ana", email="Ana@example.org", url="https://ana.example", ip="192.0.2.7", user_agent="Mozilla/5.0"
        ),
        text="Good.",
        parent_id="c-0",
        submitted_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
        trap="x",
        filled_in_ms=8000,
    )


def test_only_five_fields_are_required() -> None:
    body = {
        "external_id": "c-1",
        "article": {"id": "a-1"},
        "author": {"name": "Ana", "email": "ana@example.org"},
        "text": "Good.",
    }

    assert submission(body) == Submission(
        external_id="c-1",
        article=ArticleRef(id="a-1"),
        author=Author(name="Ana", email="ana@example.org"),
        text="Good.",
    )


@pytest.mark.parametrize("path", [path for path in PATHS if path not in REQUIRED and path not in {"article", "author"}])
@pytest.mark.parametrize("nothing", [None, "", ...])
def test_an_optional_field_may_be_missing_null_or_empty(path: str, nothing: object) -> None:
    if path == "filled_in_ms" and nothing == "":
        nothing = None

    found = submission(with_field(path, nothing))

    *parts, last = path.split(".")
    owner = getattr(found, parts[0]) if parts else found
    assert getattr(owner, last) is None


@pytest.mark.parametrize("path", REQUIRED)
@pytest.mark.parametrize("nothing", [None, "", ...])
def test_a_required_field_that_is_missing_null_or_empty_is_required(path: str, nothing: object) -> None:
    assert wrong_fields(with_field(path, nothing)) == {path: "required"}


@pytest.mark.parametrize("path", ["author.name", "text", "external_id", "article.id"])
@pytest.mark.parametrize(
    "blank", [" ", "\u200b", "\ufeff \u2060", "\u115f\u1160", "\u3164", "\u2800", "\ufe0f", "\u00a0"]
)
def test_what_shows_nothing_is_required(path: str, blank: str) -> None:
    assert wrong_fields(with_field(path, blank)) == {path: "required"}


def test_all_wrong_fields_are_told_at_once() -> None:
    body = {
        "external_id": 5,
        "article": None,
        "author": {"name": "a" * 101, "email": "nobody", "url": "javascript:1", "ip": "1.2.3"},
        "text": "\0",
        "submitted_at": "yesterday",
        "filled_in_ms": -1,
    }

    assert wrong_fields(body) == {
        "external_id": "invalid",
        "article.id": "required",
        "author.name": "too_long",
        "author.email": "invalid",
        "author.url": "invalid",
        "author.ip": "invalid",
        "text": "invalid",
        "submitted_at": "invalid",
        "filled_in_ms": "invalid",
    }


def test_an_empty_object_names_every_required_field_in_order() -> None:
    assert list(wrong_fields({})) == REQUIRED


@pytest.mark.parametrize("body", [None, [], [1, 2], 5, 1.5, True, "text", ""])
def test_a_body_that_is_no_object_is_invalid_as_a_whole(body: object) -> None:
    assert wrong_fields(body) == {"": "invalid"}


@pytest.mark.parametrize("part", ["article", "author"])
@pytest.mark.parametrize("value", [[], 5, "a-1", True])
def test_a_part_that_is_no_object_is_invalid(part: str, value: object) -> None:
    assert wrong_fields(with_field(part, value)) == {part: "invalid"}


@pytest.mark.parametrize("path", [path for path in PATHS if path not in {"article", "author", "filled_in_ms"}])
@pytest.mark.parametrize("value", [5, 1.5, True, ["a"], {"a": 1}])
def test_a_number_or_a_list_is_not_a_string(path: str, value: object) -> None:
    assert wrong_fields(with_field(path, value)) == {path: "invalid"}


@pytest.mark.parametrize("value", ["8000", 8000.0, True, [], -1, 86_400_000_001, 10**39])
def test_the_time_of_filling_in_is_a_whole_number_within_a_thousand_days(value: object) -> None:
    assert wrong_fields(with_field("filled_in_ms", value)) == {"filled_in_ms": "invalid"}
    assert submission(with_field("filled_in_ms", 86_400_000_000)).filled_in_ms == 86_400_000_000
    assert submission(with_field("filled_in_ms", 0)).filled_in_ms == 0


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("external_id", 200),
        ("article.id", 200),
        ("parent_id", 200),
        ("article.title", 500),
        ("author.name", 100),
        ("text", 20_000),
        ("trap", 1_000),
    ],
)
def test_a_string_may_be_as_long_as_its_limit_counted_in_characters(path: str, limit: int) -> None:
    submission(with_field(path, "\U0001f600" * limit))

    assert wrong_fields(with_field(path, "\U0001f600" * (limit + 1))) == {path: "too_long"}


def test_an_address_may_have_254_characters() -> None:
    domain = ".".join(["b" * 61] * 3) + ".com"
    submission(with_field("author.email", "a" * (254 - 1 - len(domain)) + "@" + domain))

    assert wrong_fields(with_field("author.email", "a" * (254 - len(domain)) + "@" + domain)) == {
        "author.email": "too_long"
    }


@pytest.mark.parametrize("path", ["author.name", "text"])
def test_a_name_and_a_text_are_measured_after_trimming(path: str) -> None:
    found = submission(with_field(path, "\ufeff \t\n" * 6_000 + "a b" + "\u200b\r\n" * 6_000))

    assert "a b" in {found.author.name, found.text}


@pytest.mark.parametrize("text", ["a\n\n\tb  c", "x\u200by", "\u2764\ufe0f", "\u202bא\u202c", "a\x1bb", "A\u0301"])
def test_a_text_is_otherwise_kept_as_it_is(text: str) -> None:
    assert submission(with_field("text", text)).text == text


@pytest.mark.parametrize("path", ["external_id", "article.id", "parent_id"])
def test_an_id_is_kept_exactly_as_the_site_writes_it(path: str) -> None:
    found = submission(with_field(path, " c 1 "))

    assert " c 1 " in {found.external_id, found.article.id, found.parent_id}


@pytest.mark.parametrize("path", [path for path in PATHS if path not in {"article", "author", "author.user_agent"}])
@pytest.mark.parametrize("character", ["\0", "\ud83d"])
def test_nul_and_lone_surrogates_are_invalid_wherever_they_stand(path: str, character: str) -> None:
    assert wrong_fields(with_field(path, f"a{character}b")) == {path: "invalid"}


@pytest.mark.parametrize("path", ["text", "trap"])
@pytest.mark.parametrize("character", ["\0", "\ud83d"])
def test_a_text_that_cannot_be_stored_is_told_what_is_in_it(path: str, character: str) -> None:
    with pytest.raises(Invalid) as caught:
        submission(with_field(path, character))

    assert "half of a surrogate pair" in caught.value.errors[0].message


@pytest.mark.parametrize("path", ["external_id", "article.id", "article.title", "parent_id", "author.name"])
@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029"])
def test_a_line_holds_no_line_breaks_and_no_control_characters(path: str, character: str) -> None:
    assert wrong_fields(with_field(path, f"a{character}b")) == {path: "invalid"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a" * 301, "a" * 300),
        ("a" * 1_000_000, "a" * 300),
        ("\0\r\n" + "a" * 301, "a" * 300),
        ("Mozilla\r\nSet-Cookie: a", "MozillaSet-Cookie: a"),
        ("\ud800x\x1b[31m", "x[31m"),
        ("\0", None),
    ],
)
def test_a_user_agent_is_cut_and_cleaned_but_never_refused(sent: str, kept: str | None) -> None:
    assert submission(with_field("author.user_agent", sent)).author.user_agent == kept


@pytest.mark.parametrize(
    "sent",
    ["2026-11-23", "2026-11-23T10:00:00", "2026-11-23T10:00Z", "20261123T100000Z", "2026-W48-1T10:00:00Z",
     "2026-11-23T10:00:00+0100", "2026-11-23T10:00:00+01", "2026-11-23T24:00:00Z", "2026-13-01T10:00:00Z",
     "2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00+01:60", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
     "9999-12-31T23:59:60Z", "2026-11-23T10:00:00,5Z", "2026-11-23T10:00:00.Z", "٢026-11-23T10:00:00Z",
     " 2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z\n", "1795428000", "2026-11-23T10:00:00." + "1" * 10_000 + "Z",
     "2026-11-24T10:00:01Z"],
)  # fmt: skip
def test_a_time_that_is_not_rfc_3339_or_lies_a_day_ahead_is_invalid(sent: str) -> None:
    assert wrong_fields(with_field("submitted_at", sent)) == {"submitted_at": "invalid"}


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        ("2026-11-23T10:00:00Z", NOW),
        ("2026-11-23t10:00:00z", NOW),
        ("2026-11-23 10:00:00-00:00", NOW),
        ("2026-11-23T23:59:00+13:59", NOW),
        ("2026-11-23T10:00:00.123456789Z", NOW + timedelta(microseconds=123_456)),
        ("2026-11-24T10:00:00Z", NOW + timedelta(hours=24)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_with_an_offset_is_kept_in_utc(sent: str, moment: datetime) -> None:
    kept = submission(with_field("submitted_at", sent)).submitted_at

    assert kept == moment
    assert kept.tzinfo is UTC


@given(st.datetimes(timezones=st.timezones()))
def test_every_moment_that_python_writes_with_whole_minutes_of_offset_is_read_back(moment: datetime) -> None:
    offset = moment.utcoffset()
    if offset is None or offset.total_seconds() % 60 or not 1 < moment.year < 9999:
        return

    assert read_moment(moment.isoformat()) == moment.astimezone(UTC)


@given(st.text(alphabet="0123456789-+:TZz. ", max_size=32) | st.text())
def test_any_string_is_a_moment_or_a_value_error(text: str) -> None:
    try:
        assert read_moment(text).tzinfo is UTC
    except ValueError as error:
        assert not isinstance(error, UnicodeError)  # noqa: PT017


def test_unknown_fields_have_no_effect_whatever_they_hold() -> None:
    hostile = {"status": "approved", "score": 0, "id": "x", "site": "other", "\ud800": "\ud800", "a\0": [{"b": "\0"}]}

    assert submission(FULL | hostile) == submission(FULL)
    assert submission(FULL | {"author": FULL["author"] | hostile}) == submission(FULL)


@pytest.mark.parametrize("nothing", [None, "", ...])
def test_another_id_stands_in_for_a_missing_external_id(nothing: object) -> None:
    found = fields.parse_submission(with_field("external_id", nothing), now=NOW, external_id="key-1")

    assert found.external_id == "key-1"


def test_the_external_id_of_the_body_counts_before_the_one_that_stands_in() -> None:
    assert fields.parse_submission(FULL, now=NOW, external_id="key-1").external_id == "c-1"


@pytest.mark.parametrize(("key", "code"), [("a" * 201, "too_long"), ("a\nb", "invalid"), (" ", "required")])
def test_an_id_that_stands_in_is_checked_like_any_other(key: str, code: str) -> None:
    parse = lambda: fields.parse_submission(with_field("external_id", None), now=NOW, external_id=key)  # noqa: E731

    assert errors_of(parse) == {"external_id": code}


def test_parsing_leaves_what_was_sent_as_it_was() -> None:
    body = {"author": None}

    wrong_fields(body)

    assert body == {"author": None}


@pytest.mark.parametrize("path", PATHS)
def test_every_string_of_the_corpus_gives_a_submission_or_invalid_in_no_time(path: str) -> None:
    for hostile in [*strings(), *(s * 30 for s in strings())]:
        started = time.process_time()
        try:
            found = submission(with_field(path, hostile))
        except Invalid as error:
            assert {each.field for each in error.errors} == {path}  # noqa: PT017
        else:
            repr(found).encode()
        assert time.process_time() - started < 0.5


def test_no_document_of_the_corpus_is_a_submission_or_an_error_of_another_kind() -> None:
    for _, _, body in json_bodies():
        with pytest.raises((Invalid, Malformed)):
            submission(strict_json.loads(body))


def _values(children: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    keys = st.sampled_from([*PATHS, "id", "name", "email", "url", "ip", "title", "user_agent", "comments"])
    return st.lists(children, max_size=3) | st.dictionaries(keys, children, max_size=6)


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.sampled_from(["open", "auto"]), _values
)


@given(ANY_VALUE)
def test_any_value_is_taken_or_invalid(value: object) -> None:
    for parse in (submission, fields.parse_edit, fields.parse_deletion, fields.parse_article_update):
        try:
            parse(value)
        except Invalid as error:
            assert error.errors  # noqa: PT017


@given(st.sampled_from(PATHS), ANY_VALUE)
def test_any_value_in_any_field_is_taken_or_invalid(path: str, value: object) -> None:
    try:
        submission(with_field(path, value))
    except Invalid as error:
        assert all(each.field.startswith(path) for each in error.errors)  # noqa: PT017


@given(st.sampled_from(PATHS), st.text(alphabet="QXZ\0@{}%\n", min_size=8, max_size=40))
def test_no_sentence_repeats_what_was_sent(path: str, secret: str) -> None:
    try:
        submission(with_field(path, secret))
    except Invalid as error:
        assert all(secret not in each.message + each.field + each.code for each in error.errors)  # noqa: PT017
        assert error.__context__ is None  # noqa: PT017


def test_an_edit_has_an_id_and_a_text() -> None:
    assert fields.parse_edit({"external_id": "c-1", "text": " new \n", "status": "approved"}) == Edit("c-1", "new")
    assert errors_of(lambda: fields.parse_edit({})) == {"external_id": "required", "text": "required"}
    assert errors_of(lambda: fields.parse_edit({"external_id": "c-1", "text": "a" * 20_001})) == {"text": "too_long"}


def test_a_deletion_has_an_id() -> None:
    assert fields.parse_deletion({"external_id": "c-1"}) == "c-1"
    assert errors_of(lambda: fields.parse_deletion({"external_id": None})) == {"external_id": "required"}


@pytest.mark.parametrize(
    ("sent", "update"),
    [
        ({"id": "a-1"}, ArticleUpdate("a-1")),
        ({"id": "a-1", "title": None}, ArticleUpdate("a-1", given=frozenset({"title"}))),
        ({"id": "a-1", "url": ""}, ArticleUpdate("a-1", given=frozenset({"url"}))),
        ({"id": "a-1", "moderation": None}, ArticleUpdate("a-1", given=frozenset({"moderation"}))),
        ({"id": "a-1", "comments": None}, ArticleUpdate("a-1")),
        (
            {"id": "a-1", "url": "https://a.b", "title": "T", "comments": "closed", "moderation": "pre", "x": 1},
            ArticleUpdate(
                "a-1",
                url="https://a.b",
                title="T",
                comments=Comments.CLOSED,
                moderation=Moderation.PRE,
                given=frozenset({"url", "title", "comments", "moderation"}),
            ),
        ),
    ],
)
def test_an_article_update_tells_null_from_not_given(sent: dict[str, object], update: ArticleUpdate) -> None:
    assert fields.parse_article_update(sent) == update


def test_an_article_update_tells_all_that_is_wrong() -> None:
    sent = {"url": "a", "title": "a" * 501, "comments": "OPEN", "moderation": 5}

    assert errors_of(lambda: fields.parse_article_update(sent)) == {
        "id": "required",
        "url": "invalid",
        "title": "too_long",
        "comments": "invalid",
        "moderation": "invalid",
    }


def test_the_schema_of_a_submission_names_limits_and_requirements() -> None:
    schema = fields.SubmissionFields.model_json_schema()

    assert schema["required"] == ["external_id", "article", "author", "text"]
    assert schema["$defs"]["AuthorFields"]["required"] == ["name", "email"]
    assert schema["properties"]["text"]["maxLength"] == 20_000
    assert all("description" in field for field in schema["properties"].values() if "$ref" not in field)
