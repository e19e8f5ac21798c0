"""A stored classifier becomes a fitted pipeline again, so that one can go on learning from where it stands."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from moderation.scoring.learned import Block, Learned
from moderation.training.blocks import AboutBlock, PartBlock, WordBlock
from moderation.training.pipeline import PassageClassifier


def opened(learned: Learned) -> PassageClassifier:
    """Returns a classifier that gives the same probabilities; `compiled` makes the same of it again."""
    classifier = PassageClassifier(bends=learned.calibration)
    words, parts, about = WordBlock(), PartBlock(), AboutBlock(classifier.about_weight)
    _fill(words, learned.words, learned.pairs)
    _fill(parts, learned.parts)
    about.mean_, about.factor_ = np.array(learned.about.mean), np.array(learned.about.factor)
    logistic = LogisticRegression(C=classifier.strength, solver="liblinear")
    logistic.classes_ = np.array([0, 1])
    of_about = np.array(learned.about.weight) / about.weight
    coefficients = [*learned.words.weight, *learned.pairs.weight, *learned.parts.weight, *of_about]
    logistic.coef_ = np.array([coefficients])
    logistic.intercept_ = np.array([learned.intercept])
    logistic.n_features_in_ = len(coefficients)
    classifier.classes_ = np.array([0, 1])
    classifier.listed_ = learned.listed
    blocks = FeatureUnion([("words", words), ("parts", parts), ("about", about)])
    classifier.pipeline_ = Pipeline([("blocks", blocks), ("logistic", logistic)])
    return classifier


def _fill(block: Any, *learned: Block) -> None:
    block.terms_ = [term for one in learned for term in one.terms]
    block.idf_ = np.array([value for one in learned for value in one.idf])
    block.vocabulary_ = {term: column for column, term in enumerate(block.terms_)}
