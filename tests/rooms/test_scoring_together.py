"""Many writings are judged together in arrays, with the scores that each has alone and in the fitted pipeline."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.domain import Writing
from moderation.scoring import Classifier, load_artifact
from moderation.scoring.artifact import read_artifact
from moderation.scoring.classifier import MANY, _parts
from moderation.scoring.grams import distinct_grams
from moderation.scoring.learned import Block
from moderation.scoring.memory import LONGEST
from moderation.scoring.parts import Parts
from moderation.scoring.rows import Rows
from moderation.scoring.words import Words
from tests.rooms.test_scoring_reading import HOSTILE, PATTERNS
from tests.training_data import shipped_examples, small_artifact, small_classifier, small_pipeline

# What the arrays look at in another way than one by one: capitals, spaced letters, digits, links, blanks, neighbours.
_PIECES = st.sampled_from([
    "Free", "FREE", "money", "I", "a", "U", "S", "f.r.e.e.", "x-y-z-", "channel", "channel,", "sooo", "fr33", "№",
    "’tis", "my", "0123456", "+49 170 1234567", "http://planet.example.com/a", "www.shop.example", "ann@example.org",
    "@ann", "subscribe", "check", "out", "my", "\n", "\u200b", "e\u0301", "мoney", "𝐟𝐫𝐞𝐞", "\ue003", "!", "??",
    "x" * (LONGEST + 1),
])  # fmt: skip
_TEXTS = st.one_of(HOSTILE, st.lists(_PIECES, max_size=40).map(" ".join))
_WRITINGS = st.lists(
    st.builds(
        Writing,
        _TEXTS,
        st.one_of(st.just(""), st.just("Ana"), _TEXTS),
        st.sampled_from([None, "", "shop.example", "https://free-money.example.com/2"]),
        st.sampled_from(["", "planet.example.com", "www.shop.example"]),
    ),
    min_size=MANY,
    max_size=12,
)


def _alone(writings: Sequence[Writing]) -> list[float]:
    return [small_classifier().score([writing])[0].spam for writing in writings]


def _together(classifier: Classifier, writings: Sequence[Writing]) -> list[float]:
    return [score.spam for score in classifier.score(writings)]


@given(_WRITINGS)
@settings(max_examples=300)
def test_any_writings_get_together_the_scores_that_each_gets_alone(writings: list[Writing]) -> None:
    assert _together(small_classifier(), writings) == pytest.approx(_alone(writings), abs=1e-12)


@given(_WRITINGS)
@settings(max_examples=50)
def test_any_writings_get_together_the_probabilities_of_the_fitted_pipeline(writings: list[Writing]) -> None:
    expected = small_pipeline().predict_proba(writings)[:, 1]

    assert _together(small_classifier(), writings) == pytest.approx(expected, abs=1e-9)


def test_shipped_texts_get_together_the_scores_that_each_gets_alone() -> None:
    writings = [Writing(example.text, "Ana", "shop.example") for example in shipped_examples()[::50]]

    assert _together(small_classifier(), writings) == pytest.approx(_alone(writings), abs=1e-12)


def test_the_longest_texts_and_empty_ones_may_be_among_others() -> None:
    writings = [Writing(text) for pattern in PATTERNS.values() for text in (pattern, "", "Check out my channel!")]

    assert _together(small_classifier(), writings) == pytest.approx(_alone(writings), abs=1e-12)


def test_a_classifier_that_has_learned_nothing_judges_together_too() -> None:
    _, learned = read_artifact(small_artifact())
    nothing = Block((), (), ())
    empty = Classifier("empty", replace(learned, words=nothing, pairs=nothing, parts=nothing, listed=()))
    writings = [Writing("Check out my channel"), Writing(""), *[Writing(text) for text in ("a b c d", "!", "ok")]]

    assert _together(empty, writings) == pytest.approx([empty.score([w])[0].spam for w in writings], abs=1e-12)


def test_what_was_forgotten_is_learned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moderation.scoring.rows._FULL", 64)
    classifier = load_artifact(small_artifact())
    texts = [f"the mayor of town{chr(97 + n % 26)}{chr(97 + n // 26)} is right about the channel" for n in range(300)]
    writings = [Writing(text) for text in texts]

    for _ in range(2):
        parts = [writings[start : start + 10] for start in range(0, 300, 10)]
        found = [spam for part in parts for spam in _together(classifier, part)]
        assert found == pytest.approx(_alone(writings), abs=1e-12)


def test_more_words_than_there_are_rows_for_are_judged_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moderation.scoring.rows.ROWS", 40)
    classifier = load_artifact(small_artifact())
    writings = [
        Writing("Check out my channel"),
        *[Writing(" ".join(f"w{n}{m}" for m in "abcdefgh")) for n in "abcdefg"],
    ]

    assert _together(classifier, writings) == pytest.approx(_alone(writings), abs=1e-12)
    assert _together(classifier, writings[:1] * MANY) == pytest.approx(_alone(writings[:1] * MANY), abs=1e-12)


def test_rows_keep_nothing_long_and_nothing_with_a_digit_or_an_at_sign_as_it_was_written() -> None:
    rows = Rows(Words(Block((), (), ()), Block((), (), ()), Block((), (), ())))

    pieces = ["write", "to", "ann@example.org", "or", "020", "room12", "@ann", "x" * (LONGEST + 1), "y" * LONGEST]
    rows.stream_of(pieces)
    rows.learn()
    rows.tidy()

    assert set(rows._streams) == {"write", "to", "or", "y" * LONGEST}
    assert not any(len(word) > LONGEST or "@" in word or "ann" in word for word in rows._row_of)


def test_several_threads_may_judge_at_once() -> None:
    classifier = load_artifact(small_artifact())
    batches = [[Writing(e.text) for e in shipped_examples()[start::997]] for start in range(6)]
    expected = [_alone(batch) for batch in batches]
    wrong: list[int] = []

    def judge(number: int) -> None:
        for _ in range(3):
            if _together(classifier, batches[number]) != pytest.approx(expected[number], abs=1e-12):
                wrong.append(number)

    threads = [threading.Thread(target=judge, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


@cache
def _known_parts() -> Parts:
    return Parts(small_classifier()._words)


@given(st.lists(st.text(min_size=1, max_size=40).filter(lambda w: w.split() == [w]), min_size=1, max_size=20))
@settings(max_examples=200)
def test_the_parts_of_many_words_add_what_those_of_each_add(words: list[str]) -> None:
    known = small_classifier()._words

    found = _known_parts().sums(words)

    expected = [known.parts.of(distinct_grams(word)) for word in words]
    assert found.real == pytest.approx([sums.real for sums in expected], abs=1e-12)
    assert found.imag == pytest.approx([sums.imag for sums in expected], abs=1e-12)


@given(st.lists(st.integers(0, 30_000), max_size=40))
def test_no_part_of_a_list_is_too_long_and_none_is_lost(lengths: list[int]) -> None:
    writings = [Writing("x" * length) for length in lengths]

    parts = [*_parts(writings)]

    assert [writing for part in parts for writing in part] == writings
    assert all(len(part) == 1 or sum(len(writing.text) for writing in part) <= 60_000 for part in parts)
    assert all(parts)
