"""What is fitted: each text once, a disguised copy of each spam, nothing left to chance."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from moderation.domain import Label
from moderation.scoring.reading import read
from moderation.training.attacks import ATTACKS, padded
from moderation.training.dataset import ATTACKED_WEIGHT, Example, make_dataset
from tests.training_data import shipped_examples

SPAM = Example("Check out my channel, free money", Label.SPAM, "a")
HAM = Example("What a beautiful song", Label.HAM, "b")


def test_repeats_are_fitted_once_whatever_ends_them() -> None:
    repeats = [Example(HAM.text + end, Label.HAM, "b") for end in ("", "\ufeff", " \ufeff\n", "  ")]

    assert make_dataset(repeats).texts == [HAM.text]


@pytest.mark.parametrize("empty", ["", " \n", "\ufeff"])
def test_empty_texts_are_left_out(empty: str) -> None:
    assert make_dataset([Example(empty, Label.SPAM)]).texts == []


def test_each_spam_has_one_disguised_copy_that_counts_less() -> None:
    dataset = make_dataset([SPAM, HAM], weights={("a", Label.SPAM): 2.0})

    assert dataset.spam == [1, 1, 0]
    assert dataset.weights == [2.0, 2.0 * ATTACKED_WEIGHT, 1.0]
    assert dataset.texts[0] == SPAM.text != dataset.texts[1]
    assert dataset.texts[2] == HAM.text


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
    assert counts["civil", Label.HAM] == 10_250
    assert counts["fox", Label.HAM] == 1_027
    assert counts["wikipedia", Label.HAM] == 9_941
    assert counts["germeval", Label.HAM] == 5_009
