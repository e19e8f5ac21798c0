"""What is compared: our recipe, and what people build from scikit-learn in an afternoon, each on the same texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from moderation.domain import Label, Writing
from moderation.scoring import Classifier, load_artifact, save_artifact
from moderation.training.baseline import BENDS
from moderation.training.dataset import ENOUGH_FOR_STRANGERS, Example, make_dataset
from moderation.training.pipeline import compiled, fit

Scores = np.ndarray[Any, np.dtype[np.float64]]
Weights = Mapping[tuple[str, Label], float]
Score = Callable[[Sequence[str]], Scores]
Recipe = Callable[[Sequence[Example], Weights], Score]


# Where the solver stops: no figure moves any more, and a third of the time is saved.
_NEAR = 1e-4


def fitted(examples: Sequence[Example], weights: Weights, *, tolerance: float = _NEAR) -> Classifier:
    """Returns the recipe of the bundled classifier, fitted on these examples and compiled. What its logits mean was
    learned of many texts, so that it is nothing for a small collection alone."""
    dataset = make_dataset(examples, weights=weights)
    bends = BENDS if len(examples) >= ENOUGH_FOR_STRANGERS else ()
    learned = compiled(fit(dataset, tolerance=tolerance, reproducible=False, bends=bends))
    return load_artifact(save_artifact(learned, name="candidate"))


def _ours(examples: Sequence[Example], weights: Weights) -> Score:
    classifier = fitted(examples, weights)
    return lambda texts: np.array([score.spam for score in classifier.score([*map(Writing, texts)])])


def _characters() -> Any:
    return make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
        LogisticRegression(C=30, solver="liblinear", random_state=0),
    )


def _words() -> Any:
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=30, solver="liblinear", random_state=0),
    )


def _counts() -> Any:
    return make_pipeline(CountVectorizer(), MultinomialNB())


def _plain(made: Callable[[], Any]) -> Recipe:
    """A pipeline on the texts as they are, with the same weights as our recipe."""

    def recipe(examples: Sequence[Example], weights: Weights) -> Score:
        pipeline = made()
        counts = [weights.get((example.source, example.label), 1.0) for example in examples]
        labels = [int(example.label is Label.SPAM) for example in examples]
        last = pipeline.steps[-1][0]
        pipeline.fit([example.text for example in examples], labels, **{f"{last}__sample_weight": counts})
        return lambda texts: np.asarray(pipeline.predict_proba(list(texts))[:, 1])

    return recipe


RECIPES: Mapping[str, Recipe] = {
    "ours": _ours,
    "characters": _plain(_characters),
    "words": _plain(_words),
    "counts": _plain(_counts),
}
SHOWN = {
    "ours": "this recipe",
    "characters": "tf-idf of characters (2–5) + logistic regression",
    "words": "tf-idf of words (1–2) + logistic regression",
    "counts": "counts of words + naive Bayes",
}
