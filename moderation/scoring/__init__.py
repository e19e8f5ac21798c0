"""Text becomes a score with its reasons. Needs no scikit-learn, and NumPy only for several texts at once."""

from moderation.scoring.artifact import load_artifact, load_bundled, read_card, save_artifact
from moderation.scoring.classifier import Classifier
from moderation.scoring.explanation import Contribution, Explanation
from moderation.scoring.scorer import Scorer

__all__ = [
    "Classifier",
    "Contribution",
    "Explanation",
    "Scorer",
    "load_artifact",
    "load_bundled",
    "read_card",
    "save_artifact",
]
