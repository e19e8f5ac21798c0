"""The pipeline that is fitted, and its translation into the form that serves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from moderation.domain import Writing
from moderation.scoring.calibration import Bends
from moderation.scoring.learned import AboutWeights, Block, Learned
from moderation.scoring.passages import AUTHOR_PENALTY, author_text, own_host, runs
from moderation.scoring.reading import read
from moderation.training.blocks import (
    AboutBlock,
    Numbers,
    PartBlock,
    Passage,
    WordBlock,
    bare_passage,
    half,
    single,
    whole_passage,
)
from moderation.training.calibrate import calibrated
from moderation.training.dataset import Dataset
from moderation.training.leaning import leanings
from moderation.training.lists import listed_phrases
from moderation.training.sharpening import sharpened

# Where the solver stops. Rough is for a quick look: single probabilities differ by up to 0.02, figures hardly.
FINE = 1e-6
ROUGH = 1e-3
# Examples; among fewer, what differs between spam and ham is more about their sources, and new ones are judged worse.
ENOUGH_TO_LEAN = 8_000


class PassageClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A scikit-learn pipeline over passages, and the passage that decides over a writing: see `scoring.passages`.

    `strength` is C of the logistic regression: the larger, the less the weights are held back. `tolerance` is `FINE`
    or `ROUGH`. `bends` say what a logit means, see `scoring.calibration`. Learned: `pipeline_` and `listed_`.
    """

    def __init__(
        self, strength: float = 10.0, about_weight: float = 0.3, tolerance: float = FINE, bends: Bends = ()
    ) -> None:
        self.strength = strength
        self.about_weight = about_weight
        self.tolerance = tolerance
        self.bends = bends

    def fit_dataset(self, dataset: Dataset, *, reproducible: bool = True) -> Self:
        """Fits on labelled texts and passages and rounds the weights: to half precision for terms, which is what the
        artifact can hold, and to single precision for the rest.

        The same data gives the same weights; if `reproducible`, on every processor, which takes half as long again.
        """
        self.classes_ = np.array([0, 1])
        readings = [read(text) for text in dataset.texts]
        tokens = [reading.tokens for reading in readings]
        given = [t for t, spam, whole in zip(tokens, dataset.spam, dataset.whole, strict=True) if whole and not spam]
        self.listed_ = listed_phrases(tokens, given)
        listed = frozenset(self.listed_)
        passages = [
            whole_passage(reading, listed, origin) if whole else bare_passage(reading.tokens)
            for reading, whole, origin in zip(readings, dataset.whole, dataset.origins, strict=True)
        ]
        self.pipeline_ = self._fitted(passages, dataset, reproducible=reproducible)
        return self

    def _fitted(self, passages: Sequence[Passage], dataset: Dataset, *, reproducible: bool) -> Any:
        blocks = [("words", WordBlock()), ("parts", PartBlock()), ("about", AboutBlock(self.about_weight))]
        # liblinear: one thread and a fixed order of operations.
        logistic = LogisticRegression(
            C=self.strength, solver="liblinear", tol=self.tolerance, max_iter=1000, random_state=0
        )
        pipeline = Pipeline([("blocks", FeatureUnion(blocks)), ("logistic", logistic)])
        labels, counts = np.asarray(dataset.spam), np.asarray(dataset.weights, dtype=np.float64)
        features = pipeline[:-1].fit_transform(passages, labels)
        of_about = len(_blocks(pipeline)["about"].mean_)
        factors = np.ones(features.shape[1])
        if len({*dataset.origins}) >= ENOUGH_TO_LEAN:
            factors[:-of_about] = single(leanings(features.tocsr()[:, :-of_about], labels, counts))
        features = features @ sparse.diags(factors)
        logistic.fit(features, labels, sample_weight=counts)
        if reproducible:
            _sharpen(logistic, features, labels, counts)
        logistic.coef_ = logistic.coef_ * factors
        logistic.coef_ = np.hstack([half(logistic.coef_[:, :-of_about]), single(logistic.coef_[:, -of_about:])])
        logistic.intercept_ = single(logistic.intercept_)
        return pipeline

    def decision_function(self, X: Sequence[Writing | str]) -> Numbers:  # noqa: N803
        """Returns what the logit of each writing means: that of the passage that looks most like spam."""
        passages: list[Passage] = []
        penalties: list[float] = []
        starts: list[int] = []
        listed = frozenset(self.listed_)
        for writing in X:
            starts.append(len(passages))
            for passage, penalty in _passages_of(writing if isinstance(writing, Writing) else Writing(writing), listed):
                passages.append(passage)
                penalties.append(penalty)
        logits = self.pipeline_.decision_function(passages) - np.array(penalties)
        return calibrated(np.asarray(np.maximum.reduceat(logits, starts)), self.bends)

    def predict_proba(self, X: Sequence[Writing | str]) -> Numbers:  # noqa: N803
        """Returns P(ham) and P(spam) of each writing, one row each."""
        spam = expit(self.decision_function(X))
        return np.column_stack([1 - spam, spam])

    def predict(self, X: Sequence[Writing | str]) -> Numbers:  # noqa: N803
        """Returns 1 for spam, else 0."""
        return np.asarray(self.predict_proba(X)[:, 1] > 0.5, dtype=int)


