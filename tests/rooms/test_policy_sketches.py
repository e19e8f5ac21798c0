"""A sketch finds nearly the same text again, however it is written, and tells other texts apart."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.bundled import bundled_folder
from moderation.domain import Label, SitePolicy, Sketch
from moderation.policy.letters import folded
from moderation.policy.sketches import MAX_CHARACTERS, MIN_CHARACTERS, alike, likeness, sketch_of, sketches_of
from moderation.training.sources import bundled_examples

long_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=40, max_size=300)
words = st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8), min_size=20, max_size=60, unique=True)
INVISIBLE = "\u200b\u00ad\u2060"


@given(words, st.randoms(use_true_random=False))
def test_case_spacing_and_invisible_characters_make_no_difference(said: list[str], random: Random) -> None:
    disguised = "".join(
        random.choice([letter.upper(), letter, letter + random.choice(INVISIBLE)]) for letter in " ".join(said)
    ).replace(" ", "\n \t")

    assert sketch_of(f"  {disguised} ") == sketch_of(" ".join(said))


@given(long_texts)
def test_any_text_has_the_same_sketch_each_time_or_none(text: str) -> None:
    sketch = sketch_of(text)

    assert sketch == sketch_of(text)
    assert sketch is None or alike(sketch, sketch)


@given(st.lists(st.one_of(long_texts, st.text(max_size=40), st.sampled_from(["ha" * 500, "x" * 30_000])), max_size=8))
def test_texts_that_are_drawn_together_get_the_sketches_that_they_get_alone(texts: list[str]) -> None:
    assert sketches_of(texts) == [sketch_of(text) for text in texts]


def test_a_batch_of_the_longest_comments_is_drawn_part_by_part_and_each_gets_its_own_sketch() -> None:
    texts = ["".join(Random(seed).choices("abcdefghij klmno", k=MAX_CHARACTERS)) for seed in range(12)]

    assert sketches_of(texts) == [sketch_of(text) for text in texts]


def test_sketches_stay_what_they_were_because_they_are_stored() -> None:
    plain = drawn("The mayor should have asked the people who live there before the trees were cut down.")
    other = drawn("Мэр должен был спросить жителей, прежде чем рубить деревья 🌳 на площади, не так ли?")

    assert (plain.numbers[:3], plain.keys) == (
        (15654160, 66887633, 102343656),
        (1152217614, -1140736326, 1448678694, -902605167),
    )
    assert (other.numbers[:3], other.keys) == (
        (9118850, 54426791, 92265673),
        (1455248040, 442355785, 1009920683, 1069279492),
    )


@given(st.text(max_size=400))
def test_the_numbers_and_keys_fit_what_they_are_stored_in(text: str) -> None:
    if sketch := sketch_of(text):
        assert (len(sketch.numbers), len(sketch.keys)) == (24, 4)
        assert all(0 <= number < 2**32 for number in sketch.numbers)
        assert all(-(2**31) <= key < 2**31 for key in sketch.keys)


@pytest.mark.parametrize(
    "text",
    ["", "First!", "Thank you!", "What a great article :)", "ha" * 500, "!" * 20_000, "\u200b" * 400 + "Thank you!"],
)
def test_what_readers_say_again_innocently_has_no_sketch(text: str) -> None:
    assert sketch_of(text) is None


def test_a_lone_surrogate_is_text_like_any_other() -> None:
    assert sketch_of("half a pair \ud83d is still a remark of its own") is not None


def test_of_a_text_that_folding_makes_longer_no_more_is_read_than_of_the_longest_comment() -> None:
    grows = "".join(Random(1).choices("\ufdfa\u3300\u3316\u3382x yz", k=MAX_CHARACTERS))

    assert len(folded(grows)) > MAX_CHARACTERS
    assert sketch_of(grows) == sketch_of(folded(grows)[:MAX_CHARACTERS])


@given(words, st.integers(0, 30), st.randoms(use_true_random=False))
def test_the_likeness_is_close_to_the_share_of_runs_in_common(said: list[str], changed: int, random: Random) -> None:
    other = list(said)
    for _ in range(changed):
        other[random.randrange(len(other))] = "".join(random.choices("abcdefghij", k=6))
    one_text, other_text = " ".join(said), " ".join(other)
    one, two = drawn(one_text), drawn(other_text)

    true = jaccard(one_text, other_text)

    # Five standard errors, and a little for short texts, whose numbers are not independent.
    assert abs(likeness(one, two) - true) <= 5 * sqrt(true * (1 - true) / 24) + 0.1


def test_the_likeness_is_right_on_average() -> None:
    errors = [likeness(one, two) - true for one, two, true in pairs(edits=12, count=400)]

    assert abs(sum(errors) / len(errors)) < 0.015


@pytest.mark.parametrize(
    ("edits", "from_", "to", "least"), [(6, 0.68, 0.75, 0.75), (4, 0.78, 0.85, 0.92), (2, 0.88, 0.95, 0.985)]
)
def test_of_texts_that_are_alike_nearly_all_share_a_key(edits: int, from_: float, to: float, least: float) -> None:
    near = [(one, two) for one, two, true in pairs(edits=edits, count=2_000) if from_ <= true <= to]

    found = sum(any(a == b for a, b in zip(one.keys, two.keys, strict=True)) for one, two in near)

    assert len(near) > 300
    assert found / len(near) >= least


def test_texts_that_share_common_words_only_share_no_key() -> None:
    near = [(one, two) for one, two, true in pairs(edits=45, count=1_000) if true < 0.25]

    found = sum(any(a == b for a, b in zip(one.keys, two.keys, strict=True)) for one, two in near)

    assert len(near) > 300
    assert found / len(near) <= 0.1


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("I earn 4000 dollars a week from home, see my page at http://cheap.example/aaa today!", True),
        ("I EARN 4000 dollars a week from home — see my page at http://cheap.example/aaa today!!!", True),
        ("I earn 5000 dollars a week from home, see my page at http://cheap.example/aaa today!", True),
        ("The council wants to build a new bridge across the river, and nobody has asked us.", False),
    ],
)
def test_spam_that_is_varied_a_little_is_alike(text: str, same: bool) -> None:
    first = drawn("I earn 4000 dollars a week from home, see my page at http://cheap.example/aaa today!")

    assert alike(first, drawn(text)) is same


@pytest.mark.parametrize(
    ("source", "label", "least", "most", "held_at_most"),
    [
        ("Youtube03-LMFAO", Label.SPAM, 0.40, 0.52, 0.50),
        ("Youtube04-Eminem", Label.SPAM, 0.12, 0.25, 0.12),
        ("civil-comments", Label.HAM, 0.0, 0.001, 0.0),
        ("civil-comments-rude", Label.HAM, 0.0, 0.01, 0.002),
    ],
)
def test_spam_repeats_others_and_newspaper_readers_hardly_ever_do(
    source: str, label: Label, least: float, most: float, held_at_most: float
) -> None:
    texts = [
        example.text
        for example in bundled_examples(bundled_folder("models"))
        if example.source == source and example.label is label
    ]

    alike_before = counts_of_earlier_ones([sketch for text in texts if (sketch := sketch_of(text))])

    assert least <= sum(count > 0 for count in alike_before) / len(texts) <= most
    assert sum(count >= SitePolicy().repeat_limit for count in alike_before) / len(texts) <= held_at_most


def counts_of_earlier_ones(sketches: list[Sketch]) -> list[int]:
    """Returns for each how many before it are alike, found as the store finds them: by a common key."""
    by_key: dict[tuple[int, int], set[int]] = {}
    counts = []
    for at, sketch in enumerate(sketches):
        candidates = set().union(*(by_key.get(place, set()) for place in enumerate(sketch.keys)))
        counts.append(sum(alike(sketch, sketches[candidate]) for candidate in candidates))
        for place in enumerate(sketch.keys):
            by_key.setdefault(place, set()).add(at)
    return counts


def test_an_accent_changes_the_runs_that_it_stands_in_only() -> None:
    plain = drawn("The cafe at the corner of the market has the best cake in the whole town, they say.")
    accented = drawn("The café at the corner of the market has the best cake in the whole town, they say.")

    assert alike(plain, accented)


def test_the_shortest_text_with_a_sketch_is_as_long_as_promised() -> None:
    alphabet = "abcdefghijklmnopqrstuvwxyz"

    assert sketch_of(alphabet[: MIN_CHARACTERS - 1]) is None
    assert sketch_of(alphabet[:MIN_CHARACTERS]) is not None


def pairs(*, edits: int, count: int) -> Iterator[tuple[Sketch, Sketch, float]]:
    """Yields texts and what became of them after some edits, with the true share of runs in common."""
    random = Random(7)
    for _ in range(count):
        said = ["".join(random.choices("etaoinshrdlu", k=random.randint(2, 8))) for _ in range(50)]
        other = list(said)
        for _ in range(edits):
            other[random.randrange(50)] = "".join(random.choices("etaoinshrdlu", k=5))
        one_text, other_text = " ".join(said), " ".join(other)
        yield drawn(one_text), drawn(other_text), jaccard(one_text, other_text)


def drawn(text: str) -> Sketch:
    sketch = sketch_of(text)
    assert sketch is not None
    return sketch


def jaccard(one: str, other: str) -> float:
    a, b = runs(one), runs(other)
    return len(a & b) / len(a | b)


def runs(text: str) -> set[str]:
    return {text[start : start + 5] for start in range(len(text) - 4)}
