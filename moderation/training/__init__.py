"""Labels become a candidate classifier. Importing this package imports neither NumPy nor scikit-learn."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moderation.training.baseline import Baseline, build_baseline
    from moderation.training.dataset import Dataset, Example, make_dataset
    from moderation.training.metrics import Metrics, evaluate
    from moderation.training.pipeline import PassageClassifier, compiled, fit

__all__ = [
    "Baseline",
    "Dataset",
    "Example",
    "Metrics",
    "PassageClassifier",
    "build_baseline",
    "compiled",
    "evaluate",
    "fit",
    "make_dataset",
]

_HOME = {
    "Baseline": "baseline",
    "build_baseline": "baseline",
    "Dataset": "dataset",
    "Example": "dataset",
    "make_dataset": "dataset",
    "Metrics": "metrics",
    "evaluate": "metrics",
    "PassageClassifier": "pipeline",
    "compiled": "pipeline",
    "fit": "pipeline",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
