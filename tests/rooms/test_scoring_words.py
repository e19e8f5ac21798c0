"""What a new word adds is found in few steps, and is what all its parts add."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moderation.domain import Writing
from moderation.scoring import load_artifact
from moderation.scoring.classifier import MANY
from moderation.scoring.grams import LENGTHS, distinct_grams, longest_grams
from moderation.scoring.learned import Block
from moderation.scoring.parts import Parts
from moderation.scoring.tokens import CLASS_NAMES
from moderation.scoring.words import SumsOfParts, Words
from tests.training_data import small_artifact

# Of few letters, so that runs stand twice, and with some that no part knows.
_WORDS = st.one_of(st.text("abn-'é你", min_size=1, max_size=40), st.sampled_from([*CLASS_NAMES]))
_PARTS = st.lists(st.text(" abn-é", min_size=1, max_size=6), unique=True, max_size=60)
NOTHING = Block((), (), ())


@st.composite
def _words_with_runs(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Words, and of their runs many that are parts: so words meet parts at more than one depth and place."""
    words = draw(st.lists(st.text("abcd", min_size=1, max_size=16), min_size=1, max_size=8))
    padded = [f" {word} " for word in words]
    runs = {text[at : at + size] for text in padded for size in LENGTHS for at in range(len(text) - size + 1)}
    parts = draw(st.lists(st.sampled_from(sorted(run for run in runs if run.strip())), unique=True, max_size=40))
    return parts, words


def _block(parts: list[str]) -> Block:
    """Parts of which each adds something else, in any order."""
    numbers = range(1, len(parts) + 1)
    return Block(tuple(parts), tuple(1 + n / 8 for n in numbers), tuple((-1) ** n * n / 16 for n in numbers))


def _added(parts: SumsOfParts, word: str) -> complex:
    return sum(parts.each(distinct_grams(word)), 0j)


@given(st.one_of(st.tuples(_PARTS, st.lists(_WORDS, min_size=1, max_size=20)), _words_with_runs()))
@settings(max_examples=300)
def test_the_parts_of_a_word_add_what_each_of_them_adds_once(case: tuple[list[str], list[str]]) -> None:
    parts, words = case
    known = SumsOfParts(_block(parts))

    found = [known.of_word(word) for word in words]

    assert found == pytest.approx([_added(known, word) for word in words], abs=1e-12)


@given(st.one_of(st.tuples(_PARTS, st.lists(_WORDS, min_size=1, max_size=20)), _words_with_runs()))
@example((["ab", "abc", "abcd", "abcde", "abcdg"], ["abcdeabcdgabz"]))
@settings(max_examples=600)
def test_the_parts_of_many_words_add_what_each_of_them_adds_once(case: tuple[list[str], list[str]]) -> None:
    parts, words = case
    of_words = [part for part in parts if part.strip() and " " not in part[1:-1]]  # no word has a blank, or is none
    known = Words(NOTHING, NOTHING, _block(of_words))

    found = Parts(known).sums(words)

    assert found.tolist() == pytest.approx([_added(known.parts, word) for word in words], abs=1e-12)


@given(st.text("abcé", min_size=1, max_size=40))
def test_the_longest_runs_begin_at_every_place_of_a_word_unless_one_stands_there_twice(word: str) -> None:
    padded = f" {word} "
    twos = [padded[begin : begin + 2] for begin in range(len(word) + 1)]
    expected = [padded[begin : begin + 5] for begin in range(len(word) + 1)]

    assert [*(longest_grams(word) or [])] == (expected if len({*twos}) == len(twos) else [])


def test_what_the_parts_of_a_word_add_is_known_from_what_was_judged_together(monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = load_artifact(small_artifact())
    writing = Writing("A zymurgist channels the quizzical mayor")
    expected = load_artifact(small_artifact()).score([writing])[0].spam
    classifier.score([writing] * MANY)
    monkeypatch.setattr(SumsOfParts, "of_word", None)  # so that to ask it fails

    assert classifier.score([writing])[0].spam == pytest.approx(expected, abs=1e-12)


def test_while_others_are_judged_together_a_word_is_found_without_them() -> None:
    classifier, alone = load_artifact(small_artifact()), load_artifact(small_artifact())
    classifier.score([Writing("the mayor")] * MANY)
    found: list[float] = []

    with classifier._together._lock:
        thread = threading.Thread(target=lambda: found.append(classifier.score([Writing("A zymurgist")])[0].spam))
        thread.start()
        thread.join(10)

    assert found == [alone.score([Writing("A zymurgist")])[0].spam]


def test_a_word_that_has_a_row_and_was_not_learned_yet_is_not_known() -> None:
    rows = load_artifact(small_artifact())._together._rows
    rows.stream_of(["zymurgist"])
    before = rows.parts_of("zymurgist"), rows.parts_of("never")

    rows.learn()

    assert before == (None, None)
    assert rows.parts_of("zymurgist") == rows.parts[rows._used - 1] != 0


def test_what_is_remembered_goes_with_its_classifier() -> None:
    classifier = load_artifact(small_artifact())
    classifier.score([Writing("the mayor")] * MANY)
    together = weakref.ref(classifier._together)
    gc.disable()  # as good as: a serving process seldom collects cycles
    try:
        del classifier
        assert together() is None
    finally:
        gc.enable()
