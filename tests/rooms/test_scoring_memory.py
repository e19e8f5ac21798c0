"""What is remembered of words makes scoring faster, never different, and never takes more room than it may."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.domain import Writing
from moderation.scoring.memory import LONGEST, Memory
from moderation.scoring.reading import _PIECES, read
from moderation.scoring.tokens import _read_any, _read_link, read_other, read_piece, read_simple
from moderation.scoring.words import Sums, sums_of_pairs
from moderation.training.pipeline import compiled
from tests.training_data import small_classifier, small_pipeline


@given(st.lists(st.text("abc", min_size=1, max_size=3)), st.integers(2, 20))
def test_a_memory_gives_what_it_was_taught_and_never_holds_more_than_its_bound(texts: list[str], at_most: int) -> None:
    memory = Memory(str.upper, at_most=at_most)

    assert [memory[text] for text in texts] == [text.upper() for text in texts]
    assert memory.size <= at_most


def test_what_is_asked_for_again_and_again_is_learned_once_however_much_comes_between() -> None:
    learned: list[str] = []
    memory = Memory(lambda text: learned.append(text) or text, at_most=10)  # type: ignore[func-returns-value]

    for number in range(100):
        assert memory["the"] + memory[f"word {number}"] == f"theword {number}"

    assert learned.count("the") == 1
    assert len(learned) == 101


def test_a_long_text_is_read_and_not_kept() -> None:
    memory = Memory(len, at_most=10)

    assert memory["x" * (LONGEST + 1)] == LONGEST + 1
    assert memory.size == 0
    assert memory["x" * LONGEST] == LONGEST
    assert memory.size == 1


def test_nothing_with_a_digit_or_an_at_sign_is_kept_as_it_was_written() -> None:
    read("write to ann@example.org or 020 7946 0958 or @ann, room 12b, http://page7.example.com")

    assert [piece for piece in [*_PIECES, *_PIECES._before] if any(c.isdigit() or c == "@" for c in piece)] == []
    assert "write" in _PIECES


def test_several_threads_may_learn_at_once() -> None:
    memory = Memory(str.upper, at_most=20)
    wrong: list[str] = []

    def learn(start: int) -> None:
        words = [f"{(start * number) % 47}" + "x" for number in range(5_000)]
        wrong.extend(word for word in words if memory[word] != word.upper())

    threads = [threading.Thread(target=learn, args=(start,)) for start in (3, 5, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert memory.size <= 20 + len(threads)


_NEARLY_PLAIN = st.text(st.sampled_from("abwxcom.,!?;:\"()*'-@$/19_#%+é"), min_size=1, max_size=10)


@given(
    st.one_of(
        _NEARLY_PLAIN,
        st.builds(str.__add__, st.sampled_from(["http://", "https://", "www", "www.", "http:/"]), _NEARLY_PLAIN),
        st.from_regex(r"[.,!?;:\"()*]{0,5}[a-z]{1,4}('[a-z]{1,3})?[.,!?;:\"()*]{0,5}", fullmatch=True),
    )
)
@settings(max_examples=1_000)
def test_the_quick_way_to_read_a_piece_finds_what_the_slow_one_finds(piece: str) -> None:
    assert read_simple(piece) in (None, _read_any(piece))
    assert read_other(piece) == _read_any(piece)
    assert read_piece(piece) == _read_any(piece)


@pytest.mark.parametrize(
    "piece",
    ["word", "word,", "sooo!", "www", "wwwx", "com.", "a", '("word"', "don't", "...yes!!!!", "soooo", "(soooo)."],
)
def test_most_pieces_are_read_in_the_simplest_way(piece: str) -> None:
    assert read_simple(piece) == _read_any(piece)


@pytest.mark.parametrize(
    "piece", ["https://www.example.org/a?b#c", "http://bit.ly/2", "https://de.wikipedia.org/wiki/A"]
)
def test_a_link_alone_is_read_the_quick_way(piece: str) -> None:
    assert read_simple(piece) is None
    assert read_other(piece) == _read_link(piece) == _read_any(piece)


def test_each_known_pair_has_a_number_object_of_its_own() -> None:
    # Pairs of a text are told apart by these objects, because that is quicker than by their words.
    pairs = compiled(small_pipeline()).pairs

    objects = [sums for seconds in sums_of_pairs(Sums(pairs)).values() for sums in seconds.values()]

    assert len({id(sums) for sums in objects}) == len(objects) == len(pairs.terms)


def test_the_order_and_the_size_of_a_batch_do_not_change_a_score() -> None:
    writings = [Writing(f"Check out channel {n} of the mayor, who is right.", "Ana", "shop.example") for n in range(70)]

    together = small_classifier().score(writings)

    assert together == [*reversed(small_classifier().score([*reversed(writings)]))]
    alone = [small_classifier().score([writing])[0].spam for writing in writings]
    assert [score.spam for score in together] == pytest.approx(alone, abs=1e-14)
