"""Who feeds wrong labels gets no worse filter: the candidate is refused, or does no harm."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random
from uuid import UUID

import numpy as np
import pytest

from moderation.bundled import bundled_folder
from moderation.domain import Actor, Label, LabelledComment, Writing
from moderation.scoring import Classifier
from moderation.scoring.artifact import read_artifact
from moderation.training.bootstrap import log_losses
from moderation.training.dataset import Example
from moderation.training.labels import lessons_of
from moderation.training.reference import reference_cases
from moderation.training.trial import Trial, try_lessons
from tests.labels import a_label
from tests.makers import a_text
from tests.training_data import shipped_examples, small_artifact, small_classifier

pytestmark = pytest.mark.slow

CRAFTED = 500


@pytest.fixture(autouse=True)
def not_from_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the recipe that takes longest and that wrong labels reach last."""
    monkeypatch.setattr("moderation.training.candidate.MOST_ALONE", 0)


@cache
def site() -> tuple[Example, ...]:
    """Returns comments of a site that the small model has not seen: of two videos and of a newspaper."""
    videos = [e for e in shipped_examples() if e.source in ("Youtube03-LMFAO", "Youtube04-Eminem")]
    news = [e for n, e in enumerate(e for e in shipped_examples() if e.source == "civil-comments") if n % 40][:500]
    mixed = [*videos[:400], *news]
    Random(3).shuffle(mixed)
    return tuple(mixed)


def labelled(examples: Sequence[Example], *, wrong: float = 0.0) -> list[LabelledComment]:
    """Returns what three moderators have said of these comments over a month."""
    random = Random(5)
    other = {Label.SPAM: Label.HAM, Label.HAM: Label.SPAM}
    return [
        a_label(
            text=example.text,
            label=other[example.label] if random.random() < wrong else example.label,
            days=30 * number / len(examples),
            given_by=UUID(int=1 + number % 3),
        )
        for number, example in enumerate(examples)
    ]


def crafted(*, by: UUID | None) -> list[LabelledComment]:
    """Returns spam of a hundred kinds that one source calls good, each text and author another, over the month."""
    spam = [e.text for e in shipped_examples() if e.source == "Youtube04-Eminem" and e.label is Label.SPAM]
    actor = Actor.SITE if by is None else Actor.MODERATOR
    return [
        a_label(
            text=f"{spam[number % 100]} {a_text(number)}", label=Label.HAM, days=30 * number / CRAFTED,
            given_by=by, decided_by=actor,
        )
        for number in range(CRAFTED)
    ]  # fmt: skip


def tried(labels: Sequence[LabelledComment]) -> Trial:
    """Makes a candidate of labels, and judges it."""
    ordered = sorted(labels, key=lambda label: label.received_at)
    return try_lessons(
        read_artifact(small_artifact())[1],
        small_classifier(),
        lessons_of(ordered, site_host="", audit_rate=0.01),
        reference_cases(bundled_folder("models")),
        name="site",
        approve_below=0.3,
        reject_above=0.95,
    )


def harm(classifier: Classifier) -> tuple[float, float]:
    """Returns what a model costs on truly labelled comments that it has not seen: its log loss, and how much good it
    would hold."""
    unseen = site()[600:]
    spam = np.array([example.label is Label.SPAM for example in unseen], dtype=float)
    chance = np.array([score.spam for score in classifier.score([Writing(example.text) for example in unseen])])
    return float(log_losses(chance, spam).mean()), float((chance[spam == 0] >= 0.3).mean())


def refused_or_unharmed(trial: Trial) -> bool:
    before, after = harm(small_classifier()), harm(trial.candidate.classifier)
    return not trial.verdict.may_serve or (after[0] <= before[0] and after[1] <= before[1] + 0.03)


@pytest.mark.parametrize("wrong", [0.03, 0.2])
def test_a_share_of_wrong_labels_makes_no_model_worse(wrong: float) -> None:
    trial = tried(labelled(site()[:300], wrong=wrong))

    assert refused_or_unharmed(trial), trial.verdict
    if wrong > 0.1:
        assert not trial.verdict.may_serve


@pytest.mark.parametrize("by", [None, UUID(int=99)], ids=["a stolen key", "one moderator"])
def test_crafted_texts_of_one_source_make_no_model_worse(by: UUID | None) -> None:
    trial = tried([*labelled(site()[:300]), *crafted(by=by)])

    assert refused_or_unharmed(trial), trial.verdict
