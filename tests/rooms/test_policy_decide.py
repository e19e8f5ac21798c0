"""What becomes of a comment: the first rule that has an answer gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import (
    ArticleState,
    Case,
    Decision,
    History,
    Moderation,
    NewAuthor,
    Reason,
    Repeats,
    Score,
    SitePolicy,
    Standing,
    Status,
)
from moderation.policy import decide, rule_book

POLICY = SitePolicy(
    approve_below=0.3,
    reject_above=0.9,
    audit_sample=0.0,
    max_links=1,
    min_fill_ms=2_000,
    blocked_words=("casino*",),
    suspect_words=("election fraud",),
)
PRE = ArticleState(moderation=Moderation.PRE)
AUTO = ArticleState(moderation=Moderation.AUTO)
TWO_LINKS = "See http://a.test/x and http://b.test/y"
MILDEST_FIRST = [Status.APPROVED, Status.PENDING, Status.REJECTED]


def a_case(spam: float | None = 0.1, **changes: Any) -> Case:
    case = Case(
        text="A good article.",
        author_name="Ana",
        author_url=None,
        site_host="daily.example",
        article=ArticleState(),
        history=History(has_approved=True),
        score=None if spam is None else Score(spam, "m-1"),
    )
    return replace(case, **changes)


def never() -> float:
    return 0.999_999


def verdict(case: Case, policy: SitePolicy = POLICY, random: Callable[[], float] = never) -> Decision:
    return decide(case, rule_book(policy), random=random)


@pytest.mark.parametrize(
    ("spam", "status", "reason"),
    [
        (0.0, Status.APPROVED, Reason.CLEAN),
        (0.299, Status.APPROVED, Reason.CLEAN),
        (0.3, Status.PENDING, Reason.DOUBTFUL),
        (0.899, Status.PENDING, Reason.DOUBTFUL),
        (0.9, Status.REJECTED, Reason.SPAM),
        (1.0, Status.REJECTED, Reason.SPAM),
        (None, Status.PENDING, Reason.NOT_SCORED),
        (nan, Status.PENDING, Reason.NOT_SCORED),
        (inf, Status.PENDING, Reason.NOT_SCORED),
        (-0.1, Status.PENDING, Reason.NOT_SCORED),
    ],
)
def test_the_spam_score_decides_the_status(spam: float | None, status: Status, reason: Reason) -> None:
    decision = verdict(a_case(spam))
    assert (decision.status, decision.reason) == (status, reason)


CASES = {
    "trap": ({"trap": "x"}, Status.REJECTED, Reason.HONEYPOT),
    "blank trap": ({"trap": "  "}, Status.APPROVED, Reason.CLEAN),
    "banned": ({"history": History(Standing.BANNED, True)}, Status.REJECTED, Reason.BANNED_AUTHOR),
    "blocked word": ({"text": "CASINOS now"}, Status.REJECTED, Reason.BLOCKED_WORD),
    "blocked name": ({"author_name": "Casino Joe"}, Status.REJECTED, Reason.BLOCKED_WORD),
    "blocked url": ({"author_url": "https://casino.test/"}, Status.REJECTED, Reason.BLOCKED_WORD),
    "edited": ({"rejected_by_moderator": True}, Status.PENDING, Reason.EDITED_AFTER_REJECTION),
    "pre": ({"article": PRE}, Status.PENDING, Reason.PREMODERATED),
    "held": ({"history": History(Standing.HELD, True)}, Status.PENDING, Reason.HELD_AUTHOR),
    "suspect word": ({"text": "Election  Fraud!"}, Status.PENDING, Reason.SUSPECT_WORD),
    "two words in two fields": ({"text": "election", "author_name": "fraud"}, Status.APPROVED, Reason.CLEAN),
    "said thrice": ({"repeats": Repeats(3, 1, 0)}, Status.PENDING, Reason.REPEATED),
    "said twice": ({"repeats": Repeats(2, 2, 0)}, Status.APPROVED, Reason.CLEAN),
    "said once and rejected": ({"repeats": Repeats(1, 1, 1)}, Status.PENDING, Reason.REPEATED),
    "links": ({"text": TWO_LINKS}, Status.PENDING, Reason.TOO_MANY_LINKS),
    "one link": ({"text": "See http://a.test/x"}, Status.APPROVED, Reason.CLEAN),
    "own links": ({"text": "http://daily.example/1 http://www.daily.example/2"}, Status.APPROVED, Reason.CLEAN),
    "the author's url is no link of the text": (
        {"text": "http://a.test/", "author_url": "http://b.test/"},
        Status.APPROVED,
        Reason.CLEAN,
    ),
    "too fast": ({"filled_in_ms": 1_999}, Status.PENDING, Reason.TOO_FAST),
    "trapped before": ({"found_before": frozenset({Reason.HONEYPOT})}, Status.REJECTED, Reason.HONEYPOT),
    "too fast before": ({"found_before": frozenset({Reason.TOO_FAST})}, Status.PENDING, Reason.TOO_FAST),
    "drawn before": ({"found_before": frozenset({Reason.AUDIT_SAMPLE})}, Status.PENDING, Reason.AUDIT_SAMPLE),
    "what its words were before": (
        {"found_before": frozenset({Reason.SPAM, Reason.BLOCKED_WORD, Reason.DOUBTFUL})},
        Status.APPROVED,
        Reason.CLEAN,
    ),
    "fast enough": ({"filled_in_ms": 2_000}, Status.APPROVED, Reason.CLEAN),
    "new author, decided": ({"history": History()}, Status.APPROVED, Reason.CLEAN),
}


@pytest.mark.parametrize(("changes", "status", "reason"), CASES.values(), ids=CASES)
def test_each_rule_says_what_it_sees(changes: dict[str, Any], status: Status, reason: Reason) -> None:
    decision = verdict(a_case(**changes))
    assert (decision.status, decision.reason) == (status, reason)


# Whoever has two of these reasons gets the one that stands further up.
ORDER: list[tuple[Reason, dict[str, Any]]] = [
    (Reason.HONEYPOT, {"trap": "x"}),
    (Reason.BANNED_AUTHOR, {"history": History(Standing.BANNED)}),
    (Reason.BLOCKED_WORD, {"author_name": "casino"}),
    (Reason.EDITED_AFTER_REJECTION, {"rejected_by_moderator": True}),
    (Reason.PREMODERATED, {"article": PRE}),
    (Reason.SPAM, {"score": Score(0.95, "m-1")}),
    (Reason.HELD_AUTHOR, {"history": History(Standing.HELD)}),
    (Reason.SUSPECT_WORD, {"author_url": "https://a.test/election fraud"}),
    (Reason.REPEATED, {"repeats": Repeats(5, 4, 1)}),
    (Reason.TOO_MANY_LINKS, {"text": TWO_LINKS}),
    (Reason.TOO_FAST, {"filled_in_ms": 5}),
    (Reason.NEW_AUTHOR, {"history": History()}),
    (Reason.NOT_SCORED, {"score": None}),
    (Reason.DOUBTFUL, {"score": Score(0.5, "m-1")}),
]
PAIRS = [(a, b) for i, a in enumerate(ORDER) for b in ORDER[i + 1 :] if not a[1].keys() & b[1].keys()]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda rule: rule[0].value)
def test_the_first_answer_counts(first: tuple[Reason, dict[str, Any]], second: tuple[Reason, dict[str, Any]]) -> None:
    strict = replace(POLICY, new_author=NewAuthor.HOLD)
    assert verdict(a_case(**first[1] | second[1]), strict).reason == first[0]


@pytest.mark.parametrize("before", [Reason.TOO_FAST, Reason.AUDIT_SAMPLE])
@pytest.mark.parametrize("stronger", ORDER[:9], ids=lambda rule: rule[0].value)
def test_what_held_a_comment_before_gives_way_to_what_is_stronger(
    stronger: tuple[Reason, dict[str, Any]], before: Reason
) -> None:
    assert verdict(a_case(found_before=frozenset({before}), **stronger[1])).reason == stronger[0]


@pytest.mark.parametrize(
    ("site", "article", "reason"),
    [
        (Moderation.AUTO, None, Reason.CLEAN),
        (Moderation.PRE, None, Reason.PREMODERATED),
        (Moderation.AUTO, Moderation.PRE, Reason.PREMODERATED),
        (Moderation.PRE, Moderation.AUTO, Reason.CLEAN),
    ],
)
def test_the_article_decides_on_premoderation_before_the_site(
    site: Moderation, article: Moderation | None, reason: Reason
) -> None:
    case = a_case(article=ArticleState(moderation=article))
    assert verdict(case, replace(POLICY, moderation=site)).reason == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": "election fraud"}, Reason.CLEAN),
        ({"text": TWO_LINKS}, Reason.CLEAN),
        ({"repeats": Repeats(5, 4, 1)}, Reason.CLEAN),
        ({"filled_in_ms": 5}, Reason.CLEAN),
        ({"score": Score(0.89, "m-1")}, Reason.CLEAN),
        ({"text": "casino"}, Reason.BLOCKED_WORD),
        ({"score": Score(0.9, "m-1")}, Reason.SPAM),
        ({"article": PRE}, Reason.PREMODERATED),
        ({"score": None}, Reason.NOT_SCORED),
        ({"rejected_by_moderator": True}, Reason.EDITED_AFTER_REJECTION),
    ],
)
def test_a_trusted_author_passes_the_soft_rules_only(changes: dict[str, Any], reason: Reason) -> None:
    case = a_case(**{"history": History(Standing.TRUSTED), **changes})
    assert verdict(case, replace(POLICY, new_author=NewAuthor.HOLD)).reason == reason


@pytest.mark.parametrize(
    ("repeats", "detail"),
    [
        (Repeats(3, 1, 0), "like 3 comments by 1 author"),
        (Repeats(3, 2, 1), "like 3 comments by 2 authors, 1 rejected"),
        (Repeats(1, 1, 1), "like 1 comment by 1 author, 1 rejected"),
        (Repeats(50, 7, 0), "like 50 or more comments by 7 authors"),
    ],
)
def test_a_moderator_is_told_what_a_comment_is_like(repeats: Repeats, detail: str) -> None:
    assert verdict(a_case(repeats=repeats)).detail == detail


def test_a_site_that_does_not_look_for_repetitions_holds_none() -> None:
    decision = verdict(a_case(repeats=Repeats(9, 9, 9)), replace(POLICY, repeat_limit=0))
    assert decision.reason == Reason.CLEAN


def test_only_authors_without_an_approved_comment_are_new() -> None:
    strict = replace(POLICY, new_author=NewAuthor.HOLD)
    assert verdict(a_case(history=History(has_approved=False)), strict).reason == Reason.NEW_AUTHOR
    assert verdict(a_case(history=History(has_approved=True)), strict).reason == Reason.CLEAN


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"text": "the CASINOS"}, "casino*"),
        ({"author_name": "Casino"}, "casino* (author.name)"),
        ({"author_url": "http://casino.test"}, "casino* (author.url)"),
        ({"text": "ELECTION\nfraud"}, "election fraud"),
        ({"text": TWO_LINKS}, "2 links, 1 allowed"),
        ({"filled_in_ms": 5}, "5 ms, at least 2000 ms expected"),
        ({}, None),
    ],
)
def test_the_detail_tells_a_moderator_what_was_found(changes: dict[str, Any], detail: str | None) -> None:
    assert verdict(a_case(**changes)).detail == detail


@pytest.mark.parametrize("spam", [0.1, 0.5, 0.95])
def test_every_decision_keeps_the_score(spam: float) -> None:
    assert verdict(a_case(spam)).score == Score(spam, "m-1")
    assert verdict(a_case(spam, trap="x")).score == Score(spam, "m-1")


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({}, Reason.AUDIT_SAMPLE, "clean"),
        ({"score": Score(0.95, "m-1")}, Reason.AUDIT_SAMPLE, "spam"),
        ({"history": History(Standing.TRUSTED)}, Reason.AUDIT_SAMPLE, "clean"),
        ({"score": Score(0.5, "m-1")}, Reason.DOUBTFUL, None),
        ({"score": None}, Reason.NOT_SCORED, None),
        ({"trap": "x"}, Reason.HONEYPOT, None),
        ({"text": "casino"}, Reason.BLOCKED_WORD, "casino*"),
        ({"history": History(Standing.BANNED)}, Reason.BANNED_AUTHOR, None),
        ({"article": PRE}, Reason.PREMODERATED, None),
    ],
)
def test_the_audit_sample_shows_only_what_the_score_alone_would_settle(
    changes: dict[str, Any], reason: Reason, detail: str | None
) -> None:
    decision = verdict(a_case(**changes), replace(POLICY, audit_sample=1.0), random=never)
    assert (decision.reason, decision.detail) == (reason, detail)
    assert (decision.status is Status.PENDING) or reason not in {Reason.AUDIT_SAMPLE}


@pytest.mark.parametrize(("drawn", "share", "sampled"), [(0.0, 0.0, False), (0.009, 0.01, True), (0.01, 0.01, False)])
@pytest.mark.parametrize("spam", [0.1, 0.95])
def test_the_share_of_the_audit_sample_is_exact(drawn: float, share: float, sampled: bool, spam: float) -> None:
    draws = iter([drawn])  # a second draw would fail
    decision = verdict(a_case(spam), replace(POLICY, audit_sample=share), random=lambda: next(draws))
    assert (decision.reason is Reason.AUDIT_SAMPLE) is sampled


fractions = st.floats(0, 1)
policies = st.builds(
    SitePolicy,
    moderation=st.sampled_from(Moderation),
    approve_below=fractions,
    reject_above=fractions,
    audit_sample=fractions,
    max_links=st.integers(0, 3),
    new_author=st.sampled_from(NewAuthor),
    blocked_words=st.sampled_from([(), ("casino*",)]),
    suspect_words=st.sampled_from([(), ("fraud",)]),
)
cases = st.builds(
    Case,
    text=st.one_of(st.text(max_size=60), st.sampled_from(["casino", "fraud", TWO_LINKS])),
    author_name=st.text(max_size=10),
    author_url=st.none() | st.text(max_size=20),
    site_host=st.text(max_size=20),
    article=st.builds(ArticleState, moderation=st.none() | st.sampled_from(Moderation)),
    history=st.builds(History, standing=st.sampled_from(Standing), has_approved=st.booleans()),
    score=st.none() | st.builds(Score, spam=st.one_of(fractions, st.floats()), model=st.just("m-1")),
    trap=st.none() | st.sampled_from(["", "x"]),
    filled_in_ms=st.none() | st.integers(-1, 5_000),
    rejected_by_moderator=st.booleans(),
    found_before=st.frozensets(st.sampled_from(Reason)),
)


@given(case=cases, policy=policies, drawn=st.floats(0, 1, exclude_max=True))
def test_every_case_gets_a_decision_with_a_fitting_status(case: Case, policy: SitePolicy, drawn: float) -> None:
    decision = verdict(case, policy, lambda: drawn)
    rejected = {Reason.HONEYPOT, Reason.BANNED_AUTHOR, Reason.BLOCKED_WORD, Reason.SPAM}
    expected = (
        Status.APPROVED
        if decision.reason is Reason.CLEAN
        else Status.REJECTED
        if decision.reason in rejected
        else Status.PENDING
    )
    assert decision.status is expected


@given(case=cases, policy=policies, drawn=st.floats(0, 1, exclude_max=True))
def test_what_was_not_scored_is_never_published(case: Case, policy: SitePolicy, drawn: float) -> None:
    assert verdict(replace(case, score=None), policy, lambda: drawn).status is not Status.APPROVED


@given(case=cases, policy=policies, low=fractions, high=fractions)
def test_a_higher_score_never_gets_a_milder_status(case: Case, policy: SitePolicy, low: float, high: float) -> None:
    low, high = sorted((low, high))
    unsampled = replace(policy, audit_sample=0.0)
    milder, harsher = (verdict(replace(case, score=Score(spam, "m-1")), unsampled).status for spam in (low, high))
    assert MILDEST_FIRST.index(milder) <= MILDEST_FIRST.index(harsher)


@given(case=cases, policy=policies, drawn=st.floats(0, 1, exclude_max=True))
def test_the_same_case_gets_the_same_decision(case: Case, policy: SitePolicy, drawn: float) -> None:
    assert verdict(case, policy, lambda: drawn).reason == verdict(case, policy, lambda: drawn).reason
