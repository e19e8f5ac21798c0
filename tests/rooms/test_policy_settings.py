"""Site settings: one table, read from the command line and from JSON."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import fields
from math import inf, nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation.domain import FormDoor, Moderation, NewAuthor, SitePolicy
from moderation.errors import Invalid
from moderation.policy import SETTINGS, parse_setting, policy_from_json, policy_to_json, stored_policy


def wrong(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(e.field, e.code) for e in error.value.errors]


def test_the_table_has_each_field_of_the_policy_once_with_a_sentence() -> None:
    assert list(SETTINGS) == [field.name for field in fields(SitePolicy)]
    assert all(setting.sentence.endswith(".") and setting.kind.limits for setting in SETTINGS.values())
    assert {name: setting.default for name, setting in SETTINGS.items()} == {
        field.name: field.default for field in fields(SitePolicy)
    }


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("moderation", "pre", Moderation.PRE),
        ("moderation", " AUTO ", Moderation.AUTO),
        ("new_author", "hold", NewAuthor.HOLD),
        ("approve_below", "0.25", 0.25),
        ("reject_above", "1", 1.0),
        ("audit_sample", "0", 0.0),
        ("max_links", "0", 0),
        ("flood_seconds", "86400", 86_400),
        ("flood_count", " 5 ", 5),
        ("min_fill_ms", "1500", 1_500),
        ("repeat_limit", "0", 0),
        ("blocked_words", "a, b c ,,\n d\r\ne", ("a", "b c", "d", "e")),
        ("blocked_words", "b,a,b", ("b", "a")),
        ("suspect_words", "", ()),
        ("form", "closed", FormDoor.CLOSED),
        ("form_limit", "0", 0),
        ("allowed_origins", "", ()),
        (
            "allowed_origins",
            "HTTPS://M.example:443/, http://a.example:81",
            ("https://m.example", "http://a.example:81"),
        ),
    ],
)
def test_the_command_line_sets_a_value(name: str, text: str, value: object) -> None:
    parsed = parse_setting(name, text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("moderation", "maybe", "invalid"),
        ("form", "ajar", "invalid"),
        ("form_limit", "-1", "out_of_range"),
        ("moderation", "", "invalid"),
        ("approve_below", "1.01", "out_of_range"),
        ("approve_below", "-0.1", "out_of_range"),
        ("approve_below", "nan", "invalid"),
        ("approve_below", "inf", "out_of_range"),
        ("approve_below", "half", "invalid"),
        ("max_links", "-1", "out_of_range"),
        ("max_links", "1000001", "out_of_range"),
        ("max_links", "1.5", "invalid"),
        ("max_links", "1_0", "invalid"),
        ("max_links", "٣", "invalid"),
        ("max_links", "9" * 10_000, "invalid"),
        ("flood_seconds", "31536001", "out_of_range"),
        ("flood_count", "1000000001", "out_of_range"),
        ("repeat_limit", "51", "out_of_range"),
    ],
)
def test_a_wrong_value_is_refused_with_the_limits_and_without_the_input(name: str, text: str, code: str) -> None:
    with pytest.raises(Invalid) as error:
        parse_setting(name, text)
    assert wrong(error) == [(name, code)]
    assert error.value.errors[0].message == f"Must be {SETTINGS[name].kind.limits}."


def test_an_unknown_name_is_answered_with_the_names_that_exist() -> None:
    with pytest.raises(Invalid) as error:
        parse_setting("blocked_word", "x")
    assert wrong(error) == [("blocked_word", "unknown")]
    assert all(name in error.value.errors[0].message for name in SETTINGS)


def test_word_lists_have_limits_of_number_and_length() -> None:
    assert len(policy_from_json({"blocked_words": [f"w{i}" for i in range(10_000)]}).blocked_words) == 10_000
    assert policy_from_json({"blocked_words": ["w" * 100]}).blocked_words == ("w" * 100,)
    with pytest.raises(Invalid) as error:
        policy_from_json(
            {"blocked_words": ["w"] * 10_001, "suspect_words": ["ok", "w" * 101, 7, "*", " ", "a\0b", "\ud800"]}
        )
    assert wrong(error) == [
        ("blocked_words", "too_many"),
        ("suspect_words.1", "too_long"),
        ("suspect_words.2", "invalid"),
        ("suspect_words.3", "invalid"),
        ("suspect_words.4", "invalid"),
        ("suspect_words.5", "invalid"),  # neither database keeps both of these
        ("suspect_words.6", "invalid"),
    ]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    stored = {
        "moderation": True,
        "approve_below": "0.3",
        "reject_above": nan,
        "audit_sample": inf,
        "max_links": True,
        "flood_count": 1.0,
        "min_fill_ms": None,
        "blocked_words": "spam",
        "colour": 1,
    }
    with pytest.raises(Invalid) as error:
        policy_from_json(stored)
    assert [field for field, _ in wrong(error)] == list(stored)


def test_what_a_site_has_not_set_follows_the_deployment() -> None:
    deployment = SitePolicy(approve_below=0.1, reject_above=0.8, audit_sample=0.5)
    assert policy_from_json({}, deployment) == deployment
    assert policy_from_json({"approve_below": 0.2}, deployment).approve_below == 0.2
    assert policy_from_json({"approve_below": 0.2}, deployment).reject_above == 0.8


@pytest.mark.parametrize(
    "stored", [{"approve_below": 0.96}, {"reject_above": 0.2}, {"approve_below": 0.6, "reject_above": 0.5}]
)
def test_the_thresholds_may_touch_but_not_cross(stored: dict[str, object]) -> None:
    assert policy_from_json({"approve_below": 0.5, "reject_above": 0.5}).reject_above == 0.5
    with pytest.raises(Invalid) as error:
        policy_from_json(stored)
    assert wrong(error) == [("approve_below", "invalid")]


@pytest.mark.parametrize(
    ("stored", "approve_below", "reject_above"),
    [
        ({}, 0.4, 0.6),
        ({"approve_below": 0.7}, 0.7, 0.7),
        ({"reject_above": 0.3}, 0.3, 0.3),
        ({"approve_below": 0.1, "reject_above": 0.3}, 0.1, 0.3),
    ],
)
def test_a_new_default_of_the_deployment_gives_way_to_what_the_site_has_set(
    stored: dict[str, object], approve_below: float, reject_above: float
) -> None:
    policy = stored_policy(stored, SitePolicy(approve_below=0.4, reject_above=0.6))
    assert (policy.approve_below, policy.reject_above) == (approve_below, reject_above)


def test_a_damaged_stored_policy_is_refused() -> None:
    with pytest.raises(Invalid):
        stored_policy({"max_links": "many"})


words = st.lists(st.from_regex(r"[a-zд加]{1,8}\*?", fullmatch=True), max_size=4, unique=True).map(tuple)


@given(
    st.builds(
        SitePolicy,
        moderation=st.sampled_from(Moderation),
        approve_below=st.floats(0, 0.5),
        reject_above=st.floats(0.5, 1),
        audit_sample=st.floats(0, 1),
        max_links=st.integers(0, 1_000),
        new_author=st.sampled_from(NewAuthor),
        flood_seconds=st.integers(0, 31_536_000),
        flood_count=st.integers(0, 1_000_000_000),
        min_fill_ms=st.integers(0, 600_000),
        repeat_limit=st.integers(0, 50),
        blocked_words=words,
        suspect_words=words,
    )
)
def test_a_policy_survives_the_way_through_json(policy: SitePolicy) -> None:
    written = json.loads(json.dumps(policy_to_json(policy)))
    assert policy_from_json(written) == policy


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=5
)


@given(name=st.sampled_from(sorted(SETTINGS)), value=any_json)
@example(name="audit_sample", value=10**400)
def test_any_json_is_taken_or_refused_as_invalid(name: str, value: object) -> None:
    with suppress(Invalid):
        assert policy_to_json(policy_from_json({name: value}))


@given(name=st.sampled_from(sorted(SETTINGS)), text=st.text())
def test_any_text_is_taken_or_refused_as_invalid(name: str, text: str) -> None:
    with suppress(Invalid):
        value = SETTINGS[name].kind.to_json(parse_setting(name, text))
        assert SETTINGS[name].kind.from_json(value) is not None


@pytest.mark.parametrize(
    "origin",
    ["planet.example.com", "https://planet.example.com/news", "https://ana@planet.example.com", "null", "*", 5],
)
def test_what_is_no_origin_is_refused_by_its_place(origin: object) -> None:
    with pytest.raises(Invalid) as error:
        policy_from_json({"allowed_origins": ["https://planet.example.com", origin]})
    assert wrong(error) == [("allowed_origins.1", "invalid")]


def test_each_kind_describes_its_limits_as_a_json_schema() -> None:
    schemas = {name: setting.kind.json_schema() for name, setting in SETTINGS.items()}
    assert schemas["moderation"] == {"type": "string", "enum": ["auto", "pre"]}
    assert schemas["reject_above"] == {"type": "number", "minimum": 0, "maximum": 1}
    assert schemas["flood_seconds"] == {"type": "integer", "minimum": 0, "maximum": 31_536_000}
    assert schemas["blocked_words"]["maxItems"] == 10_000
