"""Texts that are made up: sentences of many languages for both labels, and genuine comments in other clothes."""

from __future__ import annotations

import re
from random import Random

import pytest

from moderation.domain import Label
from moderation.scoring.reading import read
from moderation.scoring.tokens import CITED, LINK, MENTION, PLATFORM
from moderation.training import dataset as dataset_module
from moderation.training.dataset import Example, make_dataset
from moderation.training.phrasebook import HAM, PRAISE, SPAM, made, offers, page, sentences, spun
from moderation.training.strangers import addressed, citing, foreign

TEXT = "The council has spent more on this bridge, it seems, than on all schools. Why? Nobody knows!"
_LINKS = {LINK, CITED, PLATFORM}


def test_every_language_that_has_spam_has_genuine_comments_too() -> None:
    assert len(sentences()) >= 15
    assert all(kinds[HAM] and kinds[SPAM] for kinds in sentences().values())
    assert all(kinds[PRAISE] for kinds in sentences().values() if PRAISE in kinds)


def test_readers_have_about_as_much_to_say_in_each_language_as_advertisers() -> None:
    shares = {language: len(kinds[HAM]) / len(kinds[SPAM]) for language, kinds in sentences().items()}

    assert all(0.7 <= share <= 1.5 for share in shares.values()), shares


def test_no_sentence_stands_in_the_book_twice() -> None:
    every = [sentence for kinds in sentences().values() for found in kinds.values() for sentence in found]

    assert len(every) == len(set(every))


def test_every_language_in_which_something_is_sold_has_names_that_sell_it() -> None:
    names = [*offers(600, Random(4))]

    assert names == [*offers(600, Random(4))]
    assert len(set(names)) > 250
    assert all(name.strip() and not set("{}|$") & set(name) for name in names)
    assert {"latin", "other"} == {"latin" if name.isascii() else "other" for name in names}


def test_some_praise_ends_with_what_it_is_there_for() -> None:
    texts = [*made(PRAISE, 400, Random(3))]

    assert 40 < sum(bool(_LINKS & {*read(text).tokens}) for text in texts) < 140


def test_one_of_each_choice_is_taken_also_within_another() -> None:
    texts = {spun("{a|b{c|d}} e{|!}", Random(seed)) for seed in range(60)}

    assert texts == {f"{begin} e{end}" for begin in ("a", "bc", "bd") for end in ("", "!")}


@pytest.mark.parametrize("kind", [HAM, SPAM, PRAISE])
def test_a_made_text_is_complete_and_the_same_each_time(kind: str) -> None:
    texts = [*made(kind, 400, Random(1))]

    assert texts == [*made(kind, 400, Random(1))]
    assert len(set(texts)) > 150
    assert not [text for text in texts if set("{}|") & set(text) or re.search(r"\$[a-z]", text)]


def test_sentences_name_nobody_that_could_be_reached() -> None:
    texts = " ".join(text for kind in (HAM, SPAM) for text in made(kind, 500, Random(2)))

    assert {text.rpartition("@")[2] for text in texts.split() if "@example" in text} <= {"example.com", "example.com."}


def test_a_text_in_a_language_that_does_not_exist_has_its_build_and_none_of_its_words() -> None:
    texts = [foreign(TEXT, Random(seed)) for seed in range(60)]

    assert len(set(texts)) == 60
    spaced = [text for text in texts if " " in text]
    assert len(spaced) > 40
    assert {len(text.split()) for text in spaced} == {len(TEXT.split())}
    known = {token for token in read(TEXT).tokens if len(token) > 3}
    assert not any(known & {*read(text).tokens} for text in texts)
    assert {text.isascii() for text in texts} == {True, False}


def test_links_do_not_become_words_of_a_foreign_language() -> None:
    assert all(len(foreign(f"{TEXT} http://example.org", Random(seed))) <= len(TEXT) for seed in range(30))


def test_a_comment_is_addressed_to_somebody_or_has_hashtags_in_some_cases() -> None:
    texts = [addressed(TEXT, Random(seed), 0.5) for seed in range(100)]

    to_somebody = sum(MENTION in read(text).tokens for text in texts)
    assert 30 < to_somebody < 70
    assert 10 < sum("#" in text for text in texts) < 45
    assert all(text.replace("#", "").endswith(TEXT) for text in texts)


def test_a_citing_comment_has_a_link_that_is_read_as_one() -> None:
    texts = [citing(TEXT, Random(seed)) for seed in range(100)]

    assert all(_LINKS & {*read(text).tokens} for text in texts)
    assert all(len(text.split()) > 1 for text in texts)
    assert all(_LINKS & {*read(page("", Random(seed))).tokens} for seed in range(30))


def test_what_is_made_has_the_label_of_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_module, "ENOUGH_FOR_STRANGERS", 100)
    examples = [Example(f"{TEXT} {number}", Label.HAM) for number in range(200)]

    dataset = make_dataset(examples)

    praised = [spam for text, spam in zip(dataset.texts, dataset.spam, strict=True) if "blog" in text]
    to_somebody = [spam for text, spam in zip(dataset.texts, dataset.spam, strict=True) if text.startswith("@")]
    assert praised
    assert to_somebody
    assert sum(praised) > len(praised) * 0.6
    assert not any(to_somebody)
