"""What is taken from the spam lists, and what is made of it."""

from __future__ import annotations

from random import Random

from moderation.scoring.listed import hash_of_phrase
from moderation.scoring.reading import read
from moderation.training.lists import listed_phrases, spam_lists
from moderation.training.snippets import honest_authors, listed_spam, run_of, selling_authors, surrounded

HAM = [f"I think that the bridge is much too expensive for a town of {n} people like ours" for n in range(50)]


def test_the_shipped_lists_are_read_and_say_something() -> None:
    lists = spam_lists()

    assert len(lists.phrases) > 20_000
    assert len(lists.keywords) > 20_000
    assert len(lists.domains) > 2_500
    assert all(" " in phrase.strip() for phrase in lists.phrases)
    assert all("." in domain and " " not in domain for domain in lists.domains)


def test_a_phrase_that_an_honest_text_has_is_not_used() -> None:
    honest = read("He said it was a great post office").tokens

    phrases = listed_phrases([honest], [honest])

    assert hash_of_phrase(["great", "post"]) in listed_phrases([], [])
    assert hash_of_phrase(["great", "post"]) not in phrases
    assert [*phrases] == sorted({*phrases})


def test_an_entry_that_is_cut_short_is_completed_by_words_that_are_known() -> None:
    known = read("services serving serves unservable").tokens

    assert hash_of_phrase(["seo", "serv"]) in listed_phrases([], [])
    assert hash_of_phrase(["seo", "services"]) not in listed_phrases([], [])
    assert hash_of_phrase(["seo", "services"]) in listed_phrases([known], [])


def test_made_spam_holds_entries_within_genuine_words() -> None:
    lists = spam_lists()

    made = [*listed_spam(HAM, 200, Random(1))]

    assert len(made) == 200
    with_phrase = sum(any(f" {phrase.strip()} " in f" {text} " for phrase in lists.phrases) for text in made[:20])
    assert with_phrase >= 15
    assert sum("http://" in text for text in made) > 20
    assert made == [*listed_spam(HAM, 200, Random(1))]


def test_authors_are_made_with_and_without_links() -> None:
    honest, selling = [*honest_authors(300, Random(1))], [*selling_authors(300, Random(1))]

    assert 50 < sum("https://" in author for author in honest) < 150
    assert sum("http" in author or "www." in author for author in selling) > 200


def test_a_run_is_some_neighbouring_words_and_short_texts_have_none() -> None:
    run = run_of(HAM[0], Random(3))

    assert run is not None
    assert run in HAM[0]
    assert len(run.split()) == 12
    assert run_of("Only a few words", Random(3)) is None


def test_spam_is_surrounded_only_if_most_of_a_run_is_left_to_it() -> None:
    spam = "check out my channel and win something"

    found = {surrounded(spam, HAM[0], Random(seed)) for seed in range(20)}

    assert all(text is not None and spam in text and len(text.split()) == 12 for text in found)
    assert any(text and text.startswith(spam) for text in found)
    assert any(text and text.endswith(spam) for text in found)
    assert surrounded("win now", HAM[0], Random(1)) is None
    assert surrounded(HAM[0], HAM[1], Random(1)) is None