def _passages_of(writing: Writing, listed: frozenset[int]) -> Iterator[tuple[Passage, float]]:
    reading = read(writing.text, own_host(writing))
    yield whole_passage(reading, listed), 0.0
    for begin, end, penalty in runs(len(reading.tokens)):
        yield bare_passage(reading.tokens[begin:end]), penalty
    if author := author_text(writing):
        yield bare_passage(read(author, own_host(writing)).tokens), AUTHOR_PENALTY


def fit(
    dataset: Dataset, *, tolerance: float = FINE, reproducible: bool = True, bends: Bends = ()
) -> PassageClassifier:
    """Returns the classifier fitted on this dataset with the recipe of the bundled one."""
    return PassageClassifier(tolerance=tolerance, bends=bends).fit_dataset(dataset, reproducible=reproducible)


def _sharpen(logistic: Any, features: Any, labels: Any, counts: Any) -> None:
    with_intercept = sparse.hstack([features, np.ones((features.shape[0], 1))]).tocsr()
    fitted = np.append(logistic.coef_[0], logistic.intercept_)
    best = sharpened(with_intercept, labels.astype(np.float64), logistic.C * counts, fitted)
    logistic.coef_, logistic.intercept_ = best[np.newaxis, :-1], best[-1:]


def _blocks(pipeline: Any) -> dict[str, Any]:
    return dict(pipeline.named_steps["blocks"].transformer_list)


def _block(terms: Sequence[str], idf: Any, weight: Any, keep: Sequence[int]) -> Block:
    return Block(tuple(terms[i] for i in keep), tuple(idf[keep].tolist()), tuple(weight[keep].tolist()))


def compiled(classifier: PassageClassifier) -> Learned:
    """Returns what a fitted classifier has learned, in the form that serves. Both give the same probability."""
    pipeline = classifier.pipeline_
    blocks, logistic = _blocks(pipeline), pipeline.named_steps["logistic"]
    words, parts, about = blocks["words"], blocks["parts"], blocks["about"]
    weight = logistic.coef_[0]
    of_words, of_parts, of_about = np.split(weight, np.cumsum([len(words.terms_), len(parts.terms_)]))
    is_pair = np.array([" " in term for term in words.terms_], dtype=bool)
    return Learned(
        intercept=float(logistic.intercept_[0]),
        words=_block(words.terms_, words.idf_, of_words, np.flatnonzero(~is_pair).tolist()),
        pairs=_block(words.terms_, words.idf_, of_words, np.flatnonzero(is_pair).tolist()),
        parts=_block(parts.terms_, parts.idf_, of_parts, list(range(len(parts.terms_)))),
        about=AboutWeights(
            tuple(about.mean_.tolist()), tuple(about.factor_.tolist()), tuple((of_about * about.weight).tolist())
        ),
        listed=classifier.listed_,
        calibration=classifier.bends,
    )
