"""The passage that looks most like spam decides: a run of words, the author's name and link, or the whole text."""

from __future__ import annotations

from functools import cache
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.bundled import bundled_folder
from moderation.domain import Writing
from moderation.scoring import Classifier, load_bundled
from moderation.scoring.listed import beyond_chance, count_listed, hash_of_phrase, lanes_of
from moderation.scoring.passages import (
    END_PENALTY,
    END_WORDS,
    RUN_WORDS,
    author_text,
    begins_of_runs,
    own_host,
    run_penalty,
    runs,
)
from moderation.training.baseline import BENDS

SPAM = "check out my channel and subscribe for free money"
GENUINE = (
    "I have lived beside this river for forty years and I do not remember that the council ever asked us what we "
    "think. Now they want to spend two million on a bridge that nobody needs, while the school has no roof that keeps "
    "the rain out. The mayor should come here and explain it to the parents, not to the newspaper."
)


@cache
def _classifier() -> Classifier:
    return load_bundled(bundled_folder("models"))


def _score(text: str, name: str = "", url: str | None = None, host: str = "") -> float:
    return _classifier().score([Writing(text, name, url, host)])[0].spam


@given(st.integers(0, 300))
def test_runs_have_one_length_and_cover_every_word_of_a_longer_text(words: int) -> None:
    inside = [run for run in runs(words) if run.penalty != END_PENALTY]

    assert {end - begin for begin, end, _ in inside} <= {RUN_WORDS}
    assert {word for begin, end, _ in inside for word in range(begin, end)} == (
        set(range(words)) if words > RUN_WORDS else set()
    )


def test_the_first_and_the_last_words_of_a_text_are_runs_of_several_lengths() -> None:
    at_ends = {(run.begin, run.end) for run in runs(20) if run.penalty == END_PENALTY}

    assert at_ends == {place for size in END_WORDS if size < 20 for place in ((0, size), (20 - size, 20))}


def test_a_run_must_be_the_more_certain_the_more_runs_a_text_has() -> None:
    penalties = [run_penalty(words) for words in range(1000)]

    assert penalties == sorted(penalties)
    assert penalties[100] - penalties[RUN_WORDS] == pytest.approx(log(len(begins_of_runs(100))))


@pytest.mark.parametrize("hidden", ["{spam}\n{text}", "{text} {spam}", "{text} {spam} {text}"])
def test_spam_is_found_within_a_genuine_text_and_marked_there(hidden: str) -> None:
    text = hidden.format(spam=SPAM, text=GENUINE)

    explanation = _classifier().explain(Writing(text))

    assert _score(GENUINE) < 0.1
    assert _score(text) > 0.5
    assert "(only a passage of the text)" in [c.feature for c in explanation.contributions]
    place = text.index(SPAM)
    marked = [span for c in explanation.contributions if c.weight > 1 for span in c.spans]
    assert marked
    assert all(place - 1 <= begin and end <= place + len(SPAM) + 1 for begin, end in marked)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("Cheap Viagra Online", "http://cheap-viagra-online.shop/"),
        ("Best Casino Bonus", "https://casino-bonus-slots.xyz"),
        ("SEO Services", "seo-king.net"),
    ],
)
def test_a_name_and_a_link_that_sell_are_spam_beside_a_text_that_does_not(name: str, url: str) -> None:
    text = "I agree with the author."

    contributions = _classifier().explain(Writing(text, name, url)).contributions

    assert _score(text, name, url) > 0.5
    assert any(c.feature.startswith("name or link: ") and c.weight > 0 and c.spans == () for c in contributions)


@pytest.mark.parametrize(
    ("name", "url"),
    [("Ana", None), ("John Smith", "https://johnsmith.com"), ("Heike M.", "https://heike.wordpress.com"), ("", None)],
)
def test_an_ordinary_name_with_a_page_of_its_own_is_no_spam(name: str, url: str | None) -> None:
    assert _score("I agree with the author.", name, url) < 0.3


def test_a_link_to_the_pages_of_the_site_is_not_held_against_a_reader() -> None:
    text = "https://www.daily-planet.example.com/2026/bridge"

    own = _score(text, host="daily-planet.example.com")
    # Well below .3, from where a person looks. (.15 and .06 until baseline-8, which has more made-up spam with a link.)
    assert own < 0.17
    (steep, gentle), _ = BENDS
    assert log(own / (1 - own)) * steep / gentle < log(0.08 / 0.92)  # what is learned, before it is told how to be read
    assert _score(text, host="another.example.com") > 0.5


def test_a_link_to_what_readers_cite_weighs_less_than_one_to_anywhere() -> None:
    text = "They said so last week already: {}"

    cited = _score(text.format("https://www.theguardian.com/world/2026/bridge"))

    assert cited < 0.1
    assert cited < _score(text.format("https://www.guardian-offers.shop/world/2026/bridge"))


def test_name_and_link_are_one_text_and_the_host_has_no_www() -> None:
    assert author_text(Writing("x", "Ana", None)) == "Ana"
    assert author_text(Writing("x", "Ana", "example.org/a")) == "Ana http://example.org/a"
    assert author_text(Writing("x", "", "https://example.org")) == "https://example.org"
    assert author_text(Writing("x")) == ""
    assert own_host(Writing("x", site_host="WWW.Example.org")) == "example.org"


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12))
def test_each_listed_phrase_of_a_text_is_counted_once(words: list[str]) -> None:
    phrases = [("a", "b"), ("b", "a"), ("c", "d", "a")]
    text = f" {' '.join(words)} "

    found = count_listed([lanes_of(word) for word in words], frozenset(map(hash_of_phrase, phrases)))

    assert found == sum(f" {' '.join(phrase)} " in text for phrase in phrases)


def test_one_listed_phrase_is_chance_and_more_are_not() -> None:
    assert beyond_chance(0) == beyond_chance(1) == 0 < beyond_chance(2) < beyond_chance(3)


def test_praise_that_is_spun_from_listed_phrases_looks_like_spam() -> None:
    praise = (
        "I every time used to read article in news papers, this webpage gives pleasant understanding, first time pay a "
        "quick visit at here."
    )

    contributions = {c.feature: c.weight for c in _classifier().explain(Writing(praise)).contributions}

    assert contributions["(listed phrases)"] > 0.5
    assert _score(praise) > 0.5
