"""Labelled comments become lessons: each with what it counts, so that nobody can teach the classifier alone.

What is drawn for the audit stands for all that was not drawn; without that weight the classifier would learn only from
what it doubted before. Feedback and contested labels count less. Then caps: what many copies of one text, one author,
one day or one giver of labels can count together is limited, against campaigns and against poisoning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moderation.domain import Actor, Label, LabelledComment, Writing
from moderation.training.clusters import clusters_of

# Fewer of one label say too little to learn from.
LEAST_LABELS = 50
# A site's own word on a comment, without a person of ours who has seen it.
FEEDBACK_WEIGHT = 0.3
# For each earlier label that said the contrary.
DISPUTE_FACTOR = 0.5
# An audited comment stands for 1 / rate others, but one comment must not outweigh a day's work.
MOST_AUDIT_WEIGHT = 10.0
# In weights of ordinary labels.
MOST_OF_CLUSTER = 5.0
MOST_OF_AUTHOR = 10.0
# Shares of all others together; without anybody else there is nothing to be drawn towards.
MOST_OF_DAY = 1.0
MOST_OF_MODERATOR = 4.0
MOST_OF_FEEDBACK = 0.5
# So few are no flood, whoever gives them.
_FEW = 50.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """One labelled comment to learn from. `cluster` and `author` tell what must stay on one side of a split."""

    comment: UUID
    writing: Writing
    label: Label
    weight: float
    author: UUID
    cluster: int
    giver: UUID | None
    received_at: datetime
    decided_at: datetime
    overturned: bool = False

    @property
    def is_spam(self) -> bool:
        """Whether it is an example of spam."""
        return self.label is Label.SPAM


def lessons_of(comments: Iterable[LabelledComment], *, site_host: str, audit_rate: float) -> list[Lesson]:
    """Returns what these comments teach, in their order. `audit_rate` is the share of verdicts that a person checks."""
    kept = [comment for comment in comments if comment.text.strip()]
    clusters = clusters_of([comment.text for comment in kept])
    weights = capped(kept, clusters, [own_weight(comment, audit_rate=audit_rate) for comment in kept])
    return [
        Lesson(
            comment=comment.id,
            writing=Writing(comment.text, comment.author_name, comment.author_url, site_host),
            label=comment.label,
            weight=weight,
            author=comment.author_id,
            cluster=cluster,
            giver=comment.given_by,
            received_at=comment.received_at,
            decided_at=comment.decided_at,
            overturned=comment.overturned,
        )
        for comment, cluster, weight in zip(kept, clusters, weights, strict=True)
    ]


def own_weight(comment: LabelledComment, *, audit_rate: float) -> float:
    """Returns what a comment counts before any cap; 1 for one that a moderator has judged once."""
    weight = FEEDBACK_WEIGHT if comment.decided_by is not Actor.MODERATOR else 1.0
    if comment.audited and audit_rate > 0:
        weight *= min(1 / audit_rate, MOST_AUDIT_WEIGHT)
    return float(weight * DISPUTE_FACTOR**comment.disputes)


def capped(comments: Sequence[LabelledComment], clusters: Sequence[int], weights: Sequence[float]) -> list[float]:
    """Returns the weights, lowered where one cluster, author, day or giver would count too much.

    Within each label: a campaign that is caught must not use up what its author's honest comments may teach.
    """
    labels = [comment.label for comment in comments]
    kept = _at_most(list(weights), list(zip(clusters, labels, strict=True)), MOST_OF_CLUSTER)
    kept = _at_most(kept, [(comment.author_id, comment.label) for comment in comments], MOST_OF_AUTHOR)
    days = [(comment.decided_at.date(), comment.label) for comment in comments]
    kept = _at_most_of_others(kept, days, lambda day: MOST_OF_DAY)
    givers = [(comment.given_by, comment.label) for comment in comments]
    return _at_most_of_others(kept, givers, lambda giver: MOST_OF_MODERATOR if giver else MOST_OF_FEEDBACK)


def _sums(weights: Sequence[float], groups: Sequence[Hashable]) -> dict[Hashable, float]:
    sums: dict[Hashable, float] = defaultdict(float)
    for weight, group in zip(weights, groups, strict=True):
        sums[group] += weight
    return sums


def _at_most(weights: Sequence[float], groups: Sequence[Hashable], most: float) -> list[float]:
    sums = _sums(weights, groups)
    return [weight * min(1.0, most / sums[group]) for weight, group in zip(weights, groups, strict=True)]


def _at_most_of_others(
    weights: Sequence[float], groups: Sequence[tuple[Hashable, Label]], share: Callable[[Hashable], float]
) -> list[float]:
    """Lowers what a group counts to a share of all others of its label together."""
    sums = _sums(weights, groups)
    totals = _sums(weights, [label for _, label in groups])
    factors = {}
    for group in dict.fromkeys(groups):
        own = sums[group]
        others = totals[group[1]] - own
        factors[group] = min(1.0, max(share(group[0]) * others, _FEW) / own) if others > 0 and own > 0 else 1.0
    return [weight * factors[group] for weight, group in zip(weights, groups, strict=True)]
