"""The holder of the classifier that serves now."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.domain import Score, Writing
from moderation.errors import ScorerUnavailable
from moderation.scoring.classifier import Classifier
from moderation.scoring.explanation import Explanation


class Scorer:
    """Scores with the classifier that was handed in last.

    Exchanging it is one assignment: a call that has begun ends with the classifier it began with, so that all scores
    of one call carry the same version.
    """

    def __init__(self, classifier: Classifier | None = None) -> None:
        self._classifier = classifier

    @property
    def version(self) -> str | None:
        """The version that scores now; None when nothing is loaded."""
        classifier = self._classifier
        return classifier.version if classifier else None

    def use(self, classifier: Classifier) -> None:
        """Lets this classifier score from the next call on."""
        self._classifier = classifier

    def score(self, writings: Sequence[Writing]) -> list[Score]:
        """Returns P(spam) for each writing, in order. Raises ScorerUnavailable when nothing is loaded."""
        return self._loaded().score(writings)

    def explain(self, writing: Writing) -> Explanation:
        """Returns the reasons of a score. Raises ScorerUnavailable when nothing is loaded."""
        return self._loaded().explain(writing)

    def score_and_explain(self, writing: Writing) -> tuple[Score, Explanation]:
        """Returns a score with its reasons, of one version. Raises ScorerUnavailable when nothing is loaded."""
        return self._loaded().score_and_explain(writing)

    def _loaded(self) -> Classifier:
        classifier = self._classifier
        if classifier is None:
            raise ScorerUnavailable
        return classifier
