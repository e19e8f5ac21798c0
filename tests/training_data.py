"""A small classifier for tests, fitted once a run on two videos and some news ham."""

from __future__ import annotations

from functools import cache
from typing import Any

from moderation.bundled import bundled_folder
from moderation.scoring import Classifier, load_artifact, save_artifact
from moderation.training.dataset import Example, make_dataset
from moderation.training.pipeline import compiled, fit
from moderation.training.sources import VIDEOS, bundled_examples

_HAM_EVERY = 40


@cache
def shipped_examples() -> tuple[Example, ...]:
    """Returns all labelled texts of `models/data`."""
    return tuple(bundled_examples(bundled_folder("models")))


@cache
def some_examples() -> tuple[Example, ...]:
    """Returns the comments of two videos and every fortieth text of the other sources."""
    others = [e for e in shipped_examples() if e.source not in VIDEOS]
    return tuple([e for e in shipped_examples() if e.source in VIDEOS[:2]] + others[::_HAM_EVERY])


@cache
def small_pipeline() -> Any:
    """Returns the fitted scikit-learn pipeline, its weights rounded as an artifact rounds them."""
    return fit(make_dataset(some_examples()))


@cache
def small_artifact() -> bytes:
    """Returns the same classifier as bytes."""
    return save_artifact(compiled(small_pipeline()), name="small")


@cache
def small_classifier() -> Classifier:
    """Returns the same classifier in the form that serves."""
    return load_artifact(small_artifact())
