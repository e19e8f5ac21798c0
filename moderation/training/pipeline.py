"""The pipeline that is fitted, and its translation into the form that serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from moderation.scoring.learned import AboutWeights, Block, Learned
from moderation.training.blocks import AboutBlock, PartBlock, ReadTexts, WordBlock, half, single

# Linear algebra differs in its last digits between kinds of processors. A sharp tolerance costs five more iterations,
# and keeps the difference far below the rounding of `fit`.
SHARP = 1e-8
# Probabilities differ by less than 0.02 from the sharp ones, figures hardly: for a quick look.
ROUGH = 1e-3


def build_pipeline(*, strength: float = 30.0, about_weight: float = 0.3, tolerance: float = SHARP) -> Any:
    """Returns the unfitted pipeline: texts in, P(spam) out; 1 is spam.

    `strength` is C of the logistic regression: the larger, the less the weights are held back.
    `tolerance`: where the solver stops; only `SHARP` gives the same bytes on every processor.
    """
    blocks = [("words", WordBlock()), ("parts", PartBlock()), ("about", AboutBlock(about_weight))]
    # liblinear: one thread and a fixed order of operations.
    logistic = LogisticRegression(C=strength, solver="liblinear", tol=tolerance, max_iter=1000, random_state=0)
    return Pipeline([("read", ReadTexts()), ("blocks", FeatureUnion(blocks)), ("logistic", logistic)])


def fit(pipeline: Any, texts: Sequence[str], spam: Sequence[int], weights: Sequence[float] | None = None) -> Any:
    """Fits the pipeline and rounds its weights: to half precision for terms, which is what the artifact can hold, and
    to single precision for the rest. So the same data gives the same bytes, whatever the processor.

    `spam` is 1 or 0 for each text, `weights` what each text counts. Returns the same pipeline.
    """
    sample_weight = None if weights is None else np.asarray(weights, dtype=np.float64)
    pipeline.fit(list(texts), np.asarray(spam), logistic__sample_weight=sample_weight)
    logistic, about = pipeline.named_steps["logistic"], len(_blocks(pipeline)["about"].mean_)
    logistic.coef_ = np.hstack([half(logistic.coef_[:, :-about]), single(logistic.coef_[:, -about:])])
    logistic.intercept_ = single(logistic.intercept_)
    return pipeline


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
