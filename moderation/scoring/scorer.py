"""The holder of the classifiers that serve now: the common one, and those of sites that have one of their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

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
        self._own: dict[UUID, Scorer] = {}

    def of(self, site: UUID) -> Scorer:
        """Returns what scores for a site: its own classifier if it has one, else this one."""
        return self._own.get(site, self)

    def use_for(self, site: UUID, classifier: Classifier) -> None:
        """Lets this classifier score for a site from the next call on."""
        self._own[site] = Scorer(classifier)

    def keep_only(self, sites: Collection[UUID]) -> None:
        """Lets all other sites be scored by the common classifier again."""
        for site in [site for site in self._own if site not in sites]:
            del self._own[site]

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
