"""The pipeline that is fitted, and its translation into the form that serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from moderation.scoring.learned import AboutWeights, Block, Learned
from moderation.training.blocks import AboutBlock, PartBlock, ReadTexts, WordBlock, half, single
from moderation.training.sharpening import sharpened

# Where the solver stops. Rough is for a quick look: single probabilities differ by up to 0.02, figures hardly.
FINE = 1e-6
ROUGH = 1e-3


def build_pipeline(*, strength: float = 30.0, about_weight: float = 0.3, tolerance: float = FINE) -> Any:
    """Returns the unfitted pipeline: texts in, P(spam) out; 1 is spam.

    `strength` is C of the logistic regression: the larger, the less the weights are held back.
    `tolerance` is `FINE` or `ROUGH`.
    """
    blocks = [("words", WordBlock()), ("parts", PartBlock()), ("about", AboutBlock(about_weight))]
    # liblinear: one thread and a fixed order of operations.
    logistic = LogisticRegression(C=strength, solver="liblinear", tol=tolerance, max_iter=1000, random_state=0)
    return Pipeline([("read", ReadTexts()), ("blocks", FeatureUnion(blocks)), ("logistic", logistic)])


def fit(
    pipeline: Any,
    texts: Sequence[str],
    spam: Sequence[int],
    weights: Sequence[float] | None = None,
    *,
    reproducible: bool = True,
) -> Any:
    """Fits the pipeline and rounds its weights: to half precision for terms, which is what the artifact can hold, and
    to single precision for the rest.

    `spam` is 1 or 0 for each text, `weights` what each text counts. The same data gives the same weights; if
    `reproducible`, on every processor, which takes half as long again. Returns the same pipeline.
    """
    logistic, about = pipeline.named_steps["logistic"], _blocks(pipeline)["about"]
    labels, counts = np.asarray(spam), np.ones(len(spam)) if weights is None else np.asarray(weights, dtype=np.float64)
    features = pipeline[:-1].fit_transform(list(texts), labels)
    logistic.fit(features, labels, sample_weight=counts)
    if reproducible:
        _sharpen(logistic, features, labels, counts)
    of_about = len(about.mean_)
    logistic.coef_ = np.hstack([half(logistic.coef_[:, :-of_about]), single(logistic.coef_[:, -of_about:])])
    logistic.intercept_ = single(logistic.intercept_)
    return pipeline


def _sharpen(logistic: Any, features: Any, labels: Any, counts: Any) -> None:
    with_intercept = sparse.hstack([features, np.ones((features.shape[0], 1))]).tocsr()
    fitted = np.append(logistic.coef_[0], logistic.intercept_)
    best = sharpened(with_intercept, labels.astype(np.float64), logistic.C * counts, fitted)
    logistic.coef_, logistic.intercept_ = best[np.newaxis, :-1], best[-1:]


def _blocks(pipeline: Any) -> dict[str, Any]:
    return dict(pipeline.named_steps["blocks"].transformer_list)


def _block(terms: Sequence[str], idf: Any, weight: Any, keep: Sequence[int]) -> Block:
    return Block(tuple(terms[i] for i in keep), tuple(idf[keep].tolist()), tuple(weight[keep].tolist()))


def compiled(pipeline: Any) -> Learned:
    """Returns what a fitted pipeline has learned, in the form that serves. Both give the same probability."""
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
    )
