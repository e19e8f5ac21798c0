"""The classifier that serves gives the number of the fitted pipeline, and can say why."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings

from moderation.domain import Score, Writing
from moderation.errors import ScorerUnavailable
from moderation.scoring import Classifier, Scorer, load_artifact
from moderation.scoring.classifier import MANY, probability
from moderation.scoring.learned import AboutWeights, Block, Learned
from moderation.scoring.reading import _PIECES
from tests.rooms.test_scoring_reading import HOSTILE, PATTERNS
from tests.training_data import small_artifact, small_classifier, small_pipeline

SPAM = "Check out my channel and subscribe! Free money at www.example.com/win"
HAM = "I think the mayor is right about the new bridge, although it will cost more than they say."


@given(HOSTILE)
@settings(max_examples=300)
def test_any_text_gets_the_probability_of_the_fitted_pipeline(text: str) -> None:
    expected = small_pipeline().predict_proba([text])[0, 1]

    assert small_classifier().score([Writing(text)])[0].spam == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", PATTERNS)
def test_extreme_texts_get_the_probability_of_the_fitted_pipeline_too(name: str) -> None:
    expected = small_pipeline().predict_proba([PATTERNS[name]])[0, 1]

    assert small_classifier().score([Writing(PATTERNS[name])])[0].spam == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("text", ["", " ", "\ufeff", SPAM, HAM, "שלום " + SPAM, "👍🏽", "привет, заработок!"])
def test_ordinary_and_empty_texts_get_the_probability_of_the_fitted_pipeline(text: str) -> None:
    expected = small_pipeline().predict_proba([text])[0, 1]

    assert small_classifier().score([Writing(text)])[0].spam == pytest.approx(expected, abs=1e-9)


def test_scores_come_in_order_with_the_version_and_do_not_depend_on_their_neighbours() -> None:
    classifier = small_classifier()

    together = classifier.score([Writing(SPAM), Writing(HAM), Writing(SPAM)])

    assert len(together) < MANY
    assert together == [classifier.score([Writing(text)])[0] for text in (SPAM, HAM, SPAM)]
    assert {score.model for score in together} == {classifier.version}
    assert together[0].spam > 0.9 > 0.2 > together[1].spam
    assert classifier.score([]) == []


@pytest.mark.parametrize("trap", ["\ufeff", "\ufeff\ufeff", "\u200b"])
def test_an_invisible_end_does_not_change_the_words_of_a_score(trap: str) -> None:
    classifier = small_classifier()

    for text in (SPAM, HAM):
        plain, trapped = classifier.explain(Writing(text)), classifier.explain(Writing(text + trap))
        assert [c for c in plain.contributions if c.spans] == [c for c in trapped.contributions if c.spans]


@given(HOSTILE)
@settings(max_examples=200)
def test_the_contributions_add_up_to_the_logit(text: str) -> None:
    explanation = small_classifier().explain(Writing(text))

    logit = explanation.intercept + sum(c.weight for c in explanation.contributions)

    assert probability(logit) == pytest.approx(small_classifier().score([Writing(text)])[0].spam, abs=1e-9)
    assert explanation.logit == pytest.approx(logit, abs=1e-9)
    assert all(0 <= begin < end <= len(text) for c in explanation.contributions for begin, end in c.spans)


def test_an_explanation_marks_the_words_as_they_were_written_strongest_first() -> None:
    text = "Hello, chеck оut my ch4nn3l"

    contributions = small_classifier().explain(Writing(text)).contributions
    marked = {c.feature: [text[begin:end] for begin, end in c.spans] for c in contributions}

    assert marked["channel"] == ["ch4nn3l"]
    assert marked["check out"] == ["chеck оut"]
    assert marked["(leet)"] == []
    assert [abs(c.weight) for c in contributions] == sorted((abs(c.weight) for c in contributions), reverse=True)


def test_a_word_is_marked_at_each_of_its_places() -> None:
    explanation = small_classifier().explain(Writing("subscribe, please subscribe"))

    found = {c.feature: c.spans for c in explanation.contributions}

    assert found["subscribe"] == ((0, 9), (18, 27))


def test_without_its_strongest_words_a_spam_scores_lower() -> None:
    classifier = small_classifier()
    strongest = next(c for c in classifier.explain(Writing(SPAM)).contributions if c.spans and c.weight > 0)
    begin, end = strongest.spans[0]

    without = SPAM[:begin] + SPAM[end:]

    assert classifier.score([Writing(without)])[0].spam < classifier.score([Writing(SPAM)])[0].spam


def test_what_is_remembered_does_not_change_a_score(monkeypatch: pytest.MonkeyPatch) -> None:
    writings = [Writing(SPAM), Writing(HAM), Writing("something quite different"), Writing(SPAM, "Bo", "bo.example")]
    known = small_classifier().score(writings)

    monkeypatch.setattr("moderation.scoring.words._MAX_REMEMBERED", 2)
    monkeypatch.setattr(_PIECES, "_half", 1)

    assert load_artifact(small_artifact()).score(writings) == known


@pytest.mark.parametrize("name", PATTERNS)
def test_no_text_of_20000_characters_costs_more_than_50_milliseconds(name: str) -> None:
    classifier = small_classifier()

    def seconds() -> float:
        start = time.process_time()
        classifier.score([Writing(PATTERNS[name])])
        return time.process_time() - start

    # The best of three: the promise is about the work, not about what else the machine does.
    assert min(seconds() for _ in range(3)) < 0.05


@pytest.mark.parametrize("logit", [-1e4, -40.0, -1.0, 0.0, 1.0, 40.0, 1e4])
def test_a_probability_never_overflows(logit: float) -> None:
    assert 0 <= probability(logit) <= 1
    assert probability(logit) + probability(-logit) == pytest.approx(1)


def _constant(version: str, intercept: float) -> Classifier:
    nothing = Block((), (), ())
    zeros = (0.0,) * 25
    return Classifier(version, Learned(intercept, nothing, nothing, nothing, AboutWeights(zeros, zeros, zeros)))


def test_a_scorer_without_a_classifier_says_so() -> None:
    scorer = Scorer()

    assert scorer.version is None
    with pytest.raises(ScorerUnavailable):
        scorer.score([Writing("anything")])
    with pytest.raises(ScorerUnavailable):
        scorer.explain(Writing("anything"))
    with pytest.raises(ScorerUnavailable):
        scorer.score_and_explain(Writing("anything"))


def test_a_scorer_uses_what_it_was_given_last() -> None:
    scorer = Scorer(_constant("first", 0.0))
    scorer.use(_constant("second", math.log(3)))

    assert scorer.version == "second"
    assert scorer.score([Writing("anything")]) == [Score(pytest.approx(0.75), "second")]  # type: ignore[arg-type]


def test_all_scores_of_one_call_are_of_one_version_while_versions_change() -> None:
    versions = [_constant("a", 0.0), _constant("b", 1.0)]
    scorer, stop = Scorer(versions[0]), threading.Event()

    def change() -> None:
        while not stop.is_set():
            for version in versions:
                scorer.use(version)

    changing = threading.Thread(target=change)
    changing.start()
    try:
        seen = [{(s.model, s.spam) for s in scorer.score([Writing("x")] * 20)} for _ in range(300)]
    finally:
        stop.set()
        changing.join()

    assert all(len(of_one_call) == 1 for of_one_call in seen)


def test_serving_needs_neither_scikit_learn_nor_numpy() -> None:
    program = (
        "import sys; from moderation.bundled import bundled_folder; "
        "from moderation.domain import Writing; from moderation.scoring import load_bundled; "
        "c = load_bundled(bundled_folder('models')); c.score([Writing('text')]); c.explain(Writing('text')); "
        "import moderation.training; "
        "print(sorted({'sklearn', 'scipy', 'numpy', 'joblib'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
