"""Reasons add up to the score, are marked where they were written, and can be put to the test."""

from __future__ import annotations

from functools import cache
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.bundled import bundled_folder
from moderation.domain import Label, Writing
from moderation.scoring import Classifier, Explanation, load_bundled
from moderation.scoring.classifier import probability
from moderation.scoring.explanation import Span
from tests.rooms.test_scoring_reading import HOSTILE
from tests.training_data import shipped_examples, small_classifier, small_pipeline

WORDS = ["check", "out", "my", "channel", "now", ".", "http://example.com/a", "it"]
HOSTS = st.sampled_from(["", "www.Example.com", "example.com", "a", "é.example"])
WRITINGS = st.builds(
    Writing,
    st.one_of(HOSTILE, st.lists(st.sampled_from(WORDS)).map(" ".join)),
    st.one_of(HOSTILE, st.sampled_from(["", "Ana", "Cheap Viagra Online"])),
    st.one_of(st.none(), HOSTILE, st.sampled_from(["http://best-casino.shop/", "example.com", "https://bo.example"])),
    HOSTS,
)


@cache
def _bundled() -> Classifier:
    return load_bundled(bundled_folder("models"))


@given(WRITINGS)
@settings(max_examples=300)
def test_any_name_link_and_host_get_the_probability_of_the_fitted_pipeline(writing: Writing) -> None:
    expected = small_pipeline().predict_proba([writing])[0, 1]

    assert small_classifier().score([writing])[0].spam == pytest.approx(expected, abs=1e-9)


@given(WRITINGS)
@settings(max_examples=300)
def test_intercept_and_contributions_add_up_to_the_logit_of_the_fitted_pipeline(writing: Writing) -> None:
    score, explanation = small_classifier().score_and_explain(writing)

    logit = float(small_pipeline().decision_function([writing])[0])

    assert explanation.logit == pytest.approx(logit, abs=1e-9)
    assert score.spam == pytest.approx(probability(logit), abs=1e-9)
    assert all(0 <= b < e <= len(writing.text) for c in explanation.contributions for b, e in c.spans)


@given(WRITINGS)
@settings(max_examples=100)
def test_score_and_reasons_together_are_the_score_and_the_reasons(writing: Writing) -> None:
    classifier = small_classifier()

    assert classifier.score_and_explain(writing) == (classifier.score([writing])[0], classifier.explain(writing))


@pytest.mark.parametrize(
    ("text", "feature", "marked"),
    [
        ("Please ＣＨＥＣＫ оut", "check out", ["ＣＨＥＣＫ оut"]),
        ("my ch\u200ban\u00adnel, my channel", "channel", ["ch\u200ban\u00adnel", "channel"]),
        ("𝐬𝐮𝐛𝐬𝐜𝐫𝐢𝐛𝐞 now", "subscribe", ["𝐬𝐮𝐛𝐬𝐜𝐫𝐢𝐛𝐞"]),
        ("👍🏽 s u b s c r i b e", "subscribe", ["s u b s c r i b e"]),
        ("ﷺ ﬁne m\u0301y ch4nn3l!", "channel", ["ch4nn3l"]),
        ("call +44 20 7946 0958 please", "[phone]", ["+44 20 7946 0958"]),
        ("see www.example.com/x now", "[link]", ["www.example.com/x"]),
    ],
)
def test_spans_are_ranges_of_the_text_as_it_was_written(text: str, feature: str, marked: list[str]) -> None:
    contributions = {c.feature: c for c in _bundled().explain(Writing(text)).contributions}

    assert [text[begin:end] for begin, end in contributions[feature].spans] == marked


def _covers(spans: tuple[Span, ...], span: Span) -> bool:
    return any(begin < span[1] and span[0] < end for begin, end in spans)


def _without(text: str, spans: tuple[Span, ...]) -> str:
    return "".join(" " if _covers(spans, (place, place + 1)) else character for place, character in enumerate(text))


def _decides_alone(explanation: Explanation) -> bool:
    return any(c.feature.startswith("(only ") for c in explanation.contributions)


def _deletions(classifier: Classifier) -> list[tuple[float, float]]:
    """What the strongest word of each bundled spam is said to add to the logit, and what deleting it takes away."""
    found = []
    for text in [example.text for example in shipped_examples() if example.label is Label.SPAM]:
        explanation = classifier.explain(Writing(text))
        strongest = next((c for c in explanation.contributions if c.spans and c.weight > 0), None)
        if strongest and not _decides_alone(explanation):
            rest = classifier.explain(Writing(_without(text, strongest.spans)))
            found.append((strongest.weight, explanation.logit - rest.logit))
    return found


def test_a_spam_without_its_strongest_word_loses_what_that_word_was_said_to_add() -> None:
    """Not to the last digit: a word goes with its pairs and what is counted of it (a link), and a text of fewer words
    leaves more to each of the others."""
    deletions = _deletions(_bundled())

    shares = sorted(lost / said for said, lost in deletions)

    assert len(deletions) > 1_000
    assert sum(lost > 0 for _, lost in deletions) > 0.99 * len(deletions)
    assert 0.85 < median(shares) < 1.15
    assert shares[len(shares) // 10] > 0.6
