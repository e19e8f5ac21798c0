"""What is fitted: each text once, a disguised copy of each spam, nothing left to chance."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from moderation.domain import Label
from moderation.scoring.reading import read
from moderation.training import dataset as dataset_module
from moderation.training.attacks import ATTACKS, padded
from moderation.training.dataset import COPIES, HAM_RUN, SPAM_RUN, Example, make_dataset, repeats, without_repeats
from tests.training_data import shipped_examples

SPAM = Example("Check out my channel, free money", Label.SPAM, "a")
HAM = Example("What a beautiful song", Label.HAM, "b")


def test_repeats_are_fitted_once_whatever_ends_them() -> None:
    given = [Example(HAM.text + end, Label.HAM, "b") for end in ("", "\ufeff", " \ufeff\n", "  ")]

    assert make_dataset(given).texts == [HAM.text]


def test_each_text_is_a_repeat_or_the_first_one_unless_it_shows_nothing() -> None:
    given = [SPAM, HAM, Example(f" {SPAM.text}\ufeff", Label.SPAM, "b"), Example("\ufeff", Label.HAM, "b"), HAM]

    assert without_repeats(given) == [SPAM, HAM]
    assert repeats(given) == [Example(SPAM.text, Label.SPAM, "b"), HAM]


@pytest.mark.parametrize("empty", ["", " \n", "\ufeff"])
def test_empty_texts_are_left_out(empty: str) -> None:
    assert make_dataset([Example(empty, Label.SPAM)]).texts == []


def test_each_spam_shares_its_weight_with_disguised_copies_that_count_less() -> None:
    dataset = make_dataset([SPAM, HAM], weights={("a", Label.SPAM): 2.0})
    shares = [share for share, count in COPIES.values() for _ in range(count)]

    assert dataset.spam == [1] * (1 + len(shares)) + [0]
    assert sum(dataset.weights[:-1]) == pytest.approx(2.0)
    assert [weight / dataset.weights[0] for weight in dataset.weights[1:-1]] == pytest.approx(shares)
    assert dataset.weights[-1] == 1.0
    assert dataset.texts[0] == SPAM.text
    assert len(set(dataset.texts[1:-1]) - {SPAM.text}) >= 5
    assert dataset.texts[-1] == HAM.text
    assert dataset.origins == [0] * (1 + len(shares)) + [len(shares) + 1]


LONG = "I do not think that the council has understood at all what the new bridge would cost us every single year"


def test_a_longer_ham_is_joined_by_a_run_of_its_words_and_a_short_spam_by_one_in_genuine_words() -> None:
    dataset = make_dataset([SPAM, Example(LONG, Label.HAM, "b")])
    passages = [
        (text, spam, weight, origin)
        for text, spam, weight, whole, origin in zip(
            dataset.texts, dataset.spam, dataset.weights, dataset.whole, dataset.origins, strict=True
        )
        if not whole
    ]

    (within, is_spam, spam_weight, of_spam), (run, is_ham, ham_weight, of_ham) = passages
    assert (is_spam, of_spam) == (1, 0)
    assert spam_weight == pytest.approx(SPAM_RUN * dataset.weights[0])
    assert SPAM.text in within
    assert len(within.split()) == 12
    assert (is_ham, ham_weight, of_ham) == (0, HAM_RUN, dataset.texts.index(LONG))
    assert run in LONG


def test_texts_that_are_made_are_few_of_a_kind_beside_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_module, "ENOUGH_FOR_STRANGERS", 100)
    examples = [Example(f"{LONG} {number}", Label.HAM, "b") for number in range(100)]

    dataset = make_dataset(examples)

    # One for twenty: texts with listed phrases; foreign ones, those to somebody, those that cite. For ten: phrases.
    given, spam_made, ham_made = 100, 5 + 2 * 10, 3 * 5 + 10
    made = [*zip(dataset.spam, dataset.whole, strict=True)]
    assert sum(spam and whole for spam, whole in made) == spam_made
    assert sum(spam and not whole for spam, whole in made) == 5
    assert sum(not spam and whole for spam, whole in made) == given + ham_made
    # The runs of those that are given, authors, and runs of texts in foreign languages where they have words.
    assert given + 5 <= sum(not spam and not whole for spam, whole in made) <= given + 2 * 5


def test_to_few_examples_only_what_the_lists_give_is_added() -> None:
    examples = [Example(f"{LONG} {number}", Label.HAM, "b") for number in range(100)]

    dataset = make_dataset(examples)

    assert sum(dataset.spam) == 5 + 5  # texts and authors
    assert sum(dataset.whole) == 100 + 5


def test_the_same_examples_and_seed_give_the_same_data() -> None:
    examples = [SPAM, HAM, Example("Subscribe to win an iPhone", Label.SPAM)]

    assert make_dataset(examples, seed=3) == make_dataset(examples, seed=3)
    assert make_dataset(examples, seed=3) != make_dataset(examples, seed=4)


@pytest.mark.parametrize("name", ["look-alikes", "styled", "zero width", "leet", "spaced"])
def test_most_words_of_an_attacked_text_are_read_as_before(name: str) -> None:
    text = "please subscribe to this channel and visit the website because everybody wins something today"

    attacked = ATTACKS[name](text, Random(1))

    assert attacked != text
    assert len(set(read(attacked).tokens) & set(read(text).tokens)) > 0.5 * len(text.split())


def test_padding_keeps_the_whole_spam() -> None:
    assert {padded("spam", "ham", Random(seed)) for seed in range(9)} == {"spam ham", "ham spam"}


def test_the_shipped_data_are_those_of_the_data_sheet() -> None:
    counts = Counter((e.source.split("-")[0], e.label) for e in shipped_examples())

    assert (
        sum(n for (source, label), n in counts.items() if source.startswith("Youtube") and label is Label.SPAM) == 831
    )
    assert counts["sms", Label.SPAM] == 747
    assert counts["telegram", Label.SPAM] == 182
    assert counts["civil", Label.HAM] == 18_299
    assert counts["fox", Label.HAM] == 1_027
    assert counts["wikipedia", Label.HAM] == 19_790
    assert counts["germeval", Label.HAM] == 5_009
